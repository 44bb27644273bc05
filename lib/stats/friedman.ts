import { chiSquareTail, fTail } from "./tails.ts";
import type { Direction } from "./pareto.ts";
import { averageRanks } from "./rank_correlation.ts";
import { rangeQuantile } from "./studentized_range.ts";

/** Options of {@linkcode friedman}. */
export interface FriedmanOptions {
  /** Whether the largest value of a row has rank 1, or the smallest; `"maximize"` when absent. */
  readonly direction?: Direction;
  /** The level of the critical difference; 0.05 when absent. */
  readonly alpha?: number;
}

/** What ranks over repeated comparisons say. */
export interface FriedmanTest {
  /** The mean rank of each method; 1 would be the best in every row. */
  readonly ranks: readonly number[];
  /** Friedman's statistic, corrected for ties; `NaN` where all values of every row are equal. */
  readonly chiSquare: number;
  /** The probability of at least as large a statistic if the methods were all the same. */
  readonly p: number;
  /** The statistic of Iman and Davenport (1980), which is less conservative. */
  readonly f: number;
  /** Its probability. */
  readonly pF: number;
  /** Mean ranks that differ by this or more differ by more than chance (Nemenyi 1963). */
  readonly criticalDifference: number;
  /** How many rows there were. */
  readonly rows: number;
}

/**
 * Friedman's test (1937) whether some of several methods rank better than others over repeated
 * comparisons, such as seeds or data sets, with the critical difference of Nemenyi's test for
 * telling which; as in Demšar 2006, "Statistical Comparisons of Classifiers over Multiple Data Sets".
 *
 * @param rows For each comparison a value of each method.
 * @throws {RangeError} When there are less than two rows or two methods, rows differ in length, or a
 * value is `NaN`.
 *
 * @example Three methods over four seeds
 * ```ts
 * import { friedman } from "naskit";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const test = friedman([[0.9, 0.8, 0.7], [0.9, 0.7, 0.8], [0.8, 0.7, 0.6], [0.9, 0.8, 0.6]]);
 * assertEquals(test.ranks, [1, 2.25, 2.75]);
 * assertAlmostEquals(test.chiSquare, 6.5, 1e-12);
 * ```
 */
export function friedman(
  rows: readonly (readonly number[])[],
  options: FriedmanOptions = {},
): FriedmanTest {
  const { direction = "maximize", alpha = 0.05 } = options;
  const count = rows.length;
  const methods = rows[0]?.length ?? 0;
  if (count < 2 || methods < 2) {
    throw new RangeError(
      `Cannot rank: needs at least 2 rows of 2 methods, got ${count} rows of ${methods}`,
    );
  }
  const sums = new Array<number>(methods).fill(0);
  let squares = 0;
  rows.forEach((row, i) => {
    if (row.length !== methods) {
      throw new RangeError(
        `Cannot rank: row ${i} must have ${methods} values, got ${row.length}`,
      );
    }
    averageRanks(direction === "maximize" ? row.map((value) => -value) : row).forEach((rank, m) => {
      sums[m]! += rank;
      squares += rank ** 2;
    });
  });
  const ranks = sums.map((sum) => sum / count);
  // The variance of the ranks within rows, which ties make smaller.
  const middle = (methods + 1) / 2;
  const within = (squares - count * methods * middle ** 2) / (count * (methods - 1));
  const between = count * ranks.reduce((sum, rank) => sum + (rank - middle) ** 2, 0);
  const chiSquare = between / within;
  const f = (count - 1) * chiSquare / (count * (methods - 1) - chiSquare);
  return {
    ranks,
    chiSquare,
    p: chiSquareTail(chiSquare, methods - 1),
    f,
    pF: fTail(f, methods - 1, (methods - 1) * (count - 1)),
    criticalDifference: rangeQuantile(alpha, methods) / Math.SQRT2 *
      Math.sqrt(methods * (methods + 1) / (6 * count)),
    rows: count,
  };
}
