import { assertEquals, assertThrows } from "@std/assert";
import { lineOfRuns, lines } from "naskit/plot/mod.ts";

Deno.test("lineOfRuns() lies between the least and the most, or the quartiles where asked", () => {
  const runs = [[5, 1], [1, 1], [3, 1], [2, 1], [4, 1]];
  const line = lineOfRuns("a", [0, 1], runs);
  assertEquals([line.y, line.lower, line.upper], [[3, 1], [1, 1], [5, 1]]);
  const { lower, upper } = lineOfRuns("a", [0, 1], runs, { band: [0.25, 0.75] });
  assertEquals([lower, upper], [[2, 1], [4, 1]]);
  assertEquals(lines([line], { title: "t", xLabel: "x", yLabel: "y" }).data.at(-1)!.y, [3, 1]);
});

Deno.test("lineOfRuns() names the run that does not fit", () => {
  assertThrows(() => lineOfRuns("a", [0], []), RangeError, "runs is empty");
  assertThrows(() => lineOfRuns("a", [0, 1], [[1, 2], [1]]), RangeError, "runs[1] must have 2");
  assertThrows(() => lineOfRuns("a", [0], [[NaN]]), RangeError, "runs[0][0] must be a finite");
});
