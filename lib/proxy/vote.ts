import { checkColumns, ranksOf, type ScoreColumn } from "./score_column.ts";

/**
 * A vote of proxies on every pair of networks (Abdelfattah et al. 2021, who let SynFlow, the Jacobian's
 * covariance and SNIP vote): of two networks that wins which more columns rank higher. Won pairs are not always
 * an order, as majorities may go in circles, so that a network's score is how many it wins, drawn ones counting
 * half (Copeland 1951). More is better, whatever the columns' directions; `NaN` is behind all numbers, and a column
 * with equal scores abstains.
 *
 * It takes time in the square of the networks: of all 15,625 of NAS-Bench-201 some two seconds.
 *
 * @returns Numbers from 0 to the number of networks less 1.
 * @throws {RangeError} When there are no columns, or not equally many scores in each.
 * @throws {TypeError} When a direction is none.
 *
 * @example Two of three columns have the second network first
 * ```ts
 * import { vote } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const columns = [
 *   { scores: [0.1, 0.3, 0.2] },
 *   { scores: [2, 1, 5], direction: "minimize" },
 *   { scores: [9, 7, 6] },
 * ] as const;
 * assertEquals(vote(columns), [1, 2, 0]);
 * ```
 */
export function vote(columns: readonly ScoreColumn[]): number[] {
  checkColumns("vote", columns);
  const ranks = columns.map((column) => Float64Array.from(ranksOf(column)));
  const count = (ranks[0] as Float64Array).length;
  const wins = new Float64Array(count), margins = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    margins.fill(0);
    for (const rank of ranks) {
      const own = rank[i] as number;
      for (let k = 0; k < i; k++) {
        const other = rank[k] as number;
        margins[k]! += own > other ? 1 : own < other ? -1 : 0;
      }
    }
    for (let k = 0; k < i; k++) {
      const won = (Math.sign(margins[k] as number) + 1) / 2;
      wins[i]! += won;
      wins[k]! += 1 - won;
    }
  }
  return [...wins];
}
