import fc from "fast-check";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Direction, hypervolume, paretoFront } from "../../lib/stats/mod.ts";

const down = (count: number): Direction[] => Array<Direction>(count).fill("minimize");

/** Counts the unit cells that a point dominates. */
function byCounting(points: readonly (readonly number[])[], reference: readonly number[]): number {
  const cells = reference.reduce<number[][]>(
    (some, end) => some.flatMap((cell) => Array.from({ length: end }, (_, i) => [...cell, i])),
    [[]],
  );
  return cells.filter((cell) =>
    points.some((point) => point.every((value, k) => value <= cell[k]!))
  ).length;
}

const SIZE = 5;
const clouds = fc.integer({ min: 1, max: 4 }).chain((objectives) =>
  fc.array(
    fc.array(fc.integer({ min: -1, max: SIZE + 1 }), {
      minLength: objectives,
      maxLength: objectives,
    }),
    { minLength: 1, maxLength: 9 },
  )
);

Deno.test("hypervolume() is the number of unit cells that points dominate, in one to four dimensions", () => {
  fc.assert(
    fc.property(clouds, (points) => {
      const objectives = points[0]!.length;
      const reference = Array<number>(objectives).fill(SIZE);
      // The grid starts at 0: what lies before it counts from there.
      const clipped = points.map((point) => point.map((value) => Math.max(0, value)));
      assertEquals(
        hypervolume(clipped, reference, down(objectives)),
        byCounting(clipped, reference),
      );
    }),
    { numRuns: 300 },
  );
});

Deno.test("hypervolume() does not see dominated points or the order, and never falls with a point more", () => {
  fc.assert(
    fc.property(clouds, fc.nat(), (points, at) => {
      const objectives = points[0]!.length;
      const reference = Array<number>(objectives).fill(SIZE);
      const of = (some: readonly (readonly number[])[]) =>
        hypervolume(some, reference, down(objectives));
      const whole = of(points);
      assertEquals(of(points.toReversed()), whole);
      assertEquals(of(paretoFront(points, down(objectives)).map((i) => points[i]!)), whole);
      const worse = points[at % points.length]!.map((value, k) => value + (at + k) % 2);
      assertEquals(of([...points, worse]), whole);
      assert(of(points.slice(1)) <= whole);
    }),
  );
});

Deno.test("hypervolume() of the fronts with known values", () => {
  assertEquals(hypervolume([[1, 3], [2, 2], [3, 1]], [4, 4], down(2)), 6);
  // The front of ZDT1, y = 1 - √x, dominates 2/3 of the unit square, as n points do but for O(1/n).
  const n = 20_000;
  const curve = Array.from({ length: n + 1 }, (_, i) => [i / n, 1 - Math.sqrt(i / n)]);
  assertAlmostEquals(hypervolume(curve, [1, 1], down(2)), 2 / 3, 1e-3);
  // To the reference (1.1, 1.1) it is 1.21 - 1/3.
  assertAlmostEquals(hypervolume(curve, [1.1, 1.1], down(2)), 1.21 - 1 / 3, 1e-3);
  // A plane through the unit cube, as in DTLZ1: half a cube's corner, 1 - 1/6.
  const plane = Array.from({ length: 41 }, (_, i) => i / 40).flatMap((x) =>
    Array.from({ length: 41 }, (_, j) => j / 40).filter((y) => x + y <= 1).map((y) => [
      x,
      y,
      1 - x - y,
    ])
  );
  assertAlmostEquals(hypervolume(plane, [1, 1, 1], down(3)), 5 / 6, 0.04);
});

Deno.test("hypervolume() takes objectives of which more is better", () => {
  assertEquals(hypervolume([[0.5, 10], [0.8, 30]], [0, 40], ["maximize", "minimize"]), 18);
  assertEquals(hypervolume([[0, 10]], [0, 40], ["maximize", "minimize"]), 0);
  assertEquals(hypervolume([], [0, 40], ["maximize", "minimize"]), 0);
});

Deno.test("hypervolume() refuses what cannot be measured", () => {
  assertThrows(() => hypervolume([], [], []), RangeError, "directions is empty");
  assertThrows(
    () => hypervolume([[1, 2]], [3], ["minimize"]),
    RangeError,
    "points[0] must have 1 values, got 2",
  );
  assertThrows(
    () => hypervolume([], [3], down(2)),
    RangeError,
    "reference must have 2 values, got 1",
  );
  assertThrows(
    () => hypervolume([[1, NaN]], [3, 3], down(2)),
    RangeError,
    "points[0][1] must be a finite number, got NaN",
  );
});
