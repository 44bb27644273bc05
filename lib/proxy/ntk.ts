import { symmetricEigenvalues } from "../stats/mod.ts";
import { kitProxy } from "./kit_proxy.ts";
import type { RunOptions } from "./options.ts";
import type { Proxy } from "./proxy.ts";

/**
 * The condition number of the neural tangent kernel, as TE-NAS has it (Chen et al. 2021, "Neural Architecture
 * Search on ImageNet in Four GPU Hours"; the kernel is of Jacot et al. 2018): of the inner products of all
 * pairs of images' gradients, each of the sum of an image's logits by all weights of convolutions and linear
 * layers, the largest eigenvalue over the smallest. Less promises faster training.
 *
 * `Infinity` where the kernel is singular, as for two equal images; `NaN` where it is zero, the output
 * depending on no weights. The kernel is computed in single precision, so that of values beyond a million
 * only the size is to be trusted. The published code puts 1e5 for NaN; it draws weights from N(0, 2 / fanOut)
 * rather than N(0, 2 / fanIn), and counts batch norms' scales among the weights.
 *
 * Through the batch's statistics, as published, every image takes a run of the whole batch back and forth.
 * With `statistics: "sample"`, each image normalised by itself, one run does for all.
 *
 * @example
 * ```ts
 * import { createRng, nasBench201, noiseBatch, ntk } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const batch = noiseBatch(graph, { count: 8, rng: createRng("noise") });
 * const fast = ntk({ statistics: "sample" });
 * assert(await fast.score(graph, batch, createRng("weights")) > 1);
 * ```
 */
export function ntk({ init = "heNormal", statistics = "batch" }: RunOptions = {}): Proxy {
  return kitProxy(import.meta.url, "ntk", {
    name: "ntk",
    needs: "images",
    direction: "minimize",
    cost: "per image",
    paper: "Chen et al. 2021",
    init,
    options: { statistics },
    score: (net) => conditionNumber(net.tangentKernel({ statistics })),
  });
}

/**
 * The condition number of a symmetric positive semidefinite matrix, its largest eigenvalue over its smallest.
 *
 * @param matrix `[n, n]`, row by row.
 * @returns From 1 on; `Infinity` where the smallest eigenvalue is not positive, `NaN` where the largest is not
 * either.
 * @throws {RangeError} When the matrix is not square.
 *
 * @example Of the inner products of the gradients (1, 0) and (1, 1)
 * ```ts
 * import { conditionNumber } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(conditionNumber([1, 1, 1, 2]), 6.854102, 1e-6);
 * ```
 */
export function conditionNumber(matrix: ArrayLike<number>): number {
  const values = symmetricEigenvalues(matrix);
  const low = values.at(0) ?? NaN, high = values.at(-1) ?? NaN;
  if (!(high > 0)) return NaN;
  return low > 0 ? high / low : Infinity;
}
