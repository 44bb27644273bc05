import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/rng.ts";
import { nasBench201Table, tabular } from "naskit/estimate/mod.ts";
import { expectedBest } from "naskit/stats/mod.ts";
import { publishedTable } from "../support/data_folder.ts";

/** The mean over all sequences of draws, which are told apart by who was drawn when. */
function bruteForce(
  values: readonly number[],
  draws: number,
  options: { replacement: boolean; sign: number; report: readonly number[] },
): number {
  const { replacement, sign, report } = options;
  let [sum, count] = [0, 0];
  const draw = (drawn: readonly number[]) => {
    if (drawn.length === draws || (!replacement && drawn.length === values.length)) {
      let best = drawn[0]!;
      for (const i of drawn) if (sign * (values[i]! - values[best]!) > 0) best = i;
      sum += report[best]!;
      count++;
      return;
    }
    for (const i of values.keys()) {
      if (replacement || !drawn.includes(i)) draw([...drawn, i]);
    }
  };
  draw([]);
  return sum / count;
}

Deno.test("expectedBest() is the mean over all ways to draw, ties and reports included", () => {
  const values = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      values,
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      fc.boolean(),
      (values, draws, replacement, up) => {
        const report = values.map((value, i) => 10 * value + i ** 2);
        const direction = up ? "maximize" : "minimize";
        assertAlmostEquals(
          expectedBest(values, draws, { direction, replacement, report }),
          bruteForce(values, draws, { replacement, sign: up ? 1 : -1, report }),
          1e-9,
        );
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("expectedBest() of many draws is the best, and of one the mean", () => {
  const rng = createRng("best");
  const values = Array.from({ length: 1_000 }, () => rng());
  const mean = values.reduce((a, b) => a + b) / 1_000;
  for (const replacement of [true, false]) {
    assertAlmostEquals(expectedBest(values, 1, { replacement }), mean, 1e-12);
    const bests = [1, 2, 5, 10, 100, 1_000]
      .map((draws) => expectedBest(values, draws, { replacement }));
    assert(bests.every((best, i) => i === 0 || best > bests[i - 1]!));
  }
  assertEquals(expectedBest(values, 1_000), Math.max(...values));
  assertEquals(expectedBest(values, 2_000), Math.max(...values));
});

Deno.test("expectedBest() refuses what it cannot work with", () => {
  assertThrows(() => expectedBest([], 1), RangeError, "values is empty");
  assertThrows(() => expectedBest([1, NaN], 1), RangeError, "value 1 is NaN");
  assertThrows(() => expectedBest([1], 0), RangeError, "draws must be a positive whole number");
  assertThrows(
    () => expectedBest([1], 1, { report: [1, 2] }),
    RangeError,
    "report must have 1 values, got 2",
  );
});

Deno.test({
  name: "on NAS-Bench-201 it gives what was worked out for CIFAR-10 elsewhere",
  ignore: publishedTable("nasbench201.csv") === undefined,
  fn: async () => {
    const values = tabular(await nasBench201Table()).values("testAccuracy");
    const known = { 1: 87.063, 10: 93.095, 50: 93.687, 100: 93.847, 500: 94.115, 1000: 94.207 };
    for (const [draws, best] of Object.entries(known)) {
      const ours = 100 * expectedBest(values, Number(draws), { replacement: true });
      assertAlmostEquals(ours, best, 0.0006);
    }
  },
});
