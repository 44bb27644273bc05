import { checkColumns, ranksOf, type ScoreColumn } from "./score_column.ts";

/**
 * One score of many: for each network the mean of its ranks in the columns, from 1 for the worst to the number of
 * networks for the best. More is better, whatever the columns' directions; equal scores share the mean of their
 * ranks, and `NaN` is behind all numbers.
 *
 * @throws {RangeError} When there are no columns, or not equally many scores in each.
 * @throws {TypeError} When a direction is none.
 *
 * @example
 * ```ts
 * import { averageRank } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const columns = [
 *   { scores: [0.1, 0.3, 0.2] },
 *   { scores: [9, 1, 5], direction: "minimize" },
 *   { scores: [NaN, 7, 7] },
 * ] as const;
 * assertEquals(averageRank(columns), [1, (3 + 3 + 2.5) / 3, (2 + 2 + 2.5) / 3]);
 * ```
 */
export function averageRank(columns: readonly ScoreColumn[]): number[] {
  checkColumns("average ranks", columns);
  const ranks = columns.map(ranksOf);
  const sums = (ranks[0] as number[]).map(() => 0);
  for (const column of ranks) column.forEach((rank, i) => sums[i]! += rank);
  return sums.map((sum) => sum / columns.length);
}
