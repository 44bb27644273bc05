import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/rng.ts";
import { signalValue } from "naskit/judge/mod.ts";
import { scatter } from "naskit/plot/mod.ts";
import { spearman } from "naskit/stats/mod.ts";

const rng = createRng("signals");
const accuracies = Array.from({ length: 60 }, () => rng());
const noisy = (noise: number) => accuracies.map((value) => value + noise * rng.normal());
const constant = (seconds: number) => accuracies.map(() => seconds);

Deno.test("each signal is a point of its mean time and its correlation, with an interval", () => {
  const values = noisy(0.2);
  const seconds = accuracies.map((_, i) => i);
  const [point] = signalValue([{ name: "noisy", values, seconds, group: "made up" }], accuracies);
  assertEquals([point!.label, point!.group, point!.x], ["noisy", "made up", 29.5]);
  assertAlmostEquals(point!.y, spearman(values, accuracies), 1e-12);
  const [below, above] = point!.error;
  assert(below > 0.03 && above > 0.01 && below < 0.4 && point!.y + above <= 1);
  assert(point!.kendall > 0 && point!.kendall < point!.y);
});

Deno.test("less of a signal may be better, and what it does not say ranks last", () => {
  const losses = accuracies.map((value) => -value);
  const [least, missing] = signalValue([
    { name: "loss", values: losses, seconds: constant(1), direction: "minimize" },
    {
      name: "missing",
      values: accuracies.map((value) => value < 0.5 ? NaN : value),
      seconds: constant(1),
    },
  ], accuracies);
  assertAlmostEquals(least!.y, 1, 1e-12);
  assert(missing!.y > 0.8 && missing!.y < 1);
});

Deno.test("the front has the signals that none beats in both", () => {
  const levels = fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(levels, (all) => {
      const points = signalValue(
        all.map(([noise, seconds], i) => ({
          name: `${i}`,
          // Worse by whole steps: the first so many are turned around.
          values: accuracies.map((value, k) => k < 6 * noise ? -value : value),
          seconds: constant(seconds),
        })),
        accuracies,
        { resamples: 0 },
      );
      points.forEach((point) => {
        const beaten = points.some(({ x, y }) =>
          (x < point.x && y >= point.y) || (x <= point.x && y > point.y)
        );
        assertEquals(point.isOnFront, !beaten);
      });
    }),
    { numRuns: 50 },
  );
});

Deno.test("the points are drawn as they come", () => {
  const points = signalValue([
    { name: "a", values: noisy(0.3), seconds: constant(1), group: "epochs" },
    { name: "b", values: noisy(0.1), seconds: constant(8), group: "images" },
  ], accuracies);
  const figure = scatter(points, {
    title: "signals",
    xLabel: "CPU seconds a network",
    yLabel: "Spearman",
    logX: true,
    front: { x: "minimize", y: "maximize" },
  });
  assert(figure.data.length >= 2);
});

Deno.test("what makes no sense is refused", () => {
  const refused = (column: object, message: string) =>
    assertThrows(
      () =>
        signalValue(
          [{ name: "a", values: accuracies, seconds: constant(1), ...column }],
          accuracies,
        ),
      RangeError,
      message,
    );
  refused({ values: [1] }, "values of a must have 60 numbers as accuracies, got 1");
  refused({ seconds: [] }, "seconds of a must have 60 numbers");
  refused({ seconds: constant(-1) }, "seconds of a must be 0 or more, got -1");
  refused({ values: constant(3) }, "a ranks nothing");
  assertThrows(() => signalValue([], []), RangeError, "there must be at least one");
});
