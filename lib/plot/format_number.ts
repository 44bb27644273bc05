/**
 * A number as a reader likes it: whole numbers in full with their thousands apart, others with
 * `digits` decimals, or three significant digits when `digits` is absent. What is written as zero has no
 * sign.
 */
export function formatNumber(value: number, digits?: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (digits !== undefined) return separate(value.toFixed(digits).replace(/^-(?=[0.]+$)/, ""));
  if (Number.isInteger(value)) {
    return Math.abs(value) < 1e15 ? separate(String(value)) : String(value);
  }
  const size = Math.abs(value);
  if (size < 1e-3) return value.toExponential(2);
  if (size >= 100) return separate(value.toFixed(size < 1000 ? 1 : 0));
  return value.toPrecision(3);
}

/**
 * A number in at most three significant digits, thousands and more with their letter: `12.5k`, `1M`.
 */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 1e-3 || size >= 1e15) return value.toExponential(2).replace(/\.?0+e/, "e");
  // 999,700 is 1M, not 1000k.
  const rounded = Number(size.toPrecision(3));
  const step = rounded < 1e4 ? 0 : Math.floor(Math.log10(rounded) / 3 + 1e-9);
  const letter = ["", "k", "M", "G", "T"][step]!;
  const text = step === 0
    ? String(rounded)
    : String(Number((rounded / 1e3 ** step).toPrecision(3)));
  return (value < 0 ? "-" : "") + text + letter;
}

/** A digit times a power of ten as plotly draws it: `10<sup>18</sup>`, `2×10<sup>−4</sup>`; `1` to `9`. */
export function powerOfTen(value: number): string {
  const [digit, power] = value.toExponential(0).split("e") as [string, string];
  const exponent = Number(power);
  if (exponent === 0) return digit;
  const text = `10<sup>${String(exponent).replace("-", "−")}</sup>`;
  return digit === "1" ? text : `${digit}×${text}`;
}

/** Puts commas between thousands: `1234567.5` becomes `1,234,567.5`. */
function separate(text: string): string {
  const [whole = "", rest] = text.split(".");
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return rest === undefined ? apart : `${apart}.${rest}`;
}

/** How to write the numbers of one column: all alike. */
export function formatColumn(
  values: readonly number[],
  digits: number | undefined,
): (value: number) => string {
  if (values.every(Number.isInteger)) return (value) => formatNumber(value);
  if (digits !== undefined) return (value) => formatNumber(value, digits);
  const largest = values.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
  if (largest < 1e-3) return (value) => value.toExponential(2);
  const decimals = largest >= 1000 ? 1 : largest >= 10 ? 2 : largest >= 1 ? 3 : 4;
  return (value) => formatNumber(value, decimals);
}
