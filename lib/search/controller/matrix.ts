/** A matrix in a longer array, row by row. */
export interface Matrix {
  /** Where its numbers are. */
  readonly data: Float64Array;
  /** Where the first of them is. */
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
}

/** `out = matrix × vector + out`. Four rows at a time, so that each number of the vector is read once. */
export function addProduct(matrix: Matrix, vector: Float64Array, out: Float64Array): void {
  const { data, offset, rows, columns } = matrix;
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    const a = offset + row * columns, b = a + columns, c = b + columns, d = c + columns;
    let sumA = 0, sumB = 0, sumC = 0, sumD = 0;
    for (let k = 0; k < columns; k++) {
      const x = vector[k]!;
      sumA += data[a + k]! * x;
      sumB += data[b + k]! * x;
      sumC += data[c + k]! * x;
      sumD += data[d + k]! * x;
    }
    out[row]! += sumA;
    out[row + 1]! += sumB;
    out[row + 2]! += sumC;
    out[row + 3]! += sumD;
  }
  for (; row < rows; row++) {
    const start = offset + row * columns;
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += data[start + k]! * vector[k]!;
    out[row]! += sum;
  }
}

/**
 * The way back through `matrix × vector`: adds the slopes with regard to the matrix to `gradient`, at
 * the place where the matrix has its numbers, and those with regard to the vector to `slopes`.
 */
export function addSlopes(
  matrix: Matrix,
  vector: Float64Array,
  { outer, gradient, slopes }: {
    /** The slopes with regard to the product. */
    readonly outer: Float64Array;
    readonly gradient: Float64Array;
    readonly slopes: Float64Array;
  },
): void {
  const { data, offset, rows, columns } = matrix;
  let row = 0;
  for (; row + 2 <= rows; row += 2) {
    const a = offset + row * columns, b = a + columns;
    const slopeA = outer[row]!, slopeB = outer[row + 1]!;
    for (let k = 0; k < columns; k++) {
      const x = vector[k]!;
      gradient[a + k]! += slopeA * x;
      gradient[b + k]! += slopeB * x;
      slopes[k]! += slopeA * data[a + k]! + slopeB * data[b + k]!;
    }
  }
  for (; row < rows; row++) {
    const start = offset + row * columns;
    const slope = outer[row]!;
    for (let k = 0; k < columns; k++) {
      gradient[start + k]! += slope * vector[k]!;
      slopes[k]! += slope * data[start + k]!;
    }
  }
}
