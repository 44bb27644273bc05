import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Direction, paretoFront } from "naskit/stats/pareto.ts";

/** The definition, for every pair of points. */
function bruteForce(points: number[][], directions: Direction[]): number[] {
  const better = (a: number, b: number, k: number) => directions[k] === "maximize" ? a > b : a < b;
  const dominates = (a: number[], b: number[]) =>
    !a.some((_, k) => better(b[k]!, a[k]!, k)) && a.some((_, k) => better(a[k]!, b[k]!, k));
  return points.flatMap((point, i) => points.some((other) => dominates(other, point)) ? [] : [i]);
}

const direction = fc.constantFrom<Direction>("minimize", "maximize");

// Few different values, so that ties and duplicates are the rule.
const problem = fc.integer({ min: 1, max: 4 }).chain((objectives) =>
  fc.tuple(
    fc.array(
      fc.array(fc.integer({ min: -3, max: 3 }), { minLength: objectives, maxLength: objectives }),
      { maxLength: 40 },
    ),
    fc.array(direction, { minLength: objectives, maxLength: objectives }),
  )
);

Deno.test("paretoFront() agrees with the definition, ties and duplicates included", () => {
  fc.assert(
    fc.property(problem, ([points, directions]) => {
      assertEquals(paretoFront(points, directions), bruteForce(points, directions));
    }),
    { numRuns: 500, seed: 1 },
  );
});

Deno.test("paretoFront() keeps its front when a dominated point joins", () => {
  fc.assert(
    fc.property(problem, ([points, directions]) => {
      fc.pre(points.length > 0);
      const worse = points[0]!.map((value, k) =>
        directions[k] === "maximize" ? value - 1 : value + 1
      );
      assertEquals(
        paretoFront([...points, worse], directions),
        paretoFront(points, directions),
      );
    }),
    { seed: 2 },
  );
});

Deno.test("paretoFront() does not change when an objective is rescaled in order", () => {
  fc.assert(
    fc.property(problem, ([points, directions]) => {
      const rescaled = points.map((point) =>
        point.map((value, k) => k === 0 ? value ** 3 + 7 : value)
      );
      assertEquals(paretoFront(rescaled, directions), paretoFront(points, directions));
    }),
    { seed: 3 },
  );
});

Deno.test("paretoFront() of nothing is nothing", () => {
  assertEquals(paretoFront([], ["minimize", "maximize"]), []);
});

Deno.test("paretoFront() names the point and the value that is wrong", () => {
  assertThrows(
    () => paretoFront([[1, 2], [1, NaN]], ["minimize", "minimize"]),
    RangeError,
    "points[1][1] must be a finite number, got NaN",
  );
  assertThrows(
    () => paretoFront([[1, 2], [1]], ["minimize", "minimize"]),
    RangeError,
    "points[1] must have 2 values, got 1",
  );
  assertThrows(() => paretoFront([[]], []), RangeError, "directions is empty");
});
