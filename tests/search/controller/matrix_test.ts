import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import {
  addOuterProducts,
  addProduct,
  addTransposedProduct,
  matrixIn,
} from "naskit/search/controller/matrix.ts";

/** A matrix inside a longer array, what it is entry by entry, and a source of vectors. */
const cases = fc.record({
  rows: fc.integer({ min: 1, max: 20 }),
  columns: fc.integer({ min: 1, max: 9 }),
  pairs: fc.integer({ min: 0, max: 14 }),
  seed: fc.nat(),
}).map(({ rows, columns, pairs, seed }) => {
  const rng = createRng(seed);
  const vector = (length: number) => Float64Array.from({ length }, () => rng.normal());
  const data = vector(3 + rows * columns + 2);
  const matrix = matrixIn(data, { offset: 3, rows, columns });
  const entry = (row: number, column: number) => data[3 + row * columns + column]!;
  return { rows, columns, pairs, matrix, entry, data, vector };
});

function assertNear(found: Float64Array, expected: Float64Array): void {
  assertEquals(found.length, expected.length);
  found.forEach((each, i) => assertAlmostEquals(each, expected[i]!, 1e-12));
}

Deno.test("a product is added entry by entry", () => {
  fc.assert(fc.property(cases, ({ rows, columns, matrix, entry, vector }) => {
    const [x, before] = [vector(columns), vector(rows)];
    const out = before.slice();
    addProduct(matrix, x, out);
    assertNear(
      out,
      before.map((each, row) => x.reduce((sum, x, k) => sum + entry(row, k) * x, each)),
    );
  }));
});

Deno.test("so is one with the transposed matrix", () => {
  fc.assert(fc.property(cases, ({ rows, columns, matrix, entry, vector }) => {
    const [x, before] = [vector(rows), vector(columns)];
    const out = before.slice();
    addTransposedProduct(matrix, x, out);
    assertNear(
      out,
      before.map((each, k) => x.reduce((sum, x, row) => sum + entry(row, k) * x, each)),
    );
  }));
});

Deno.test("outer products are added in the order of the pairs, and nothing beside the matrix", () => {
  fc.assert(fc.property(cases, ({ rows, columns, pairs, matrix, data, vector }) => {
    const left = Array.from({ length: pairs }, () => vector(rows));
    const right = Array.from({ length: pairs }, () => vector(columns));
    const expected = vector(data.length);
    const out = expected.slice();
    addOuterProducts(matrix, { left, right, out });
    left.forEach((a, pair) =>
      a.forEach((x, row) =>
        right[pair]!.forEach((y, k) => expected[3 + row * columns + k]! += x * y)
      )
    );
    assertEquals(out, expected);
  }));
});
