import { kitProxy } from "./kit_proxy.ts";
import type { RunOptions } from "./options.ts";
import type { Proxy } from "./proxy.ts";
import { norm, sumOf } from "./sums.ts";

/**
 * The norm of the gradient (Abdelfattah et al. 2021, "Zero-Cost Proxies for Lightweight NAS"): the sum of
 * the Euclidean norms of dL/dw, layer by layer, over the weights of convolutions and linear layers, of the
 * mean cross entropy of the batch. {@linkcode gradNormZen} takes one norm over all parameters instead,
 * which ranks networks otherwise.
 *
 * @example
 * ```ts
 * import { createRng, gradNorm, nasBench201, noiseBatch } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const batch = noiseBatch(graph, { count: 16, rng: createRng("noise") });
 * assert(await gradNorm().score(graph, batch, createRng("weights")) > 0);
 * ```
 */
export function gradNorm({ init = "torchDefault", statistics = "batch" }: RunOptions = {}): Proxy {
  return kitProxy(import.meta.url, "gradNorm", {
    name: "grad_norm",
    needs: "labels",
    paper: "Abdelfattah et al. 2021",
    bias: "networks of many layers, each of which adds a norm",
    init,
    options: { statistics },
    score: (net) => sumOf(net.layerGradients({ statistics }), ({ gradient }) => norm(gradient)),
  });
}
