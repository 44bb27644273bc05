import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import { Cholesky } from "naskit/stats/mod.ts";

/** A random symmetric positive definite matrix. */
function matrix(n: number, seed: number): number[][] {
  const rng = createRng(seed);
  const a = Array.from({ length: n }, () => Array.from({ length: n }, () => rng.normal()));
  return a.map((row, i) =>
    a.map((other, j) => row.reduce((sum, x, k) => sum + x * other[k]!, i === j ? 0.5 : 0))
  );
}

function factorOf(rows: readonly (readonly number[])[]): Cholesky {
  const factor = new Cholesky();
  rows.forEach((row, i) => factor.append(row.slice(0, i + 1)));
  return factor;
}

const matrices = fc.record({ n: fc.integer({ min: 1, max: 24 }), seed: fc.nat() });

Deno.test("the factor times itself is the matrix, and the solutions solve", () => {
  fc.assert(fc.property(matrices, ({ n, seed }) => {
    const rows = matrix(n, seed);
    const factor = factorOf(rows);
    rows.forEach((row, i) =>
      row.slice(0, i + 1).forEach((value, j) => {
        const sum = factor.row(j).reduce((sum, x, k) => sum + x * factor.row(i)[k]!, 0);
        assertAlmostEquals(sum, value, 1e-9);
      })
    );
    const b = rows.map((_, i) => Math.sin(i));
    const x = factor.solveUpper(factor.solveLower(b));
    rows.forEach((row, i) =>
      assertAlmostEquals(row.reduce((sum, value, j) => sum + value * x[j]!, 0), b[i]!, 1e-7)
    );
  }));
});

Deno.test("a factor that grew, shrank and grew again has the bits of one made at once", () => {
  fc.assert(fc.property(matrices, fc.nat(24), ({ n, seed }, kept) => {
    const rows = matrix(n, seed);
    const whole = factorOf(rows);
    const factor = factorOf(rows);
    factor.truncate(kept);
    for (let i = factor.size; i < n; i++) factor.append(rows[i]!.slice(0, i + 1));
    for (let i = 0; i < n; i++) assertEquals(factor.row(i), whole.row(i));
    assertEquals(factor.logDeterminant, whole.logDeterminant);
  }));
});

Deno.test("rows and right sides taken together have the bits of those taken alone", () => {
  fc.assert(fc.property(matrices, fc.nat(24), fc.nat(8), ({ n, seed }, before, sides) => {
    const rows = matrix(n, seed);
    const alone = factorOf(rows);
    const together = factorOf(rows.slice(0, before));
    together.adopt(
      rows.slice(before).map((row, i) => Float64Array.from(row.slice(0, before + i + 1))),
    );
    for (let i = 0; i < n; i++) assertEquals(together.row(i), alone.row(i));
    const known = Math.min(before, n);
    const right = Array.from({ length: sides }, (_, s) => rows.map((_, i) => Math.sin(i * s + 1)));
    const solutions = right.map((b) => alone.solveLower(b));
    const rest = solutions.map((z, s) =>
      Float64Array.from([...z.subarray(0, known), ...right[s]!.slice(known), 7])
    );
    together.solveRest(rest, known);
    assertEquals(rest, solutions.map((z) => Float64Array.from([...z, 7])));
  }));
});

Deno.test("the determinant is that of a matrix small enough for the formula", () => {
  const [[a, b, c], [, d, e], [, , f]] = matrix(3, 1) as [number[], number[], number[]];
  const determinant = a! * (d! * f! - e! * e!) - b! * (b! * f! - e! * c!) +
    c! * (b! * e! - d! * c!);
  assertAlmostEquals(factorOf(matrix(3, 1)).logDeterminant, Math.log(determinant), 1e-12);
});

Deno.test("a right side may be as long as the first rows alone", () => {
  const rows = matrix(6, 2);
  const [short, long] = [factorOf(rows.slice(0, 3)), factorOf(rows)];
  assertEquals(long.solveLower([1, 2, 3]), short.solveLower([1, 2, 3]));
});

Deno.test("a row that does not fit is refused and changes nothing", () => {
  const factor = factorOf([[4]]);
  assertThrows(() => factor.append([1]), RangeError, "the row must have 2 numbers, got 1");
  assertThrows(() => factor.append([4, 4]), RangeError, "positive definite, row 1 leaves 0");
  assertThrows(() => factor.append([1, NaN]), RangeError, "positive definite");
  const good = Float64Array.of(1, 4);
  assertThrows(
    () => factor.adopt([good, Float64Array.of(1, 2)]),
    RangeError,
    "have 3 numbers, got 2",
  );
  assertEquals(factor.size, 1);
  assertThrows(() => factor.row(1), RangeError, "it must be from 0 to 0, got 1");
});
