/**
 * The Cholesky factor of a symmetric positive definite matrix that grows by a row at a time: the lower
 * triangular `L` with `L Lᵀ` the matrix. A row of `n` numbers takes `n²/2` multiplications, and a
 * factor that was grown has the bits of one made at once.
 *
 * @example Two equations
 * ```ts
 * import { Cholesky } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const factor = new Cholesky();
 * factor.append([4]);
 * factor.append([2, 5]);
 * assertEquals(factor.row(1), Float64Array.of(1, 2));
 * // [[4, 2], [2, 5]] x = [8, 8]
 * const x = factor.solveUpper(factor.solveLower([8, 8]));
 * assertEquals(x, Float64Array.of(1.5, 1));
 * ```
 */
export class Cholesky {
  readonly #rows: Float64Array[] = [];

  /** The number of rows. */
  get size(): number {
    return this.#rows.length;
  }

  /** The logarithm of the matrix's determinant. */
  get logDeterminant(): number {
    let sum = 0;
    this.#rows.forEach((row, i) => sum += Math.log(row[i] as number));
    return 2 * sum;
  }

  /** Row `i` of `L`, up to its diagonal; not to be changed. */
  row(i: number): Float64Array {
    const row = this.#rows[i];
    if (row === undefined) {
      throw new RangeError(`Cannot give a row: it must be from 0 to ${this.size - 1}, got ${i}`);
    }
    return row;
  }

  /**
   * Adds a row to the matrix.
   *
   * @param row Its numbers up to the diagonal.
   * @throws {RangeError} When it has not one number more than the row before, or the matrix with it is
   * not positive definite; the factor is then as it was.
   */
  append(row: ArrayLike<number>): void {
    const n = this.size;
    if (row.length !== n + 1) {
      throw new RangeError(`Cannot append: the row must have ${n + 1} numbers, got ${row.length}`);
    }
    const next = new Float64Array(n + 1);
    for (let i = 0; i < n; i++) next[i] = this.nextOfSolution(next, row[i] as number, i);
    const rest = (row[n] as number) - dot(next, next, n);
    if (!(rest > 0)) {
      throw new RangeError(
        `Cannot append: the matrix must be positive definite, row ${n} leaves ${rest}`,
      );
    }
    next[n] = Math.sqrt(rest);
    this.#rows.push(next);
  }

  /** Drops all rows from the `size`-th on. */
  truncate(size: number): void {
    if (size < this.size) this.#rows.length = size;
  }

  /** The solution of `L z = b`; shorter than the matrix where `b` is, for its first rows alone. */
  solveLower(b: ArrayLike<number>): Float64Array {
    const z = new Float64Array(b.length);
    for (let i = 0; i < z.length; i++) z[i] = this.nextOfSolution(z, b[i] as number, i);
    return z;
  }

  /** Number `i` of the solution of `L z = b`, from those before it and number `i` of `b`. */
  nextOfSolution(z: Float64Array, b: number, i: number): number {
    const row = this.#rows[i] as Float64Array;
    return (b - dot(row, z, i)) / (row[i] as number);
  }

  /** The solution of `Lᵀ x = z`, with as many numbers as the matrix has rows. */
  solveUpper(z: ArrayLike<number>): Float64Array {
    const x = Float64Array.from(z);
    for (let i = this.size - 1; i >= 0; i--) {
      const row = this.#rows[i] as Float64Array;
      const value = (x[i] as number) / (row[i] as number);
      for (let j = 0; j < i; j++) x[j] = (x[j] as number) - (row[j] as number) * value;
      x[i] = value;
    }
    return x;
  }
}

/** The sum of the products of the first `length` numbers, in four sums that do not wait for each other. */
export function dot(a: Float64Array, b: Float64Array, length: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const even = length - length % 4;
  for (let i = 0; i < even; i += 4) {
    s0 += (a[i] as number) * (b[i] as number);
    s1 += (a[i + 1] as number) * (b[i + 1] as number);
    s2 += (a[i + 2] as number) * (b[i + 2] as number);
    s3 += (a[i + 3] as number) * (b[i + 3] as number);
  }
  for (let i = even; i < length; i++) s0 += (a[i] as number) * (b[i] as number);
  return s0 + s1 + (s2 + s3);
}
