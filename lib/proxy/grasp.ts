import { kitProxy } from "./kit_proxy.ts";
import type { RunOptions } from "./options.ts";
import type { Proxy } from "./proxy.ts";
import { dot, sumOf } from "./sums.ts";

/**
 * GraSP (Wang et al. 2020, "Picking Winning Tickets Before Training by Preserving Gradient Flow"; as a proxy
 * by Abdelfattah et al. 2021): the sum of -w (H g) over the weights w of convolutions and linear layers, with
 * g the gradient of the batch's mean cross entropy by them and H its Hessian. To first order it is half of
 * what the squared length of g would gain if all weights were taken away.
 *
 * The paper prunes the weights with the largest shares of the sum and divides logits by a temperature; the
 * proxy, as in its authors' code, adds up the same shares without one (T = 1), with the sign as it is here.
 * Code that approximates H g by a difference of gradients gives other last digits; here it is exact up to
 * rounding. H being symmetric, what is computed is -g (H w): its terms do not cancel where those of
 * -w (H g) do, and it takes one run less.
 *
 * Where batch norms by the batch's statistics follow all layers, the loss does not depend on the weights'
 * scale, H w is -g, and the score the squared length of g.
 *
 * @example
 * ```ts
 * import { createRng, grasp, nasBench201, noiseBatch } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const batch = noiseBatch(graph, { count: 16, rng: createRng("noise") });
 * assert(Number.isFinite(await grasp().score(graph, batch, createRng("weights"))));
 * ```
 */
export function grasp({ init = "torchDefault", statistics = "batch" }: RunOptions = {}): Proxy {
  return kitProxy(import.meta.url, "grasp", {
    name: "grasp",
    needs: "labels",
    paper: "Wang et al. 2020; Abdelfattah et al. 2021",
    bias: "steep losses: with batch norms it is little else than the gradient's squared length",
    init,
    options: { statistics },
    score: (net) => {
      const direction = net.weights();
      const { gradient, product } = net.hessianVectorProduct({ direction, statistics });
      return -sumOf(
        direction.keys(),
        (name) => dot(gradient.get(name) as Float32Array, product.get(name) as Float32Array),
      );
    },
  });
}
