import { kitProxy } from "./kit_proxy.ts";
import type { RunOptions } from "./options.ts";
import type { Proxy } from "./proxy.ts";
import { resetBatchNorms } from "./reset_batch_norms.ts";
import { dot, sumOf } from "./sums.ts";

/**
 * The norm of the gradient as Zen-NAS has it for comparison (the code of Lin et al. 2021, "Zen-NAS: A
 * Zero-Shot NAS for High-Performance Image Recognition"): one Euclidean norm over all parameters, biases
 * and batch norms' included, of the mean cross entropy of the batch.
 *
 * That code draws weights from N(0, 1) with biases of 0, which is the default here, and runs on images
 * of noise with random labels: {@linkcode noiseBatch} makes those. A model keeps its weights and biases; its
 * batch norms are set to gamma 1 and beta 0. In a deep network without batch norm, weights from N(0, 1)
 * overflow, and the score is infinite or `NaN`.
 *
 * @param options How the network starts, `"standardNormal"` when absent, and runs.
 *
 * @example
 * ```ts
 * import { createRng, gradNormZen, nasBench201, noiseBatch } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const batch = noiseBatch(graph, { count: 16, rng: createRng("noise") });
 * assert(await gradNormZen().score(graph, batch, createRng("weights")) > 0);
 * ```
 */
export function gradNormZen(
  { init = "standardNormal", statistics = "batch" }: RunOptions = {},
): Proxy {
  return kitProxy(import.meta.url, "gradNormZen", {
    name: "grad_norm_zen",
    needs: "labels",
    paper: "Lin et al. 2021",
    bias: "the layers with the largest gradients, which the others hardly add to",
    init,
    options: { statistics },
    score: (net) => {
      const plan = net.plan({ training: true });
      resetBatchNorms(plan);
      const { params } = plan.backward(net.batch, { statistics });
      return Math.sqrt(sumOf(params.values(), (gradient) => dot(gradient, gradient)));
    },
  });
}
