import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cutAfter, cutByHalving, cutByMedian, type CutRule } from "naskit/judge/mod.ts";

const rules: Record<string, CutRule> = {
  "after 1": cutAfter(1),
  "after 3": cutAfter(3),
  "after more than all": cutAfter(20),
  "halving": cutByHalving(),
  "halving by 3": cutByHalving(3),
  "median": cutByMedian({ minEpochs: 2, minTrainings: 3 }),
};
const lots = fc.integer({ min: 3, max: 9 }).chain((length) =>
  fc.record({
    curves: fc.array(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
        minLength: length,
        maxLength: length,
      }),
      { minLength: 1, maxLength: 40 },
    ),
    budget: fc.integer({ min: length, max: 200 }),
  })
);

Deno.test("no rule spends more than its budget, and each ends with the best that it trained", () => {
  fc.assert(fc.property(lots, ({ curves, budget }) => {
    const length = curves[0]!.length;
    for (const [name, rule] of Object.entries(rules)) {
      const { epochs, chosen } = rule(curves, budget);
      const sum = epochs.reduce((a, b) => a + b, 0);
      assert(sum <= budget, `${name}: ${sum} of ${budget}`);
      assertEquals(epochs.length, curves.length);
      assert(epochs.every((count) => Number.isInteger(count) && count >= 0 && count <= length));
      const ended = curves.filter((_, i) => epochs[i] === length).map((curve) => curve.at(-1)!);
      assertEquals(curves[chosen]!.at(-1), Math.max(...ended), name);
      // A curve's future does not decide: cut ones may end anyhow.
      const others = curves.map((curve, i) =>
        curve.map((accuracy, e) => e < epochs[i]! ? accuracy : 1 - accuracy)
      );
      assertEquals(rule(others, budget), { epochs, chosen }, name);
    }
  }));
});

Deno.test("halving trains 64, 32, 16 and 8 for 160 epochs, the best of each rung", () => {
  const order = Array.from({ length: 100 }, (_, i) => (37 * i) % 101);
  const curves = order.map((rank) => Array.from({ length: 8 }, (_, e) => rank / 101 + e / 1000));
  const { epochs, chosen } = cutByHalving()(curves, 160);
  const atLeast = (least: number) =>
    epochs.flatMap((count, i) => count >= least ? [order[i]!] : []);
  assertEquals([1, 2, 4, 8].map((e) => atLeast(e).length), [64, 32, 16, 8]);
  const best = order.slice(0, 64).sort((a, b) => b - a);
  assertEquals(atLeast(8).sort((a, b) => b - a), best.slice(0, 8));
  assertEquals(order[chosen], best[0]);
  assertEquals(epochs.slice(64), Array.from({ length: 36 }, () => 0));
});

Deno.test("what makes no sense is refused", () => {
  assertThrows(() => cutAfter(0), RangeError, "epochs must be a positive whole number, got 0");
  assertThrows(() => cutByHalving(1), RangeError, "eta must be a whole number from 2 on, got 1");
  assertThrows(() => cutByMedian({ minEpochs: 0 }), RangeError, "minEpochs");
  const refused = (curves: number[][], budget: number, message: string) =>
    assertThrows(() => cutByHalving()(curves, budget), RangeError, message);
  refused([], 5, "there must be at least one");
  refused([[0.1, 0.2], [0.1]], 5, "curves[1] must have 2 epochs, got 1");
  refused([[0.1, NaN]], 5, "curves[0] must be of finite numbers, got NaN");
  refused([[0.1, 0.2]], 1, "budget must be a whole number of 2 epochs or more, got 1");
});
