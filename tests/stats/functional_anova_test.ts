import fc from "fast-check";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRng } from "../../lib/engine/rng.ts";
import { mainEffects } from "../../lib/stats/mod.ts";

/** All combinations of options. */
function grid(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (some, size) => some.flatMap((one) => Array.from({ length: size }, (_, i) => [...one, i])),
    [[]],
  );
}

/** The shares by their definition, from the value of every combination. */
function byDefinition(sizes: readonly number[], values: readonly number[]): number[] {
  const mean = (some: readonly number[]) => some.reduce((a, b) => a + b, 0) / some.length;
  const all = grid(sizes);
  const middle = mean(values);
  const variance = mean(values.map((value) => (value - middle) ** 2));
  return sizes.map((size, decision) =>
    mean(Array.from({ length: size }, (_, option) => {
      const here = values.filter((_, i) => all[i]![decision] === option);
      return (mean(here) - middle) ** 2;
    })) / variance
  );
}

Deno.test("a tree of all combinations gives the shares by their definition", () => {
  const functions = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })
    .chain((sizes) => {
      const length = sizes.reduce((product, size) => product * size, 1);
      const values = fc.array(fc.integer({ min: -9, max: 9 }), {
        minLength: length,
        maxLength: length,
      });
      return fc.record({ sizes: fc.constant(sizes), values });
    }).filter(({ values }) => new Set(values).size > 1);
  fc.assert(
    fc.property(functions, ({ sizes, values }) => {
      const options = { sizes, rng: createRng("s"), trees: 1, leastSamples: 1, bootstrap: false };
      const expected = byDefinition(sizes, values);
      mainEffects(grid(sizes), values, options).forEach((share, i) =>
        assertAlmostEquals(share, expected[i]!, 1e-9)
      );
    }),
  );
});

Deno.test("a forest finds the shares of a known function from a few hundred uneven samples", () => {
  // Variances of 0, 1, 2, ... times a weight are weight² (size² - 1) / 12; the last does nothing.
  const [sizes, weights] = [[5, 5, 4, 3, 5], [3, 2, 1, 2, 0]];
  const variances = sizes.map((size, i) => weights[i]! ** 2 * (size ** 2 - 1) / 12);
  const total = variances.reduce((a, b) => a + b, 0);
  const rng = createRng("samples");
  // Twice as likely as the others: option 0, as a search would prefer what is good.
  const choices = Array.from(
    { length: 300 },
    () => sizes.map((size) => Math.max(0, rng.int(size + 1) - 1)),
  );
  const values = choices.map((each) => each.reduce((sum, c, i) => sum + weights[i]! * c, 0));
  const shares = mainEffects(choices, values, { sizes, rng: createRng("s") });
  shares.forEach((share, i) => assertAlmostEquals(share, variances[i]! / total, 0.05));
  // Noise of a tenth of the variance changes little.
  const noisy = values.map((value) => value + Math.sqrt(total / 10) * rng.normal());
  mainEffects(choices, noisy, { sizes, rng: createRng("s") })
    .forEach((share, i) => assertAlmostEquals(share, variances[i]! / total, 0.12));
});

Deno.test("decisions that matter only together have no share of their own", () => {
  const sizes = [2, 2, 3];
  const choices = grid(sizes);
  const values = choices.map(([a, b]) => Number(a === b));
  const options = { sizes, rng: createRng("s"), trees: 1, leastSamples: 1, bootstrap: false };
  assertEquals(mainEffects(choices, values, options), [0, 0, 0]);
  // A forest of samples that are not spread evenly sees nearly that.
  const rng = createRng("samples");
  const some = Array.from({ length: 200 }, () => sizes.map((size) => rng.int(size)));
  const shares = mainEffects(some, some.map(([a, b]) => Number(a === b)), {
    sizes,
    rng: createRng("s"),
  });
  assert(shares.every((share) => share < 0.05), `${shares}`);
});

Deno.test("equal seeds give equal shares, and nothing to explain gives none", () => {
  const choices = grid([3, 3]);
  const values = choices.map(([a, b]) => a! * b!);
  const of = (seed: string) =>
    mainEffects(choices, values, { sizes: [3, 3], rng: createRng(seed) });
  assertEquals(of("a"), of("a"));
  assertEquals(mainEffects(choices, choices.map(() => 7.1), { sizes: [3, 3], rng: createRng(1) }), [
    0,
    0,
  ]);
});

Deno.test("mainEffects() refuses what does not fit", () => {
  const options = { sizes: [2], rng: createRng("s") };
  assertThrows(() => mainEffects([], [], options), RangeError, "choices is empty");
  assertThrows(
    () => mainEffects([[0]], [], options),
    RangeError,
    "values must be 1 numbers, got 0",
  );
  assertThrows(
    () => mainEffects([[0]], [NaN], options),
    RangeError,
    "values[0] must be a finite number, got NaN",
  );
  assertThrows(
    () => mainEffects([[2]], [1], options),
    RangeError,
    "choices[0][0] must be a whole number from 0 to 1, got 2",
  );
  assertThrows(
    () => mainEffects([[0, 0]], [1], options),
    RangeError,
    "choices[0] must have 1 numbers, got 2",
  );
});
