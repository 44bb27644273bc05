import { kitProxy } from "./kit_proxy.ts";
import type { InitOptions } from "./options.ts";
import type { Proxy } from "./proxy.ts";
import { norm, sumOf } from "./sums.ts";

/**
 * The norm of the weights (a baseline of Abdelfattah et al. 2021, "Zero-Cost Proxies for Lightweight NAS"):
 * the sum of the Euclidean norms of the weights of convolutions and linear layers. It sees neither
 * images nor how the layers are connected; of drawn weights it is close to a function of their number.
 *
 * @example
 * ```ts
 * import { createRng, l2Norm, nasBench201, noiseBatch } from "naskit";
 * import { assertLess } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const scoreOf = (choices: number[]) => {
 *   const graph = space.lower(space.fromChoices(choices));
 *   const batch = noiseBatch(graph, { count: 1, rng: createRng("noise") });
 *   return l2Norm().score(graph, batch, createRng("weights"));
 * };
 * assertLess(await scoreOf([1, 1, 1, 1, 1, 1]), await scoreOf([3, 3, 3, 3, 3, 3]));
 * ```
 */
export function l2Norm({ init = "torchDefault" }: InitOptions = {}): Proxy {
  return kitProxy(import.meta.url, "l2Norm", {
    name: "l2_norm",
    needs: "weights",
    paper: "Abdelfattah et al. 2021",
    bias: "networks of many and wide layers, whatever they do",
    init,
    score: (net) => sumOf(net.weights().values(), norm),
  });
}
