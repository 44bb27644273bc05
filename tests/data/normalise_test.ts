import { assertAlmostEquals, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { denormalise, describe, normalise, statistics, take } from "../../lib/data/mod.ts";
import { numbered } from "./numbered.ts";

Deno.test("statistics() describes each channel by itself", () => {
  // Channel 0 holds 0, 2, 4, 6 and channel 1 holds 1, 3, 5, 7: the variance of both is 5.
  const { mean, std } = statistics(numbered([0, 0], { shape: [1, 2, 2] }));
  assertEquals(mean, [3, 4]);
  for (const value of std) assertAlmostEquals(value, Math.sqrt(5), 1e-12);
});

Deno.test("normalise() leaves mean 0 and deviation 1, and denormalise() undoes it", () => {
  const dataset = numbered([0, 1, 0], { shape: [2, 2, 3] });
  const normal = normalise(dataset, statistics(dataset));
  const { mean, std } = statistics(normal);
  for (const value of mean) assertAlmostEquals(value, 0, 1e-6);
  for (const value of std) assertAlmostEquals(value, 1, 1e-6);
  const back = denormalise(normal);
  assertEquals("normalisation" in back, false);
  back.images.forEach((value, i) => assertAlmostEquals(value, dataset.images[i] ?? NaN, 1e-5));
  assertStrictEquals(denormalise(dataset), dataset);
});

Deno.test("normalise() twice is on record as one normalisation", () => {
  const dataset = numbered([0, 1, 0]);
  const once = normalise(dataset, { mean: [3], std: [2] });
  const twice = normalise(once, { mean: [-1], std: [4] });
  assertEquals(twice.normalisation, { mean: [1], std: [8] });
  assertEquals([...twice.images], [-1 / 8, 0, 1 / 8]);
  assertEquals([...denormalise(twice).images], [0, 1, 2]);
});

Deno.test("normalise() and statistics() refuse what they cannot divide by", () => {
  const dataset = numbered([0, 1], { shape: [1, 1, 2] });
  assertThrows(
    () => normalise(dataset, { mean: [0], std: [1, 1] }),
    RangeError,
    "Cannot normalise images: mean must have one number a channel, 2, got 1",
  );
  assertThrows(
    () => normalise(dataset, { mean: [0, 0], std: [1, 0] }),
    RangeError,
    "Cannot normalise images: std[1] must be positive and finite, got 0",
  );
  assertThrows(() => normalise(dataset, { mean: [0, NaN], std: [1, 1] }), RangeError, "mean[1]");
  assertThrows(() => statistics(take(dataset, 0)), RangeError, '"numbered" has no images');
});

Deno.test("describe() counts classes and describes their pixels", () => {
  const rows = describe(numbered([1, 0, 1, 1], { classes: 3 }));
  assertEquals(rows.map((row) => row.class), ["class 0", "class 1", "class 2", "all"]);
  assertEquals(rows.map((row) => row.images), [1, 3, 0, 4]);
  assertEquals(rows.map((row) => row.share), [0.25, 0.75, 0, 1]);
  assertEquals(rows.map((row) => row.mean), [1, 5 / 3, NaN, 1.5]);
  const deviations = [0, Math.sqrt(14 / 9), NaN, Math.sqrt(1.25)]; // of {1}, {0, 2, 3}, {}, {0..3}
  rows.forEach(({ std }, i) => {
    if (Number.isNaN(deviations[i])) assertEquals(std, NaN);
    else assertAlmostEquals(std, deviations[i] ?? NaN, 1e-12);
  });
  assertEquals(describe(take(numbered([0]), 0)).at(-1)?.images, 0);
  assertThrows(
    () => describe({ ...numbered([0, 3]), classes: ["a", "b"] }),
    RangeError,
    "Cannot describe a dataset: labels[1] must be an integer from 0 to 1, got 3",
  );
});
