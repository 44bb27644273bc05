import { dot, substitute } from "./substitution.ts";

/** How many rows are appended together. */
const together = 3;

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
    this.adopt([new Float64Array(row)]);
  }

  /**
   * Adds rows to the matrix, faster than one by one and to the same bits. What was given is the
   * factor's from then on: the numbers in it become those of `L`.
   *
   * @param rows Their numbers up to the diagonals.
   * @throws {RangeError} As `append` does for one of them; the factor is then as it was.
   */
  adopt(rows: readonly Float64Array[]): void {
    const before = this.size;
    try {
      for (let first = 0; first < rows.length; first += together) {
        this.#adopt(rows.slice(first, first + together));
      }
    } catch (error) {
      this.truncate(before);
      throw error;
    }
  }

  /** Drops all rows from the `size`-th on. */
  truncate(size: number): void {
    if (size < this.size) this.#rows.length = size;
  }

  /** The solution of `L z = b`; shorter than the matrix where `b` is, for its first rows alone. */
  solveLower(b: ArrayLike<number>): Float64Array {
    const z = new Float64Array(b);
    substitute(this.#rows, [z], { from: 0, to: z.length });
    return z;
  }

  /**
   * Solves `L z = b` in place for several right sides at once, faster than one by one and to the same
   * bits.
   *
   * @param sides Each with at least as many numbers as the matrix has rows, of which the first `known`
   * are those of its solution already and those behind them are of `b`.
   * @param known How many.
   */
  solveRest(sides: readonly Float64Array[], known: number): void {
    substitute(this.#rows, sides, { from: known, to: this.size });
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

  /** The rows are so few that all are solved together for the rows before them. */
  #adopt(rows: readonly Float64Array[]): void {
    let solved = 0;
    rows.forEach((row, k) => {
      const n = this.size;
      if (row.length !== n + 1) {
        throw new RangeError(
          `Cannot append: the row must have ${n + 1} numbers, got ${row.length}`,
        );
      }
      substitute(this.#rows, rows.slice(k), { from: solved, to: n });
      solved = n;
      const rest = row[n]! - dot(row, row, n);
      if (!(rest > 0)) {
        throw new RangeError(
          `Cannot append: the matrix must be positive definite, row ${n} leaves ${rest}`,
        );
      }
      row[n] = Math.sqrt(rest);
      this.#rows.push(row);
    });
  }
}
