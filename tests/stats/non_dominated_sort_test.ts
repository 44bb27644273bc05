import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  crowdingDistance,
  type Direction,
  nonDominatedSort,
  paretoFront,
} from "naskit/stats/mod.ts";

// Few different values, so that ties and duplicates are the rule.
const problem = fc.integer({ min: 1, max: 4 }).chain((objectives) =>
  fc.tuple(
    fc.array(
      fc.array(fc.integer({ min: -3, max: 3 }), { minLength: objectives, maxLength: objectives }),
      { maxLength: 40 },
    ),
    fc.array(fc.constantFrom<Direction>("minimize", "maximize"), {
      minLength: objectives,
      maxLength: objectives,
    }),
  )
);

/** The definition: the front of all, then the front of what is left, and so on. */
function peel(points: number[][], directions: Direction[]): number[][] {
  const fronts: number[][] = [];
  let left = points.map((_, i) => i);
  while (left.length > 0) {
    const front = paretoFront(left.map((i) => points[i]!), directions).map((at) => left[at]!);
    fronts.push(front);
    left = left.filter((i) => !front.includes(i));
  }
  return fronts;
}

Deno.test("nonDominatedSort() peels one front after the other", () => {
  fc.assert(
    fc.property(problem, ([points, directions]) => {
      assertEquals(nonDominatedSort(points, directions), peel(points, directions));
    }),
    { numRuns: 500, seed: 1 },
  );
});

Deno.test("nonDominatedSort() does not change when an objective is rescaled in order", () => {
  fc.assert(
    fc.property(problem, ([points, directions]) => {
      const rescaled = points.map((point) => point.map((value) => Math.exp(value) + 7));
      assertEquals(nonDominatedSort(rescaled, directions), nonDominatedSort(points, directions));
    }),
    { seed: 2 },
  );
});

Deno.test("nonDominatedSort() of one objective sorts by it, equal ones together", () => {
  assertEquals(nonDominatedSort([[3], [1], [2], [1]], ["minimize"]), [[1, 3], [2], [0]]);
  assertEquals(nonDominatedSort([[3], [1], [2], [1]], ["maximize"]), [[0], [2], [1, 3]]);
  assertEquals(nonDominatedSort([], ["maximize"]), []);
});

Deno.test("nonDominatedSort() names the point and the value that is wrong", () => {
  assertThrows(
    () => nonDominatedSort([[1, 2], [1, NaN]], ["minimize", "minimize"]),
    RangeError,
    "Cannot sort into fronts: points[1][1] must be a finite number, got NaN",
  );
});

Deno.test("crowdingDistance() adds up the gaps along every objective", () => {
  // By hand: of extents 10 and 8, the gaps are 4 and 6, then 8 and 5.
  const points = [[0, 8], [2, 5], [4, 2], [10, 0]];
  assertEquals(crowdingDistance(points), [Infinity, 0.4 + 0.75, 0.8 + 0.625, Infinity]);
});

Deno.test("crowdingDistance() does not depend on the order of points without ties", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 20 }),
      fc.nat(),
      (values, turn) => {
        const points = values.map((value) => [value, -(value ** 2)]);
        const by = (list: number[][]) =>
          new Map(crowdingDistance(list).map((distance, i) => [list[i]![0], distance]));
        const at = turn % points.length;
        const turned = by([...points.slice(at), ...points.slice(0, at)]);
        for (const [value, distance] of by(points)) assertEquals(turned.get(value), distance);
      },
    ),
    { seed: 3 },
  );
});

Deno.test("crowdingDistance() is infinite at the ends and zero within a heap of equal points", () => {
  assertEquals(crowdingDistance([]), []);
  assertEquals(crowdingDistance([[1, 2]]), [Infinity]);
  assertEquals(crowdingDistance([[1, 2], [0, 3]]), [Infinity, Infinity]);
  assertEquals(crowdingDistance([[1, 1], [1, 1], [1, 1]]), [Infinity, 0, Infinity]);
  const distances = crowdingDistance([[0, 9], [5, 5], [5, 5], [5, 5], [9, 0]]);
  assert(distances[2] === 0 && distances[1]! > 0 && distances[3]! > 0);
});

Deno.test("crowdingDistance() names the point that is wrong", () => {
  assertThrows(
    () => crowdingDistance([[1, 2], [1]]),
    RangeError,
    "Cannot tell how crowded points are: points[1] must have 2 values, got 1",
  );
  assertThrows(() => crowdingDistance([[Infinity]]), RangeError, "points[0][0] must be a finite");
});
