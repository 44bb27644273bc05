/** Whether all numbers are finite in single precision, in which arrays are held. */
export function allFinite(values: ArrayLike<number>): boolean {
  // A product with 0 is 0, or not a number; four sums at a time keep the processor busy.
  const { length } = values, fours = length - length % 4;
  let a = 0, b = 0, c = 0, d = 0;
  for (let i = 0; i < fours; i += 4) {
    a += 0 * Math.fround(values[i] as number);
    b += 0 * Math.fround(values[i + 1] as number);
    c += 0 * Math.fround(values[i + 2] as number);
    d += 0 * Math.fround(values[i + 3] as number);
  }
  for (let i = fours; i < length; i++) a += 0 * Math.fround(values[i] as number);
  return a + b + c + d === 0;
}

/** Throws a `RangeError` naming an array and its first number that is not finite in single precision. */
export function requireFinite(name: string, values: ArrayLike<number>, what: string): void {
  if (allFinite(values)) return;
  const at = Array.from(values, Math.fround).findIndex((value) => !Number.isFinite(value));
  const precision = values instanceof Float32Array ? "" : " in single precision";
  throw new RangeError(`${what} "${name}" must be finite${precision}, got ${values[at]} at ${at}`);
}
