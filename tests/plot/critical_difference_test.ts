import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { criticalDifference } from "naskit/plot/critical_difference.ts";

const title = "Ranks";
const methods = {
  names: ["C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf"],
  ranks: [3.143, 2, 2.893, 1.964],
  criticalDifference: 1.1,
};

Deno.test("methods hang from their ranks, the best at the left", () => {
  const { data } = criticalDifference(methods, { title });
  const leaders = data.slice(0, 4);
  assertEquals(leaders.map(({ name }) => name), ["C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5"]);
  assertEquals(leaders.map(({ x }) => (x as number[])[0]), [1.964, 2, 2.893, 3.143]);
  // The first half ends at the left end of the axis, the second at the right.
  assertEquals(leaders.map(({ x }) => (x as number[])[2]), [1, 1, 4, 4]);
  const heights = leaders.map(({ y }) => (y as number[])[2]!);
  assert(heights[0]! > heights[1]! && heights[3]! > heights[2]!);
  assertEquals(new Set(heights).size, 2);
});

Deno.test("bars join what lies within the difference, none inside another", () => {
  const barsOf = (ranks: number[], difference: number) =>
    criticalDifference(
      { names: ranks.map((_, i) => `m${i}`), ranks, criticalDifference: difference },
      { title },
    ).data.filter(({ name }) => name === "not told apart").map(({ x }) => x as number[]);
  // As in the paper: the best and the worst differ, all others do not.
  const bars = barsOf(methods.ranks, 1.1);
  assertEquals(bars.length, 2);
  assertAlmostEquals(bars[0]![0]!, 1.964 - 0.06, 1e-9);
  assertAlmostEquals(bars[0]![1]!, 2.893 + 0.06, 1e-9);
  assertEquals(barsOf([1, 2, 3], 0.9).length, 0);
  assertEquals(barsOf([1, 2, 3], 1.5).length, 2);
  assertEquals(barsOf([1, 2, 3], 2.5).length, 1);
  assertEquals(barsOf([2, 2, 2], 0.1).length, 1);
});

Deno.test("a difference longer than the ranks makes the axis longer", () => {
  const { layout } = criticalDifference({ ...methods, criticalDifference: 5 }, { title });
  assertEquals((layout.xaxis as { range: number[] }).range, [1, 6]);
});

Deno.test("criticalDifference() names what is wrong", () => {
  const fails = (changed: object, message: string) =>
    assertThrows(
      () => criticalDifference({ ...methods, ...changed }, { title }),
      RangeError,
      message,
    );
  fails({ names: [] }, "names is empty");
  fails({ names: ["a"], ranks: [1] }, "names must be two or more, got 1");
  fails({ ranks: [1, 2] }, "ranks must have 4 values, got 2");
  fails({ ranks: [1, 2, 3, 5] }, "ranks[3] must be from 1 to 4, got 5");
  fails({ criticalDifference: 0 }, "criticalDifference must be positive, got 0");
});
