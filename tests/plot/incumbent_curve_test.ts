import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { incumbentCurve } from "naskit/plot/incumbent_curve.ts";

const labels = { title: "Search", yLabel: "accuracy" };
const maximize = { ...labels, direction: "maximize" } as const;

Deno.test("incumbentCurve() holds the best of all trials so far, for either direction", () => {
  const trials = fc.array(fc.option(fc.integer()), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(trials, fc.constantFrom("minimize", "maximize"), (values, direction) => {
      const { data } = incumbentCurve([{ name: "a", values }], { ...labels, direction });
      const best = values.map((_, i) => {
        const seen = values.slice(0, i + 1).filter((value) => value !== null);
        if (seen.length === 0) return null;
        return direction === "maximize" ? Math.max(...seen) : Math.min(...seen);
      });
      assertEquals(data.at(-1)!.y, best);
      assertEquals(data[0]!.y, values);
    }),
    { seed: 1 },
  );
});

Deno.test("incumbentCurve() steps at the trial that improves", () => {
  const { data } = incumbentCurve([{ name: "a", values: [1, 2], x: [10, 25] }], maximize);
  assertEquals(data[1]!.x, [10, 25]);
  assertEquals((data[1]!.line as { shape: string }).shape, "hv");
});

Deno.test("incumbentCurve() draws bands as stairs, and no dots beside them unless asked", () => {
  const series = [{ name: "a", values: [1, 3], lower: [0, 2], upper: [2, 4] }];
  const { data } = incumbentCurve(series, maximize);
  assertEquals(data.length, 2);
  assertEquals(data[0]!.x, [1, 2, 2, 2, 2, 1]);
  assertEquals(data[0]!.y, [2, 2, 4, 2, 0, 0]);
  assertEquals(incumbentCurve(series, { ...maximize, trials: true }).data.length, 3);
});

Deno.test("incumbentCurve() names what is wrong", () => {
  assertThrows(() => incumbentCurve([], maximize), RangeError, "series is empty");
  assertThrows(
    () => incumbentCurve([{ name: "a", values: [1, 2], x: [2, 1] }], maximize),
    RangeError,
    "series[0].x must not fall, got 1 after 2 at 1",
  );
  assertThrows(
    () => incumbentCurve([{ name: "a", values: [1, 2], x: [1] }], maximize),
    RangeError,
    "series[0].x must have 2 values, got 1",
  );
  assertThrows(
    () => incumbentCurve([{ name: "a", values: [1, Infinity] }], maximize),
    RangeError,
    "series[0].values[1] must be a finite number, got Infinity",
  );
});
