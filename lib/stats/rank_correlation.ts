import { RankPair } from "./rank_pair.ts";

/**
 * The ranks of numbers, from 1; equal numbers share the mean of their ranks.
 *
 * @throws {RangeError} When a value is `NaN`, with its index.
 *
 * @example
 * ```ts
 * import { averageRanks } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(averageRanks([1, 2, 2, 3]), [1, 2.5, 2.5, 4]);
 * ```
 */
export function averageRanks(values: readonly number[]): number[] {
  const bad = values.findIndex((value) => Number.isNaN(value));
  if (bad >= 0) throw new RangeError(`Cannot rank: value ${bad} is NaN`);
  const order = [...values.keys()].sort((a, b) => Math.sign(values[a]! - values[b]!));
  const ranks = new Array<number>(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + end + 1) / 2;
  }
  return ranks;
}

/**
 * Spearman's rank correlation: Pearson's correlation of the average ranks, so ties are handled.
 * `NaN` when all of `x` or all of `y` are equal, where it is not defined.
 *
 * @throws {RangeError} When the lengths differ or a value is `NaN`.
 *
 * @example
 * ```ts
 * import { spearman } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(spearman([1, 2, 2, 3], [1, 3, 2, 4]), 0.948683, 1e-6);
 * ```
 */
export function spearman(x: readonly number[], y: readonly number[]): number {
  return new RankPair(x, y).spearman();
}
