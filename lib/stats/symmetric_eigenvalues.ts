/** A symmetric matrix with zeros beside the two diagonals. */
interface Tridiagonal {
  /** The diagonal. */
  readonly diagonal: Float64Array;
  /** What is beside it: number `i` lies in rows `i` and `i + 1`. */
  readonly beside: Float64Array;
}

/**
 * The eigenvalues of a symmetric matrix. It is brought to tridiagonal form by Householder reflections, and
 * that to a diagonal by QR steps with Wilkinson's shifts (Golub & Van Loan 2013, "Matrix Computations",
 * chapter 8): some 4/3 n³ operations. An eigenvalue is off by some units in the last place of the largest
 * one, so that small ones among large ones have fewer digits.
 *
 * @param matrix `[n, n]`, row by row; only what lies on and below its diagonal is read.
 * @returns The `n` eigenvalues, lowest first; all `NaN` where a number of the matrix is not finite.
 * @throws {RangeError} When the numbers are not as many as those of a square matrix.
 *
 * @example
 * ```ts
 * import { symmetricEigenvalues } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const values = symmetricEigenvalues([2, 1, 1, 2]);
 * assertAlmostEquals(values.at(0) ?? NaN, 1);
 * assertAlmostEquals(values.at(1) ?? NaN, 3);
 * ```
 */
export function symmetricEigenvalues(matrix: ArrayLike<number>): Float64Array {
  const n = Math.round(Math.sqrt(matrix.length));
  if (n * n !== matrix.length) {
    throw new RangeError(
      `Cannot find eigenvalues: matrix must be square, got ${matrix.length} numbers`,
    );
  }
  const rows = Array.from({ length: n }, () => new Float64Array(n));
  let largest = 0;
  rows.forEach((row, i) => {
    for (let j = 0; j <= i; j++) {
      const value = matrix[i * n + j] as number;
      row[j] = value;
      (rows[j] as Float64Array)[i] = value;
      largest = Math.max(largest, Math.abs(value)); // NaN stays
    }
  });
  if (!(largest < Infinity)) return new Float64Array(n).fill(NaN);
  if (largest === 0) return new Float64Array(n);
  // Squares must neither overflow nor vanish.
  for (const row of rows) for (let j = 0; j < n; j++) row[j] = (row[j] as number) / largest;
  const tridiagonal = tridiagonalise(rows);
  diagonalise(tridiagonal);
  return tridiagonal.diagonal.map((value) => value * largest).sort();
}

/** Brings a matrix to tridiagonal form by reflections, each of which clears a column; writes over it. */
function tridiagonalise(rows: readonly Float64Array[]): Tridiagonal {
  const n = rows.length;
  const diagonal = new Float64Array(n), beside = new Float64Array(Math.max(0, n - 1));
  for (let k = 0; k < n - 1; k++) {
    const column = rows[k] as Float64Array; // a row as well, by symmetry
    diagonal[k] = column[k] as number;
    const first = column[k + 1] as number;
    let rest = 0;
    for (let i = k + 2; i < n; i++) rest += (column[i] as number) ** 2;
    if (rest === 0) {
      beside[k] = first;
      continue;
    }
    // The reflection I - f v vᵀ takes the column to (reached, 0, ..., 0); no digits cancel in v.
    const reached = -(Math.sign(first) || 1) * Math.sqrt(first * first + rest);
    beside[k] = reached;
    column[k + 1] = first - reached;
    reflect(rows, column, k + 1, 2 / ((first - reached) ** 2 + rest));
  }
  if (n > 0) diagonal[n - 1] = (rows[n - 1] as Float64Array)[n - 1] as number;
  return { diagonal, beside };
}

/** Makes A from row and column `start` on (I - f v vᵀ) A (I - f v vᵀ), v from number `start` on. */
function reflect(rows: readonly Float64Array[], v: Float64Array, start: number, f: number): void {
  const n = rows.length;
  const w = new Float64Array(n); // such that the product is A - v wᵀ - w vᵀ
  let product = 0;
  for (let i = start; i < n; i++) {
    const row = rows[i] as Float64Array;
    let sum = 0;
    for (let j = start; j < n; j++) sum += (row[j] as number) * (v[j] as number);
    w[i] = f * sum;
    product += f * sum * (v[i] as number);
  }
  const half = f * product / 2;
  for (let i = start; i < n; i++) w[i] = (w[i] as number) - half * (v[i] as number);
  for (let i = start; i < n; i++) {
    const row = rows[i] as Float64Array, vi = v[i] as number, wi = w[i] as number;
    for (let j = start; j < n; j++) {
      row[j] = (row[j] as number) - vi * (w[j] as number) - wi * (v[j] as number);
    }
  }
}

/** Makes the numbers beside the diagonal vanish, from the end on. */
function diagonalise({ diagonal, beside }: Tridiagonal): void {
  let norm = 0;
  diagonal.forEach((value, i) => norm = Math.max(norm, Math.abs(value) + Math.abs(beside[i] ?? 0)));
  const negligible = Number.EPSILON * norm;
  for (let end = diagonal.length - 1; end > 0;) {
    let start = end;
    while (start > 0 && Math.abs(beside[start - 1] as number) > negligible) start--;
    if (start === end) end--;
    else stepOfQr({ diagonal, beside }, start, end);
  }
}

/** One QR step, shifted, on the block of rows `start` to `end`, by rotations of neighbouring rows. */
function stepOfQr({ diagonal, beside }: Tridiagonal, start: number, end: number): void {
  const last = diagonal[end] as number, across = beside[end - 1] as number;
  const distance = ((diagonal[end - 1] as number) - last) / 2;
  const root = Math.hypot(distance, across);
  const shift = last - across * across / (distance + (distance < 0 ? -root : root));
  let x = (diagonal[start] as number) - shift, z = beside[start] as number;
  for (let k = start; k < end; k++) {
    const length = Math.hypot(x, z);
    const cosine = length === 0 ? 1 : x / length, sine = length === 0 ? 0 : z / length;
    const a = diagonal[k] as number, b = beside[k] as number, d = diagonal[k + 1] as number;
    if (k > start) beside[k - 1] = length;
    const turned = cosine * a + sine * b, other = cosine * b + sine * d;
    diagonal[k] = cosine * turned + sine * other;
    diagonal[k + 1] = a + d - (diagonal[k] as number);
    beside[k] = cosine * other - sine * turned;
    if (k === end - 1) return;
    x = beside[k] as number;
    const next = beside[k + 1] as number;
    z = sine * next;
    beside[k + 1] = cosine * next;
  }
}
