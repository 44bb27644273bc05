import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { bestAtTop } from "naskit/stats/mod.ts";

const rows = fc.array(
  fc.tuple(fc.oneof(fc.nat(2), fc.constantFrom(Infinity, -Infinity)), fc.nat(9)),
  { minLength: 1, maxLength: 6 },
);

/** All orders of some things. */
function orders<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) =>
    orders(items.filter((_, k) => k !== i)).map((rest) => [item, ...rest])
  );
}

Deno.test("it is the mean over all orders that equal scores may come in", () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 7 }), (rows, count) => {
      const isSorted = (order: typeof rows) =>
        order.every(([s], i) => i === 0 || s <= order[i - 1]![0]);
      const bests = orders(rows).filter(isSorted).map((order) =>
        Math.max(...order.slice(0, count).map(([, value]) => value))
      );
      const wanted = bests.reduce((a, b) => a + b, 0) / bests.length;
      const [scores, values] = [rows.map(([s]) => s), rows.map(([, v]) => v)];
      assertAlmostEquals(bestAtTop(scores, values, count), wanted, 1e-9);
    }),
    { numRuns: 60 },
  );
});

Deno.test("of no rows there is no best, and what makes no sense is refused", () => {
  assertEquals(bestAtTop([], [], 3), NaN);
  assertThrows(() => bestAtTop([1], [1, 2], 1), RangeError, "1 scores and 2 values");
  assertThrows(() => bestAtTop([NaN], [1], 1), RangeError, "score 0 is NaN");
  assertThrows(() => bestAtTop([1], [1], 0), RangeError, "count must be a positive whole number");
});
