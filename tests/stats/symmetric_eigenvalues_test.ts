import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import { Cholesky, symmetricEigenvalues } from "naskit/stats/mod.ts";

type Matrix = readonly (readonly number[])[];

/** A random symmetric matrix, its numbers over many magnitudes where `spread` is large. */
function symmetric(n: number, seed: number, spread = 0): number[][] {
  const rng = createRng(seed);
  const rows = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = rng.int(5) === 0 ? 0 : rng.normal() * 10 ** (spread * (rng() - 0.5));
      rows[i]![j] = rows[j]![i] = value;
    }
  }
  return rows;
}

function product(a: Matrix, b: Matrix): number[][] {
  return a.map((row) => b[0]!.map((_, j) => row.reduce((sum, v, k) => sum + v * b[k]![j]!, 0)));
}

function transposed(a: Matrix): number[][] {
  return a[0]!.map((_, j) => a.map((row) => row[j]!));
}

const matrices = fc.record({ n: fc.integer({ min: 1, max: 24 }), seed: fc.nat() });

function assertClose(found: ArrayLike<number>, wanted: readonly number[], tolerance: number): void {
  assertEquals(found.length, wanted.length);
  wanted.forEach((value, i) => assertAlmostEquals(found[i]!, value, tolerance, `number ${i}`));
}

Deno.test("eigenvalues have the matrix's trace, and their squares its squared norm", () => {
  fc.assert(fc.property(matrices, fc.integer({ min: 0, max: 8 }), ({ n, seed }, spread) => {
    const rows = symmetric(n, seed, spread);
    const found = symmetricEigenvalues(rows.flat());
    const norm = Math.hypot(...rows.flat());
    assertAlmostEquals(
      found.reduce((a, b) => a + b, 0),
      rows.reduce((sum, row, i) => sum + row[i]!, 0),
      1e-13 * n * norm + 1e-300,
    );
    assertAlmostEquals(Math.hypot(...found), norm, 1e-13 * n * norm + 1e-300);
    found.forEach((value, i) => assert(i === 0 || value >= found[i - 1]!));
  }));
});

Deno.test("eigenvalues are those that the matrix was made of", () => {
  fc.assert(fc.property(matrices, ({ n, seed }) => {
    const rng = createRng(seed);
    // Some of them equal, some zero.
    const values = Array.from({ length: n }, () => rng.int(7) - 3).sort((a, b) => a - b);
    let rows: number[][] = values.map((value, i) => values.map((_, j) => i === j ? value : 0));
    for (let turn = 0; turn < 3; turn++) {
      const v = Array.from({ length: n }, () => rng.normal());
      const square = v.reduce((sum, x) => sum + x * x, 0);
      const mirror = v.map((x, i) => v.map((y, j) => (i === j ? 1 : 0) - 2 * x * y / square));
      rows = product(product(mirror, rows), transposed(mirror));
    }
    assertClose(symmetricEigenvalues(rows.flat()), values, 1e-12 * n);
  }));
});

Deno.test("their product is the determinant of a positive definite matrix", () => {
  fc.assert(fc.property(matrices, ({ n, seed }) => {
    const a = symmetric(n, seed);
    const rows = product(a, a).map((row, i) => row.map((v, j) => v + (i === j ? 0.5 : 0)));
    const factor = new Cholesky();
    rows.forEach((row, i) => factor.append(row.slice(0, i + 1)));
    const found = symmetricEigenvalues(rows.flat());
    const log = found.reduce((sum, value) => sum + Math.log(value), 0);
    assertAlmostEquals(log, factor.logDeterminant, 1e-10 * n);
  }));
});

Deno.test("they do not depend on the order of rows and columns, and scale with the matrix", () => {
  fc.assert(fc.property(
    matrices,
    fc.constantFrom(-1, 1e-200, 1e200, 3),
    ({ n, seed }, factor) => {
      const rows = symmetric(n, seed), found = symmetricEigenvalues(rows.flat());
      const order = createRng(seed).shuffle(rows.map((_, i) => i));
      const shuffled = order.map((i) => order.map((j) => rows[i]![j]!));
      assertClose(symmetricEigenvalues(shuffled.flat()), [...found], 1e-12 * n);
      const scaled = symmetricEigenvalues(rows.flat().map((v) => factor * v));
      const wanted = factor < 0 ? [...found].reverse().map((v) => -v) : [...found];
      assertClose(scaled.map((v) => v / Math.abs(factor)), wanted, 1e-12 * n);
    },
  ));
});

Deno.test("a path's Laplacian has the eigenvalues of its closed form", () => {
  for (const n of [2, 3, 10, 50]) {
    const rows = Array.from(
      { length: n },
      (_, i) =>
        Array.from(
          { length: n },
          (_, j) =>
            i === j ? (i > 0 ? 1 : 0) + (i < n - 1 ? 1 : 0) : Math.abs(i - j) === 1 ? -1 : 0,
        ),
    );
    const wanted = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(Math.PI * k / n));
    assertClose(symmetricEigenvalues(rows.flat()), wanted, 1e-13 * n);
  }
});

Deno.test("a matrix of ones has one eigenvalue, its size, and one of 128 images no trouble", () => {
  const found = symmetricEigenvalues(new Float64Array(128 ** 2).fill(1));
  assertClose(found, [...new Array(127).fill(0), 128], 1e-11);
  assertClose(symmetricEigenvalues([7]), [7], 0);
  assertEquals([...symmetricEigenvalues([])], []);
  assertEquals([...symmetricEigenvalues([0, 0, 0, 0])], [0, 0]);
  assertEquals([...symmetricEigenvalues([3, 0, 0, 0, -1, 0, 0, 0, 2])], [-1, 2, 3]);
  assertClose(symmetricEigenvalues([0, 2, 2, 0]), [-2, 2], 1e-15);
});

Deno.test("a number that is not finite makes all of them NaN; a matrix that is not square is refused", () => {
  assertEquals([...symmetricEigenvalues([1, 0, NaN, 1])], [NaN, NaN]);
  assertEquals([...symmetricEigenvalues([1, 0, 0, Infinity])], [NaN, NaN]);
  assertThrows(() => symmetricEigenvalues([1, 2, 3]), RangeError, "must be square, got 3 numbers");
});
