import { quantile } from "../stats/quantile.ts";
import { checkFilled, checkNumbers } from "./checks.ts";
import type { Line } from "./lines.ts";

/** How wide the band of {@linkcode lineOfRuns} is. */
export interface LineOfRunsOptions {
  /** Between which shares of the runs it lies; 0 and 1, the least and the most, when absent. */
  readonly band?: readonly [low: number, high: number];
}

/**
 * A line for {@linkcode lines} and {@linkcode panels} through the means of repeated runs, with a band that
 * holds so many of them.
 *
 * @param name What it is; shown in the legend.
 * @param x Where its points lie, from left to right.
 * @param runs The values of each run, one at each `x`.
 * @param options The band.
 * @throws {RangeError} When there is no run, or one has not a finite value at each `x`.
 *
 * @example
 * ```ts
 * import { lineOfRuns } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const line = lineOfRuns("from scratch", [1, 2], [[50, 60], [54, 70], [52, 65]]);
 * assertEquals([line.y, line.lower, line.upper], [[52, 65], [50, 60], [54, 70]]);
 * ```
 */
export function lineOfRuns(
  name: string,
  x: readonly number[],
  runs: readonly (readonly number[])[],
  { band: [low, high] = [0, 1] }: LineOfRunsOptions = {},
): Required<Line> {
  checkFilled("make a line", "runs", runs);
  runs.forEach((run, i) => checkNumbers("make a line", `runs[${i}]`, run, { length: x.length }));
  const columns = x.map((_, i) => runs.map((run) => run[i] as number));
  return {
    name,
    x,
    y: columns.map((values) => values.reduce((a, b) => a + b, 0) / values.length),
    lower: columns.map((values) => quantile(values, low)),
    upper: columns.map((values) => quantile(values, high)),
  };
}
