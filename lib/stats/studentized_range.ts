import { normalDensity, normalProbability } from "./normal.ts";

/**
 * The probability that the range of `count` independent standard normal numbers, the largest less
 * the smallest, is at most `range`: the studentised range with infinitely many degrees of freedom,
 * by Simpson's rule.
 *
 * @throws {RangeError} When `count` is not a whole number of at least 2.
 *
 * @example Two numbers: their difference is normal
 * ```ts
 * import { normalProbability, rangeProbability } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(rangeProbability(2, 2), 2 * normalProbability(2 / Math.SQRT2) - 1, 1e-10);
 * ```
 */
export function rangeProbability(range: number, count: number): number {
  if (!Number.isSafeInteger(count) || count < 2) {
    throw new RangeError(
      `Cannot give the range: count must be a whole number of at least 2, got ${count}`,
    );
  }
  if (!(range > 0)) return Number.isNaN(range) ? NaN : 0;
  // The density of the largest, times the probability that all others are within the range below it.
  const density = (largest: number) =>
    count * normalDensity(largest) *
    (normalProbability(largest) - normalProbability(largest - range)) ** (count - 1);
  const [low, high, steps] = [-9, 9, 200];
  const width = (high - low) / steps;
  let sum = density(low) + density(high);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 0 ? 2 : 4) * density(low + i * width);
  return Math.min(1, sum * width / 3);
}

/**
 * The range that `count` independent standard normal numbers exceed with probability `alpha`.
 *
 * @throws {RangeError} When `count` is not a whole number of at least 2, or `alpha` not between 0 and
 * 1.
 *
 * @example The 5 % point for three, as tables have it
 * ```ts
 * import { rangeQuantile } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(rangeQuantile(0.05, 3), 3.314, 5e-4);
 * ```
 */
export function rangeQuantile(alpha: number, count: number): number {
  if (!(alpha > 0 && alpha < 1)) {
    throw new RangeError(`Cannot give the range: alpha must be between 0 and 1, got ${alpha}`);
  }
  let [low, high] = [0, 20];
  for (let i = 0; i < 48; i++) {
    const middle = (low + high) / 2;
    if (1 - rangeProbability(middle, count) > alpha) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
