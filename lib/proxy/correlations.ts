import { dot } from "../stats/substitution.ts";

/**
 * Pearson's correlations of all pairs of rows, `[count, count]`, symmetric; `NaN` with a row whose numbers are
 * all the same.
 *
 * @param values The rows, one after another.
 * @param count How many there are.
 *
 * @example
 * ```ts
 * import { correlations } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const found = correlations([1, 0, -1, 1, -1, 0], 2);
 * assertAlmostEquals(found[1] ?? NaN, 0.5);
 * ```
 */
export function correlations(values: ArrayLike<number>, count: number): Float64Array {
  const size = values.length / count;
  const rows = Array.from({ length: count }, (_, i) => standardised(values, i * size, size));
  const found = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    const row = rows[i] as Float64Array;
    found[i * count + i] = row[0] === row[0] ? 1 : NaN;
    for (let j = 0; j < i; j++) {
      found[i * count + j] = found[j * count + i] = dot(row, rows[j] as Float64Array, size);
    }
  }
  return found;
}

/** A row less its mean, of length 1. */
function standardised(values: ArrayLike<number>, start: number, size: number): Float64Array {
  const row = new Float64Array(size);
  let mean = 0;
  for (let k = 0; k < size; k++) mean += (values[start + k] as number) / size;
  let square = 0;
  for (let k = 0; k < size; k++) {
    const value = (values[start + k] as number) - mean;
    row[k] = value;
    square += value * value;
  }
  const length = Math.sqrt(square);
  for (let k = 0; k < size; k++) row[k] = (row[k] as number) / length;
  return row;
}
