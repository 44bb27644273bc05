/** A matrix in a longer array, row by row. */
export interface Matrix {
  /** Where the first of its numbers is. */
  readonly offset: number;
  /** Its rows, in the place of their numbers. */
  readonly rows: readonly Float64Array[];
  readonly columns: number;
}

/** The matrix whose numbers begin at a place of an array. */
export function matrixIn(
  data: Float64Array,
  { offset, rows, columns }: {
    readonly offset: number;
    readonly rows: number;
    readonly columns: number;
  },
): Matrix {
  const rowAt = (start: number) => data.subarray(start, start + columns);
  const all = Array.from({ length: rows }, (_, row) => rowAt(offset + row * columns));
  return { offset, rows: all, columns };
}

/** `out = matrix × vector + out`. Eight rows at a time, in sums that do not wait for each other. */
export function addProduct(matrix: Matrix, vector: Float64Array, out: Float64Array): void {
  const { rows, columns } = matrix;
  let row = 0;
  for (; row + 8 <= rows.length; row += 8) {
    const a = rows[row]!, b = rows[row + 1]!, c = rows[row + 2]!, d = rows[row + 3]!;
    const e = rows[row + 4]!, f = rows[row + 5]!, g = rows[row + 6]!, h = rows[row + 7]!;
    let sumA = 0, sumB = 0, sumC = 0, sumD = 0, sumE = 0, sumF = 0, sumG = 0, sumH = 0;
    for (let k = 0; k < columns; k++) {
      const x = vector[k]!;
      sumA += a[k]! * x;
      sumB += b[k]! * x;
      sumC += c[k]! * x;
      sumD += d[k]! * x;
      sumE += e[k]! * x;
      sumF += f[k]! * x;
      sumG += g[k]! * x;
      sumH += h[k]! * x;
    }
    out[row]! += sumA;
    out[row + 1]! += sumB;
    out[row + 2]! += sumC;
    out[row + 3]! += sumD;
    out[row + 4]! += sumE;
    out[row + 5]! += sumF;
    out[row + 6]! += sumG;
    out[row + 7]! += sumH;
  }
  for (; row < rows.length; row++) {
    const a = rows[row]!;
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += a[k]! * vector[k]!;
    out[row]! += sum;
  }
}

/** `out = matrixᵀ × vector + out`. Eight rows at a time, so that `out` is read and written less. */
export function addTransposedProduct(
  matrix: Matrix,
  vector: Float64Array,
  out: Float64Array,
): void {
  const { rows, columns } = matrix;
  let row = 0;
  for (; row + 8 <= rows.length; row += 8) {
    const a = rows[row]!, b = rows[row + 1]!, c = rows[row + 2]!, d = rows[row + 3]!;
    const e = rows[row + 4]!, f = rows[row + 5]!, g = rows[row + 6]!, h = rows[row + 7]!;
    const x0 = vector[row]!, x1 = vector[row + 1]!, x2 = vector[row + 2]!, x3 = vector[row + 3]!;
    const x4 = vector[row + 4]!,
      x5 = vector[row + 5]!,
      x6 = vector[row + 6]!,
      x7 = vector[row + 7]!;
    for (let k = 0; k < columns; k++) {
      let sum = out[k]! + (x0 * a[k]! + x1 * b[k]!);
      sum += x2 * c[k]! + x3 * d[k]!;
      sum += x4 * e[k]! + x5 * f[k]!;
      out[k] = sum + (x6 * g[k]! + x7 * h[k]!);
    }
  }
  for (; row + 2 <= rows.length; row += 2) {
    const [a, b, x0, x1] = [rows[row]!, rows[row + 1]!, vector[row]!, vector[row + 1]!];
    for (let k = 0; k < columns; k++) out[k]! += x0 * a[k]! + x1 * b[k]!;
  }
  for (; row < rows.length; row++) {
    const [a, x] = [rows[row]!, vector[row]!];
    for (let k = 0; k < columns; k++) out[k]! += x * a[k]!;
  }
}

/**
 * `out = Σ left × rightᵀ + out`, the sum over pairs of vectors in their order: the way back to a matrix,
 * where each `left` is what is asked of its product with `right`. Six pairs at a time, so that `out` is
 * read and written less.
 *
 * @param matrix At whose numbers' place in `out` the sum goes.
 */
export function addOuterProducts(
  { offset, rows, columns }: Matrix,
  { left, right, out }: {
    readonly left: readonly Float64Array[];
    readonly right: readonly Float64Array[];
    readonly out: Float64Array;
  },
): void {
  let pair = 0;
  for (; pair + 6 <= left.length; pair += 6) {
    const [a, b, c, d, e, f] = left.slice(pair, pair + 6) as Six;
    const [u, v, w, x, y, z] = right.slice(pair, pair + 6) as Six;
    for (let row = 0, at = offset; row < rows.length; row++) {
      const a0 = a[row]!, b0 = b[row]!, c0 = c[row]!, d0 = d[row]!, e0 = e[row]!, f0 = f[row]!;
      for (let k = 0; k < columns; k++, at++) {
        const sum = out[at]! + a0 * u[k]! + b0 * v[k]! + c0 * w[k]!;
        out[at] = sum + d0 * x[k]! + e0 * y[k]! + f0 * z[k]!;
      }
    }
  }
  for (; pair < left.length; pair++) {
    const [a, u] = [left[pair]!, right[pair]!];
    for (let row = 0, at = offset; row < rows.length; row++) {
      const x = a[row]!;
      for (let k = 0; k < columns; k++, at++) out[at]! += x * u[k]!;
    }
  }
}

type Vector = Float64Array;
type Six = [Vector, Vector, Vector, Vector, Vector, Vector];
