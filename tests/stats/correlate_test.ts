import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import {
  bestAtTop,
  correlate,
  kendall,
  normalProbability,
  partialSpearman,
  spearman,
} from "naskit/stats/mod.ts";

const rows = fc.array(
  fc.tuple(fc.nat(5), fc.nat(8), fc.nat(5)),
  { minLength: 2, maxLength: 25 },
).map((rows) => [0, 1, 2].map((k) => rows.map((row) => row[k]!)) as [number[], number[], number[]]);

const quick = { resamples: 0 };

Deno.test("correlate() gives what each statistic gives by itself", () => {
  fc.assert(fc.property(rows, ([scores, accuracies, control]) => {
    const found = correlate(scores, accuracies, { ...quick, control, at: [2], top: 0.3 });
    assertAlmostEquals(found.spearman, spearman(scores, accuracies), 1e-12);
    assertAlmostEquals(found.kendall, kendall(scores, accuracies), 1e-12);
    assertAlmostEquals(found.partial!, partialSpearman(scores, accuracies, control), 1e-12);
    assertAlmostEquals(found.bestAt[2]!, bestAtTop(scores, accuracies, 2), 1e-12);
    const bar = accuracies.toSorted((a, b) => b - a)[Math.ceil(0.3 * accuracies.length) - 1]!;
    const best = scores.keys().filter((i) => accuracies[i]! >= bar).toArray();
    const pick = (values: number[]) => best.map((i) => values[i]!);
    assertEquals(found.top.count, best.length);
    assertAlmostEquals(found.top.spearman, spearman(pick(scores), pick(accuracies)), 1e-12);
    assertAlmostEquals(found.top.kendall, kendall(pick(scores), pick(accuracies)), 1e-12);
    // A score of which less is better is the negative of one of which more is.
    const negative = scores.map((score) => -score);
    const options = { ...quick, control, at: [2], top: 0.3 };
    assertEquals(correlate(negative, accuracies, { ...options, direction: "minimize" }), found);
  }));
});

Deno.test("NaN ranks behind minus infinity, or is dropped", () => {
  const accuracies = [0.4, 0.5, 0.6, 0.7, 0.9];
  const last = correlate([NaN, -Infinity, 0, 1, Infinity], accuracies, quick);
  assertEquals([last.count, last.undefined, last.spearman, last.kendall], [5, 1, 1, 1]);
  assertEquals(last.bestAt, { 1: 0.9, 10: 0.9, 100: 0.9 });
  const scores = [1, 2, 3, 4, NaN];
  const drop = correlate(scores, accuracies, { ...quick, nan: "drop", control: [5, 1, 2, 3, 4] });
  assertEquals([drop.count, drop.undefined, drop.spearman], [4, 1, 1]);
  assertEquals(drop.bestAt[1], 0.7);
  assertEquals(correlate(scores, accuracies, quick).spearman, 0);
  // Where less is better NaN is last as well.
  const least = correlate([NaN, 3, 2, 1, -Infinity], accuracies, {
    ...quick,
    direction: "minimize",
  });
  assertEquals(least.spearman, 1);
});

Deno.test("the intervals are as wide as the correlations of many like samples differ", () => {
  // Of two normal columns with correlation √½ both rank correlations are known in closed form.
  const truth = { spearman: 6 / Math.PI * Math.asin(Math.SQRT1_2 / 2), kendall: 0.5 };
  const level = normalProbability(1) - normalProbability(-1);
  const found = Array.from({ length: 150 }, (_, k) => {
    const rng = createRng(k);
    const accuracies = Array.from({ length: 120 }, () => rng.normal());
    const scores = accuracies.map((value) => value + rng.normal());
    return correlate(scores, accuracies, { level, resamples: 150 });
  });
  for (const name of ["spearman", "kendall"] as const) {
    const values = found.map((each) => each[name]);
    const mean = meanOf(values);
    const sd = Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
    assertAlmostEquals(mean, truth[name], 3 * sd / Math.sqrt(150) + 0.005);
    const half = meanOf(found.map((each) => {
      const [low, high] = each[`${name}Interval`];
      return (high - low) / 2;
    }));
    // An sd of 150 is itself uncertain by 6 %.
    assert(Math.abs(half / sd - 1) < 0.18, `${name}: ${half} for ${sd}`);
  }
});

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

Deno.test("equal seeds give equal intervals", () => {
  const [scores, accuracies] = [[1, 3, 2, 5, 4, 6], [1, 2, 3, 4, 5, 6]];
  const draw = (seed: string) => correlate(scores, accuracies, { seed }).spearmanInterval;
  assertEquals(draw("a"), draw("a"));
  assertEquals(correlate(scores, accuracies, quick).spearmanInterval, [NaN, NaN]);
});

Deno.test("of too few rows nothing is defined", () => {
  for (const rows of [[], [1]]) {
    const found = correlate(rows, rows, { control: rows });
    assertEquals([found.spearman, found.kendall, found.partial], [NaN, NaN, NaN]);
    assertEquals(found.spearmanInterval, [NaN, NaN]);
  }
});

Deno.test("what makes no sense is refused", () => {
  const with_ = (options: object) => () => correlate([1, 2], [1, 2], options as never);
  assertThrows(() => correlate([1], [1, 2]), RangeError, "accuracies must have 1 values as scores");
  assertThrows(() => correlate([1], [NaN]), RangeError, "accuracies[0] is NaN");
  assertThrows(with_({ control: [1] }), RangeError, "control must have 2 values as scores, got 1");
  assertThrows(with_({ control: [1, NaN] }), RangeError, "control[1] is NaN");
  assertThrows(with_({ direction: "up" }), TypeError, "direction must be maximize or minimize");
  assertThrows(with_({ nan: "skip" }), TypeError, 'nan must be "last" or "drop", got skip');
  assertThrows(with_({ top: 0 }), RangeError, "top must be a share in (0, 1], got 0");
  assertThrows(with_({ at: [0] }), RangeError, "count must be a positive whole number, got 0");
});
