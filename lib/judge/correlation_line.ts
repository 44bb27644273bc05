import { correlate, type CorrelateOptions } from "../stats/mod.ts";

/** Correlations of scores with a truth, each with its interval; a line that `lines` draws, with its band. */
export interface CorrelationLine {
  /** What is correlated. */
  readonly name: string;
  /** On what the scores depend, e.g. epochs. */
  readonly x: readonly number[];
  /** Spearman's correlation of each column. */
  readonly y: readonly number[];
  /** The lower ends of the bootstrap intervals. */
  readonly lower: readonly number[];
  /** The upper ends. */
  readonly upper: readonly number[];
}

/**
 * How well scores that depend on a number rank networks, for each of these numbers: such as the accuracies
 * after 1, 2, 3 … epochs.
 *
 * @param name What the line is called.
 * @param columns For each `x`, which must rise, the score of each network.
 * @param accuracies What each network is worth.
 * @param options Which way scores are good, and how intervals are found.
 * @throws {RangeError} When there is no column, `x` does not rise, lengths differ, an accuracy is `NaN`, or
 * a column ranks nothing because it says the same of all.
 *
 * @example
 * ```ts
 * import { correlationLine } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { x, y } = correlationLine(
 *   "accuracy so far",
 *   [[1, [0.3, 0.5, 0.4, 0.6]], [2, [0.4, 0.5, 0.6, 0.7]]],
 *   [0.6, 0.7, 0.8, 0.9],
 * );
 * assertEquals([x, y], [[1, 2], [0.8, 1]]);
 * ```
 */
export function correlationLine(
  name: string,
  columns: readonly (readonly [x: number, scores: readonly number[]])[],
  accuracies: readonly number[],
  options: Pick<CorrelateOptions, "direction" | "resamples" | "level" | "seed"> = {},
): CorrelationLine {
  const fail = (rule: string): never => {
    throw new RangeError(`Cannot draw a line of correlations: ${rule}`);
  };
  if (columns.length === 0) fail("columns must have at least one");
  const x = columns.map(([x]) => x);
  const drop = x.findIndex((value, i) => i > 0 && !(value > x[i - 1]!));
  if (drop >= 0) fail(`x must rise, got ${x[drop]} after ${x[drop - 1]}`);
  const found = columns.map(([x, scores]) => {
    const each = correlate(scores, accuracies, { ...options, at: [] });
    if (Number.isNaN(each.spearman)) fail(`the scores at ${x} or the accuracies are all the same`);
    return each;
  });
  const ends = found.map(({ spearmanInterval }) => spearmanInterval);
  return {
    name,
    x,
    y: found.map(({ spearman }) => spearman),
    lower: ends.map(([low]) => low),
    upper: ends.map(([, high]) => high),
  };
}
