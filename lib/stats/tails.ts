/**
 * The probability that a chi-square variable exceeds `x`.
 *
 * @example The 5 % point with three degrees of freedom, as tables have it
 * ```ts
 * import { chiSquareTail } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(chiSquareTail(7.814728, 3), 0.05, 1e-7);
 * ```
 */
export function chiSquareTail(x: number, freedom: number): number {
  return upperGamma(freedom / 2, x / 2);
}

/**
 * The probability that a variable with Fisher's F distribution exceeds `x`.
 *
 * @example The 5 % point with 3 and 39 degrees of freedom, as tables have it
 * ```ts
 * import { fTail } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(fTail(2.845068, 3, 39), 0.05, 1e-6);
 * ```
 */
export function fTail(x: number, freedom: number, freedomBelow: number): number {
  if (x === Infinity) return 0;
  return incompleteBeta(freedomBelow / (freedomBelow + freedom * x), freedomBelow / 2, freedom / 2);
}

/** The upper incomplete gamma function over the whole one: a series, or a continued fraction. */
function upperGamma(a: number, x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x <= 0) return 1;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; term > 1e-17 * sum; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - scale * sum;
  }
  return scale / lentz(x + 1 - a, (i) => [-i * (i - a), x + 2 * i + 1 - a]);
}

/** The incomplete beta function over the whole one, by its continued fraction. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges quickly on this side alone.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const scale = Math.exp(
    a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b),
  );
  const fraction = lentz(1, (i) => {
    const m = Math.floor(i / 2);
    return i % 2 === 0
      ? [m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), 1]
      : [-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), 1];
  });
  return scale / (a * fraction);
}

/** The value of a continued fraction, from above (Lentz 1976): numerators and denominators from 1. */
function lentz(first: number, part: (i: number) => [numerator: number, denominator: number]) {
  let value = first;
  let [above, below] = [first, 0];
  for (let i = 1; i < 10_000; i++) {
    const [numerator, denominator] = part(i);
    below = 1 / (denominator + numerator * below);
    above = denominator + numerator / above;
    value *= above * below;
    if (Math.abs(above * below - 1) < 1e-15) break;
  }
  return value;
}

/** The logarithm of the gamma function of a positive number, by Stirling's series. */
function logGamma(x: number): number {
  let shift = 0;
  while (x < 15) shift += Math.log(x++);
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * x * x)) / (x * x)) / (x * x)) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
