import { kitProxy } from "./kit_proxy.ts";
import type { RunOptions } from "./options.ts";
import type { Proxy } from "./proxy.ts";
import { absoluteDot, sumOf } from "./sums.ts";

/**
 * SNIP (Lee et al. 2019, "SNIP: Single-shot Network Pruning based on Connection Sensitivity"; as a proxy
 * by Abdelfattah et al. 2021): how much the loss would change if weights were taken away one by one, to
 * first order: the sum of |w dL/dw| over the weights of convolutions and linear layers, of the mean cross
 * entropy of the batch.
 *
 * @example
 * ```ts
 * import { createRng, nasBench201, noiseBatch, snip } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const batch = noiseBatch(graph, { count: 16, rng: createRng("noise") });
 * assert(await snip().score(graph, batch, createRng("weights")) > 0);
 * ```
 */
export function snip({ init = "torchDefault", statistics = "batch" }: RunOptions = {}): Proxy {
  return kitProxy(import.meta.url, "snip", {
    name: "snip",
    needs: "labels",
    paper: "Lee et al. 2019; Abdelfattah et al. 2021",
    init,
    options: { statistics },
    score: (net) =>
      sumOf(
        net.layerGradients({ statistics }),
        ({ weight, gradient }) => absoluteDot(weight, gradient),
      ),
  });
}
