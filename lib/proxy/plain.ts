import { kitProxy } from "./kit_proxy.ts";
import type { RunOptions } from "./options.ts";
import type { Proxy } from "./proxy.ts";
import { dot, sumOf } from "./sums.ts";

/**
 * The plain product of weights and gradients (a baseline of Abdelfattah et al. 2021, "Zero-Cost Proxies
 * for Lightweight NAS"): {@linkcode snip} without the absolute values, the sum of w dL/dw over the weights
 * of convolutions and linear layers, of the mean cross entropy of the batch. It has a sign.
 *
 * A layer without bias in front of a batch norm adds nothing but rounding: its scale makes no difference
 * to the loss, so that its gradient is at right angles to its weights. On such networks the score is what
 * is left: the classifier's, and that of convolutions without batch norm.
 *
 * @example
 * ```ts
 * import { createRng, nasBench201, noiseBatch, plain, snip } from "naskit";
 * import { assertLess } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const batch = noiseBatch(graph, { count: 16, rng: createRng("noise") });
 * const score = await plain().score(graph, batch, createRng("weights"));
 * assertLess(Math.abs(score), await snip().score(graph, batch, createRng("weights")));
 * ```
 */
export function plain({ init = "torchDefault", statistics = "batch" }: RunOptions = {}): Proxy {
  return kitProxy(import.meta.url, "plain", {
    name: "plain",
    needs: "labels",
    paper: "Abdelfattah et al. 2021",
    bias: "with batch norm it is little more than a chance product at the classifier",
    init,
    options: { statistics },
    score: (net) =>
      sumOf(net.layerGradients({ statistics }), ({ weight, gradient }) => dot(weight, gradient)),
  });
}
