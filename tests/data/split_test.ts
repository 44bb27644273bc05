import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Dataset, prepareSplits, split, take } from "../../lib/data/mod.ts";
import { createRng } from "../../lib/engine/rng.ts";
import { countClasses, numbered, originals } from "./numbered.ts";

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

const labelLists = fc.array(fc.nat(4), { minLength: 1, maxLength: 200 });
const weights = fc.array(fc.nat(20), { minLength: 1, maxLength: 5 })
  .filter((list) => list.some((weight) => weight > 0));

Deno.test("split() by fractions of 1 loses no image and gives none twice", () => {
  fc.assert(
    fc.property(labelLists, weights, fc.boolean(), (labels, list, stratified) => {
      const dataset = numbered(labels, { shape: [1, 2, 1] });
      const total = list.reduce((a, b) => a + b, 0);
      const fractions = list.map((weight) => weight / total);
      const parts = split(dataset, { fractions, rng: createRng(1), stratified });
      assertEquals(parts.length, list.length);
      const indices = parts.flatMap((part) => [...originals(part)]);
      assertEquals(sorted(indices), labels.map((_, i) => i));
      for (const part of parts) {
        assertEquals([...part.labels], originals(part).map((i) => labels[i]));
        assertEquals(part.images.length, part.labels.length * 2);
      }
    }),
    { numRuns: 200, seed: 1 },
  );
});

Deno.test("split() gives each part its share of each class to within rounding", () => {
  const cases = labelLists.chain((labels) =>
    fc.tuple(fc.constant(labels), fc.array(fc.nat(labels.length), { maxLength: 3 }))
  );
  fc.assert(
    fc.property(cases, fc.integer(), ([labels, cuts], seed) => {
      const ends = sorted(cuts);
      const sizes = ends.map((end, i) => end - (ends[i - 1] ?? 0));
      const parts = split(numbered(labels), { sizes, rng: createRng(seed) });
      let left = countClasses(Int32Array.from(labels), 5);
      let leftTotal = labels.length;
      parts.forEach((part, k) => {
        const size = sizes[k] ?? 0;
        assertEquals(part.labels.length, size);
        const counts = countClasses(part.labels, 5);
        counts.forEach((count, c) => {
          const share = ((left[c] ?? 0) * size) / (leftTotal || 1);
          assert(Math.abs(count - share) < 1, `class ${c}: ${count} for a share of ${share}`);
        });
        left = left.map((count, c) => count - (counts[c] ?? 0));
        leftTotal -= size;
      });
    }),
    { numRuns: 300, seed: 1 },
  );
});

Deno.test("split() gives the same parts for the same seed and others for another", () => {
  const dataset = numbered(Array.from({ length: 60 }, (_, i) => i % 3));
  const parts = (seed: number) =>
    split(dataset, { sizes: [30, 30], rng: createRng(seed) }).map(originals);
  assertEquals(parts(1), parts(1));
  assertNotEquals(parts(1), parts(2));
  assertNotEquals(sorted(parts(1)[0] ?? []), sorted(parts(2)[0] ?? []));
});

Deno.test("split() puts each image into a part as often as its size says", () => {
  const dataset = numbered([0, 0, 0, 1, 1, 1, 1, 1, 1, 1]);
  const draws = 3000;
  const hits = new Array<number>(10).fill(0);
  const rng = createRng("fair");
  for (let i = 0; i < draws; i++) {
    for (const index of originals(split(dataset, { sizes: [4], rng })[0])) {
      hits[index] = (hits[index] ?? 0) + 1;
    }
  }
  // 4 of 10 each; the standard deviation of a count is at most sqrt(3000 * 0.24) = 27
  for (const count of hits) assert(Math.abs(count - draws * 0.4) < 5 * 27, `${hits}`);
});

Deno.test("split() draws any set of images of a class, in any order", () => {
  const dataset = numbered([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  const rng = createRng("sets");
  const orders = new Set<string>();
  const sets = new Set<string>();
  for (let i = 0; i < 3000; i++) {
    const [part] = split(dataset, { sizes: [4], rng });
    orders.add(part.labels.join(""));
    sets.add(sorted(originals(part)).join());
  }
  assertEquals(orders.size, 6); // two of each class: 0011 in any order
  assertEquals(sets.size, 10 * 10);
});

Deno.test("split() refuses sizes that are not there", () => {
  const dataset = numbered([0, 1, 0, 1]);
  const rng = createRng(1);
  const refuse = (options: { sizes?: number[]; fractions?: number[] }, message: string) =>
    assertThrows(() => split(dataset, { ...options, rng }), Error, message);
  refuse({ sizes: [3, 2] }, "sizes 3 + 2 = 5 must be at most 4");
  refuse({ sizes: [-1] }, "sizes[0] must be an integer of at least 0, got -1");
  refuse({ fractions: [0.5, 0.6] }, "must be at most 1");
  refuse({ fractions: [NaN] }, "fractions[0] must be a number from 0 to 1, got NaN");
  refuse({}, "give either sizes or fractions");
  refuse({ sizes: [1], fractions: [0.1] }, "give either sizes or fractions");
  const wrong: Dataset = { ...dataset, images: new Float32Array(3) };
  assertThrows(
    () => split(wrong, { sizes: [1], rng }),
    RangeError,
    'Cannot split a dataset: "numbered" has 4 labels and shape [1,1,1], so images must hold 4 ' +
      "values, got 3",
  );
});

Deno.test("prepareSplits() keeps the validation images when the training size changes", () => {
  const labels = Array.from({ length: 300 }, (_, i) => i % 4);
  const source = { name: "set", train: numbered(labels), test: numbered(labels.slice(0, 40)) };
  const options = { validation: 50, normalise: false };
  const few = prepareSplits(source, { ...options, train: 20 });
  const many = prepareSplits(source, { ...options, train: 250 });
  assertEquals(few.validation, many.validation);
  assertEquals(few.test, many.test);
  assertEquals([few.test.images, few.test.labels], [source.test.images, source.test.labels]);
  const together = [...originals(many.train), ...originals(many.validation)];
  assertEquals(sorted(together), labels.map((_, i) => i));
});

Deno.test("prepareSplits() fills in sizes that are not given", () => {
  const labels = Array.from({ length: 100 }, (_, i) => i % 2);
  const source = { name: "set", train: numbered(labels), test: numbered(labels) };
  const sizes = (options: { train?: number; validation?: number; test?: number }) => {
    const { train, validation, test } = prepareSplits(source, options);
    return [train, validation, test].map((part) => part.labels.length);
  };
  assertEquals(sizes({}), [80, 20, 100]);
  assertEquals(sizes({ train: 90 }), [90, 10, 100]);
  assertEquals(sizes({ train: 10 }), [10, 20, 100]);
  assertEquals(sizes({ validation: 0, test: 0 }), [100, 0, 0]);
  assertThrows(() => sizes({ train: 101 }), RangeError, "train must be an integer from 1 to 100");
  assertThrows(() => sizes({ validation: 100 }), RangeError, "validation must be");
});

Deno.test("take() copies the first images or chosen ones", () => {
  const dataset = numbered([0, 1, 2, 0], { shape: [1, 1, 2] });
  assertEquals(originals(take(dataset, 3)), [0, 1, 2]);
  assertEquals(take(dataset, 0).images.length, 0);
  const chosen = take(dataset, Int32Array.of(3, 1, 3));
  assertEquals([...chosen.images], [6, 7, 2, 3, 6, 7]);
  assertEquals([...chosen.labels], [0, 1, 0]);
  assertThrows(() => take(dataset, 5), RangeError, "which must be an integer from 0 to 4, got 5");
  assertThrows(
    () => take(dataset, [0, 4]),
    RangeError,
    "indices[1] must be an integer from 0 to 3",
  );
  assertThrows(() => take(dataset, [0.5]), RangeError, "got 0.5");
});
