import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { quantile } from "naskit/stats/mod.ts";

Deno.test("quantiles are the order statistics, and straight lines between them", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 30 }),
      fc.nat(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, place, between) => {
        const sorted = values.toSorted((a, b) => a - b);
        const k = place % (values.length - 1);
        const [low, high] = [sorted[k]!, sorted[k + 1]!];
        const share = (k + between) / (values.length - 1);
        assertAlmostEquals(quantile(values, share), low + between * (high - low), 1e-6);
      },
    ),
  );
});

Deno.test("quantiles of nothing are NaN, and shares beyond 0 and 1 are refused", () => {
  assertEquals(quantile([], 0.5), NaN);
  assertEquals(quantile([3], 1), 3);
  assertThrows(() => quantile([1], 1.5), RangeError, "share must be from 0 to 1, got 1.5");
  assertThrows(() => quantile([1], NaN), RangeError, "share must be from 0 to 1, got NaN");
});
