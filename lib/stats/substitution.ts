/**
 * Solves `L z = b` by forward substitution, in place, for several right sides: their numbers from
 * `from` to `to`, behind those that are solutions already. Three sides go together, for which each
 * number of `L` is read once; every side gets the bits that it gets alone.
 *
 * @param rows The rows of the lower triangular `L`, up to their diagonals.
 * @param sides Right sides, of which become solutions.
 */
export function substitute(
  rows: readonly Float64Array[],
  sides: readonly Float64Array[],
  { from, to }: { readonly from: number; readonly to: number },
): void {
  let s = 0;
  for (; s + 3 <= sides.length; s += 3) {
    const [a, b, c] = [sides[s]!, sides[s + 1]!, sides[s + 2]!];
    for (let i = from; i < to; i++) takeOffThree(rows[i]!, a, b, c, i);
  }
  for (; s < sides.length; s++) {
    const side = sides[s]!;
    for (let i = from; i < to; i++) {
      const row = rows[i]!;
      side[i] = (side[i]! - dot(row, side, i)) / row[i]!;
    }
  }
}

/** Number `i` of three solutions; the sums are those of {@linkcode dot}. */
function takeOffThree(
  row: Float64Array,
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  i: number,
): void {
  let a0 = 0, a1 = 0, a2 = 0, a3 = 0;
  let b0 = 0, b1 = 0, b2 = 0, b3 = 0;
  let c0 = 0, c1 = 0, c2 = 0, c3 = 0;
  const even = i - i % 4;
  for (let j = 0; j < even; j += 4) {
    const x0 = row[j]!, x1 = row[j + 1]!, x2 = row[j + 2]!, x3 = row[j + 3]!;
    a0 += x0 * a[j]!;
    a1 += x1 * a[j + 1]!;
    a2 += x2 * a[j + 2]!;
    a3 += x3 * a[j + 3]!;
    b0 += x0 * b[j]!;
    b1 += x1 * b[j + 1]!;
    b2 += x2 * b[j + 2]!;
    b3 += x3 * b[j + 3]!;
    c0 += x0 * c[j]!;
    c1 += x1 * c[j + 1]!;
    c2 += x2 * c[j + 2]!;
    c3 += x3 * c[j + 3]!;
  }
  for (let j = even; j < i; j++) {
    const x = row[j]!;
    a0 += x * a[j]!;
    b0 += x * b[j]!;
    c0 += x * c[j]!;
  }
  const diagonal = row[i]!;
  a[i] = (a[i]! - (a0 + a1 + (a2 + a3))) / diagonal;
  b[i] = (b[i]! - (b0 + b1 + (b2 + b3))) / diagonal;
  c[i] = (c[i]! - (c0 + c1 + (c2 + c3))) / diagonal;
}

/** The sum of the products of the first `length` numbers, in four sums that do not wait for each other. */
export function dot(a: Float64Array, b: Float64Array, length: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const even = length - length % 4;
  for (let i = 0; i < even; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (let i = even; i < length; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3);
}
