/**
 * Finds coefficients from 0 that make the rows' sums fit their targets: least squares by coordinate
 * descent (each step is exact in one coefficient), to a change below a billionth of the largest term.
 *
 * @param rows What the coefficients multiply, one array a target; weighted by the caller.
 * @param targets What the sums should be.
 */
export function nonNegativeLeastSquares(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
): number[] {
  const width = rows[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, j) => rows.map((row) => row[j] as number));
  // Columns of equal length, so that no unit of a feature slows the descent.
  const lengths = columns.map((column) => Math.hypot(...column));
  const unit = columns.map((column, j) => column.map((value) => value / (lengths[j] || 1)));
  const products = unit.map((a) => unit.map((b) => dot(a, b)));
  const aims = unit.map((column) => dot(column, targets));
  const solution = new Array<number>(width).fill(0);
  for (let round = 0; round < 20_000; round++) {
    let change = 0;
    for (let j = 0; j < width; j++) {
      const square = products[j]?.[j] as number;
      if (square === 0) continue;
      const slope = (aims[j] as number) - dot(products[j] as number[], solution);
      const next = Math.max(0, (solution[j] as number) + slope / square);
      change = Math.max(change, Math.abs(next - (solution[j] as number)));
      solution[j] = next;
    }
    if (change <= 1e-9 * Math.max(...solution)) break;
  }
  return solution.map((value, j) => value / (lengths[j] || 1));
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
