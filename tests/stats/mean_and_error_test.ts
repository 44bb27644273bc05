import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { meanAndError } from "naskit/stats/mod.ts";

Deno.test("the error is the spread of means of repeated samples", () => {
  const rng = createRng("means");
  const sample = () => meanAndError(Array.from({ length: 9 }, () => 4 + 6 * rng.normal()));
  const samples = Array.from({ length: 20_000 }, sample);
  const squares = samples.reduce((sum, { mean }) => sum + (mean - 4) ** 2, 0) / samples.length;
  assertAlmostEquals(Math.sqrt(squares), 6 / 3, 0.05);
  const errors = samples.reduce((sum, { error }) => sum + error ** 2, 0) / samples.length;
  assertAlmostEquals(Math.sqrt(errors), 6 / 3, 0.05);
});

Deno.test("a single value has no error, and nothing has no mean", () => {
  assertEquals(meanAndError([3]), { mean: 3, error: NaN });
  assertThrows(() => meanAndError([]), RangeError, "at least one, got none");
  assertThrows(() => meanAndError([1, Infinity]), RangeError, "got Infinity");
});
