/** The middle of some numbers, the mean of the two middle ones where there are two; `NaN` of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The value below which a share of some numbers lies, between neighbours by a straight line.
 *
 * @param values The numbers, in any order.
 * @param share From 0, the least of them, to 1, the largest.
 * @returns `NaN` where there are no numbers.
 * @throws {RangeError} When the share is not from 0 to 1.
 *
 * @example
 * ```ts
 * import { quantile } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(quantile([40, 10, 30, 20, 50], 0.75), 40);
 * assertEquals(quantile([1, 2], 0.5), 1.5);
 * ```
 */
export function quantile(values: readonly number[], share: number): number {
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`Cannot take a quantile: share must be from 0 to 1, got ${share}`);
  }
  const sorted = Float64Array.from(values).sort();
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (below === undefined || above === undefined) return NaN;
  return below + (at - Math.floor(at)) * (above - below);
}
