import { symmetricEigenvalues } from "../stats/mod.ts";
import { checkCodedOps, type CodeOptions, usualCodedOps } from "./codes.ts";
import { kitProxy } from "./kit_proxy.ts";
import type { Proxy } from "./proxy.ts";

/**
 * NASWOT (Mellor et al. 2021, "Neural Architecture Search without Training"): how differently a network's
 * ReLUs treat the images. An image's code is which units get something above zero; with the codes of all
 * images as rows of C, K = C Cᵀ + (1 - C)(1 - C)ᵀ has on how many units each pair of images agrees, and the
 * score is log det K.
 *
 * It is `-Infinity` where K is singular to double precision: two images have one code, or there are fewer
 * units than images less one. Only units that the output depends on count. The published code counts ReLUs
 * that a backward pass visits; a `none` that multiplies by zero lets that pass through, so that it counts
 * ReLUs behind one as well.
 *
 * @example
 * ```ts
 * import { createRng, nasBench201, naswot, noiseBatch } from "naskit";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const batch = noiseBatch(space.lower(space.fromChoices([3, 1, 3, 1, 3, 3])), {
 *   count: 16,
 *   rng: createRng("noise"),
 * });
 * const score = (choices: number[]) =>
 *   naswot().score(space.lower(space.fromChoices(choices)), batch, createRng("weights"));
 * assert(await score([3, 1, 3, 1, 3, 3]) > await score([1, 1, 1, 1, 1, 1]));
 * assertEquals(await score([0, 0, 0, 0, 0, 0]), -Infinity); // all images look the same
 * ```
 */
export function naswot(
  { init = "torchDefault", statistics = "batch", activations = usualCodedOps }: CodeOptions = {},
): Proxy {
  checkCodedOps("naswot", activations);
  return kitProxy(import.meta.url, "naswot", {
    name: "naswot",
    needs: "images",
    paper: "Mellor et al. 2021",
    bias: "many units: twice as many add log 2 for each image",
    init,
    options: { statistics, activations: [...activations] },
    score: (net) => naswotScore(net.codeAgreement(net.nodesOf(...activations), { statistics })),
  });
}

/**
 * The {@linkcode naswot} score of images from how alike their codes are.
 *
 * @param agreement On how many units each pair of images agrees, `[count, count]`, with the number of all
 * units on its diagonal.
 * @returns log det; `-Infinity` where the matrix is singular to double precision.
 * @throws {RangeError} When the matrix is not square.
 *
 * @example Codes 110 and 101
 * ```ts
 * import { naswotScore } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(naswotScore([3, 1, 1, 3]), Math.log(8));
 * ```
 */
export function naswotScore(agreement: ArrayLike<number>): number {
  const values = symmetricEigenvalues(agreement);
  const negligible = 4 * values.length * Number.EPSILON * Math.abs(values.at(-1) ?? 0);
  let sum = 0;
  for (const value of values) sum += value <= negligible ? -Infinity : Math.log(value);
  return sum;
}
