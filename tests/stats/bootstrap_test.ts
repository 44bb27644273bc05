import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { bootstrapIntervals, normalProbability } from "naskit/stats/mod.ts";

const mean = (values: readonly number[]) => (times: Uint16Array) =>
  values.reduce((sum, value, i) => sum + value * times[i]!, 0) / values.length;

Deno.test("the interval of a mean is that of its standard error", () => {
  const rng = createRng("values");
  const values = Array.from({ length: 400 }, () => rng.normal());
  const statistic = mean(values);
  const centre = statistic(new Uint16Array(400).fill(1));
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const error = Math.sqrt(squares / 400 / 400);
  const [[low, high]] = bootstrapIntervals((times) => [statistic(times)], {
    size: 400,
    rng: createRng("b"),
    resamples: 20_000,
    level: normalProbability(1) - normalProbability(-1),
  }) as [[number, number]];
  assertAlmostEquals(low, centre - error, 0.03 * error);
  assertAlmostEquals(high, centre + error, 0.03 * error);
});

Deno.test("a resample has as many rows, each as often as chance has it", () => {
  const size = 50;
  const seen = new Float64Array(size);
  let [never, resamples] = [0, 0];
  bootstrapIntervals((times) => {
    if (resamples++ > 0) {
      assertEquals(times.reduce((sum, count) => sum + count, 0), size);
      times.forEach((count, i) => (seen[i]! += count, never += Number(count === 0)));
    }
    return [];
  }, { size, rng: createRng("b"), resamples: 4000 });
  for (const count of seen) assert(Math.abs(count - 4000) < 5 * Math.sqrt(4000), `${count}`);
  assertAlmostEquals(never / (size * 4000), (1 - 1 / size) ** size, 0.005);
});

Deno.test("equal seeds give equal intervals, and what is not defined does not count", () => {
  const draw = (seed: string) =>
    bootstrapIntervals((times) => [times[0]!, times[0]! > 0 ? 1 : NaN, NaN], {
      size: 3,
      rng: createRng(seed),
    });
  assertEquals(draw("a"), draw("a"));
  assertEquals(draw("a")[1], [1, 1]);
  assertEquals(draw("a")[2], [NaN, NaN]);
  assertEquals(bootstrapIntervals(() => [], { size: 0, rng: createRng("a") }), []);
});

Deno.test("bad options are refused", () => {
  const draw = (options: object) => () =>
    bootstrapIntervals(() => [1], { size: 3, rng: createRng("a"), ...options });
  assertThrows(draw({ size: 0.5 }), RangeError, "size must be a whole number from 0 up, got 0.5");
  assertThrows(draw({ resamples: -1 }), RangeError, "resamples must be");
  assertThrows(draw({ level: 1 }), RangeError, "level must be between 0 and 1, got 1");
});
