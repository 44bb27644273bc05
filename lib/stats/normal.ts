/** The density of the standard normal distribution at `z`. */
export function normalDensity(z: number): number {
  return Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * The probability that a standard normal variable is at most `z`, to some 13 digits: by a series
 * around 0 (Marsaglia 2004, "Evaluating the Normal Distribution"), by Laplace's continued fraction
 * in the lower tail, where the series would lose its digits.
 *
 * @example
 * ```ts
 * import { normalProbability } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(normalProbability(1.959963984540054), 0.975, 1e-14);
 * ```
 */
export function normalProbability(z: number): number {
  if (Number.isNaN(z)) return NaN;
  if (z < -3) return normalDensity(z) * millsRatio(-z);
  if (z > 9) return 1;
  let sum = z;
  let term = z;
  for (let n = 3; Math.abs(term) > 1e-18 * Math.abs(sum); n += 2) {
    term *= z * z / n;
    sum += term;
  }
  return 0.5 + sum * normalDensity(z);
}

/** The probability beyond `x` over the density at `x`: 1 / (x + 1 / (x + 2 / (x + 3 / …))). */
function millsRatio(x: number): number {
  let value = x;
  // The larger x, the fewer steps it takes.
  for (let k = Math.ceil(250 / x); k > 0; k--) value = x + k / value;
  return 1 / value;
}
