import { RankPair } from "./rank_pair.ts";

/**
 * Kendall's rank correlation tau-b (1945): of all pairs of rows, those that both columns put in the
 * same order less those in opposite order, by the geometric mean of how many pairs each column puts
 * in an order at all. Without ties it is twice the share of pairs in the same order, less one. `NaN`
 * when all of `x` or all of `y` are equal, where it is not defined.
 *
 * Takes `O(n log n)` time, as Knight's method does (1966), by a Fenwick tree.
 *
 * @throws {RangeError} When the lengths differ or a value is `NaN`.
 *
 * @example
 * ```ts
 * import { kendall } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(kendall([1, 2, 2, 3], [1, 3, 2, 4]), 5 / Math.sqrt(5 * 6), 1e-12);
 * ```
 */
export function kendall(x: readonly number[], y: readonly number[]): number {
  return new RankPair(x, y).kendall();
}
