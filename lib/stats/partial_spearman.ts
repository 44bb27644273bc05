import { spearman } from "./rank_correlation.ts";

/** Correlations nearer to 1 than this are 1 but for rounding. */
const certain = 1e-12;

/**
 * Spearman's rank correlation of two columns with what a third tells of both taken out: how much of
 * the agreement is more than that with `control`. `NaN` where it is not defined: a column is
 * constant, or has the order of `control` or its opposite.
 *
 * @throws {RangeError} When the lengths differ or a value is `NaN`.
 *
 * @example A score that is nothing but size
 * ```ts
 * import { partialSpearman, spearman } from "naskit";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const params = [10, 20, 30, 40, 50, 60];
 * const accuracy = [0.5, 0.7, 0.6, 0.8, 0.75, 0.9];
 * const score = [11, 19, 32, 41, 48, 61];
 * assert(spearman(score, accuracy) > 0.8);
 * assertEquals(partialSpearman(score, accuracy, params), NaN);
 * ```
 */
export function partialSpearman(
  x: readonly number[],
  y: readonly number[],
  control: readonly number[],
): number {
  const [xy, xc, yc] = [spearman(x, y), spearman(x, control), spearman(y, control)];
  const [left, right] = [1 - xc ** 2, 1 - yc ** 2];
  if (left < certain || right < certain) return NaN;
  return (xy - xc * yc) / Math.sqrt(left * right);
}
