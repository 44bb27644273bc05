import { symmetricEigenvalues } from "../stats/mod.ts";
import { correlations } from "./correlations.ts";
import { kitProxy } from "./kit_proxy.ts";
import type { RunOptions } from "./options.ts";
import type { Proxy } from "./proxy.ts";

/** What keeps logarithms and quotients finite, in the published code. */
const SMALL = 1e-5;

/**
 * Jacobian covariance (the first version of Mellor et al. 2021, "Neural Architecture Search without
 * Training"; as a proxy by Abdelfattah et al. 2021): how unlike each other the images' Jacobians are. A
 * Jacobian is the gradient of the sum of all logits by the image; of the eigenvalues v of their correlation
 * matrix, the score is -Σ log(v + k) + 1 / (v + k), k = 1e-5. Uncorrelated Jacobians have the most, some -1
 * for each image; two images with the same one cost some 1e5.
 *
 * `NaN` where a Jacobian's numbers are all the same, as they are when the output does not depend on the
 * images. Where nothing but linear layers follow the last batch norm, the sum of all logits does not depend
 * on the images by the batch's statistics, and the score is of rounding errors; take others then.
 *
 * @example
 * ```ts
 * import { createRng, jacobCov, nasBench201, noiseBatch } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const batch = noiseBatch(graph, { count: 16, rng: createRng("noise") });
 * assert(await jacobCov().score(graph, batch, createRng("weights")) < -16);
 * ```
 */
export function jacobCov({ init = "torchDefault", statistics = "batch" }: RunOptions = {}): Proxy {
  return kitProxy(import.meta.url, "jacobCov", {
    name: "jacob_cov",
    needs: "images",
    cost: "backward",
    paper: "Mellor et al. 2020; Abdelfattah et al. 2021",
    init,
    options: { statistics },
    score: (net) => jacobCovScore(net.imageGradients({ statistics }), net.count),
  });
}

/**
 * The {@linkcode jacobCov} score of Jacobians.
 *
 * @param jacobians The images' Jacobians, one after another.
 * @param count How many there are.
 * @returns The score; `NaN` where a Jacobian's numbers are all the same.
 *
 * @example Two Jacobians with a correlation of a half
 * ```ts
 * import { jacobCovScore } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(jacobCovScore([1, 0, -1, 1, -1, 0], 2), -2.378967, 1e-6);
 * ```
 */
export function jacobCovScore(jacobians: ArrayLike<number>, count: number): number {
  let sum = 0;
  for (const value of symmetricEigenvalues(correlations(jacobians, count))) {
    // Rounding makes some of those that are 0 negative.
    const raised = Math.max(value, 0) + SMALL;
    sum += Math.log(raised) + 1 / raised;
  }
  return -sum;
}
