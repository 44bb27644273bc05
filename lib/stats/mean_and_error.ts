/** A mean, and how far it may be off. */
export interface MeanAndError {
  /** The mean. */
  readonly mean: number;
  /** Its standard error; `NaN` for a single value, which says nothing of a spread. */
  readonly error: number;
}

/**
 * The mean of some values with its standard error, $s / \sqrt n$. Of a difference that is measured seed by
 * seed, take it of the differences: what seeds have in common then drops out.
 *
 * @throws {RangeError} When there is no value, or one is not finite.
 *
 * @example
 * ```ts
 * import { meanAndError } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(meanAndError([1, 2, 3]), { mean: 2, error: Math.sqrt(1 / 3) });
 * ```
 */
export function meanAndError(values: readonly number[]): MeanAndError {
  const bad = values.find((value) => !Number.isFinite(value));
  if (values.length === 0 || bad !== undefined) {
    throw new RangeError(
      `Cannot take a mean: values must be finite numbers, at least one, got ${bad ?? "none"}`,
    );
  }
  const count = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (count - 1) / count) };
}
