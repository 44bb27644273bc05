import { averageRanks, type Direction } from "../stats/mod.ts";

/** The scores that a proxy gives to some networks. */
export interface ScoreColumn {
  /** A score for each network, in an order that all columns share. */
  readonly scores: ArrayLike<number>;
  /** Whether more or less promises a better network; `"maximize"` when absent. */
  readonly direction?: Direction;
}

/**
 * Ranks of the networks in a column from 1, the worst, up; equal ones share the mean of their ranks. `NaN` is
 * behind all numbers, and equal to itself.
 */
export function ranksOf({ scores, direction = "maximize" }: ScoreColumn): number[] {
  const sign = direction === "maximize" ? 1 : -1;
  const known = [...Array.from(scores).keys()].filter((i) => !Number.isNaN(scores[i]));
  const missing = scores.length - known.length;
  const ranks = new Array<number>(scores.length).fill((missing + 1) / 2);
  averageRanks(known.map((i) => sign * (scores[i] as number))).forEach((rank, k) => {
    ranks[known[k] as number] = missing + rank;
  });
  return ranks;
}

/** Throws unless there are columns, all of one length and of known directions. */
export function checkColumns(what: string, columns: readonly ScoreColumn[]): void {
  const [first] = columns;
  if (first === undefined) throw new RangeError(`Cannot ${what}: columns must be some, got none`);
  columns.forEach(({ scores, direction = "maximize" }, i) => {
    if (scores.length !== first.scores.length) {
      throw new RangeError(
        `Cannot ${what}: columns must be equally long, got ${first.scores.length} scores and in ` +
          `column ${i} ${scores.length}`,
      );
    }
    if (direction !== "maximize" && direction !== "minimize") {
      throw new TypeError(
        `Cannot ${what}: direction must be maximize or minimize, got ${direction} in column ${i}`,
      );
    }
  });
}
