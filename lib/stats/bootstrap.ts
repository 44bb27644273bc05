import { quickRng } from "../engine/quick_rng.ts";
import type { Rng } from "../engine/rng.ts";
import { quantile } from "./quantile.ts";

/** An interval between two numbers. */
export type Interval = readonly [low: number, high: number];

/** Options of {@linkcode bootstrapIntervals}. */
export interface BootstrapOptions {
  /** How many rows there are. */
  readonly size: number;
  /** Draws the rows. */
  readonly rng: Rng;
  /** How many resamples are drawn; 1,000 when absent. */
  readonly resamples?: number;
  /** The share of them within the interval; 0.95 when absent. */
  readonly level?: number;
}

/**
 * How sure some statistics of a table are, by the bootstrap (Efron 1979): rows are drawn with
 * replacement, as many as there are, again and again, and the interval holds the middle share of
 * what the resamples give (the percentile interval). Resamples of which a statistic is not defined
 * do not count for it.
 *
 * @param statistics The statistics of a resample, which is given as how often it has each row; the
 * array is used again for the next one.
 * @returns An interval for each of the statistics; `NaN` to `NaN` where no resample gives one.
 * @throws {RangeError} When `size` or `resamples` is no whole number from 0 up, or `level` is not
 * between 0 and 1.
 *
 * @example The mean of ten numbers
 * ```ts
 * import { bootstrapIntervals, createRng } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
 * const [interval] = bootstrapIntervals(
 *   (times) => [values.reduce((sum, value, i) => sum + times[i]! * value, 0) / values.length],
 *   { size: values.length, rng: createRng("bootstrap") },
 * );
 * assert(interval![0] > 2 && interval![0] < 3.9 && interval![1] > 3.9 && interval![1] < 6);
 * ```
 */
export function bootstrapIntervals(
  statistics: (times: Uint16Array) => readonly number[],
  { size, rng, resamples = 1000, level = 0.95 }: BootstrapOptions,
): Interval[] {
  for (const [name, count] of Object.entries({ size, resamples })) {
    if (Number.isSafeInteger(count) && count >= 0) continue;
    throw new RangeError(`Cannot resample: ${name} must be a whole number from 0 up, got ${count}`);
  }
  if (!(level > 0 && level < 1)) {
    throw new RangeError(`Cannot resample: level must be between 0 and 1, got ${level}`);
  }
  const draw = quickRng(rng.split("resamples").seed); // rows times resamples: millions of draws
  const times = new Uint16Array(size);
  const found: number[][] = statistics(times.fill(1)).map(() => []);
  for (let k = 0; k < resamples; k++) {
    times.fill(0);
    for (let i = 0; i < size; i++) times[Math.floor(draw() * size)]!++;
    statistics(times).forEach((value, i) => {
      if (!Number.isNaN(value)) found[i]!.push(value);
    });
  }
  return found.map((values) => [
    quantile(values, (1 - level) / 2),
    quantile(values, (1 + level) / 2),
  ]);
}
