import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Dataset } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { alteredBatch, type AlteredBatchOptions } from "naskit/proxy/mod.ts";

/** Six images of 2x2 in two classes; -1 is background, and no two others are equal. */
const dataset: Dataset = {
  name: "tiny",
  images: Float32Array.from({ length: 24 }, (_, i) => i % 4 === i % 3 ? -1 : i + 1),
  labels: Int32Array.of(0, 1, 0, 1, 0, 1),
  shape: [2, 2, 1],
  classes: ["even", "odd"],
};
const base = { count: 300, rng: createRng("images"), frame: 1 };
const make = (options: Partial<AlteredBatchOptions> = {}) =>
  alteredBatch(dataset, { ...base, ...options });
/** Where the plain images have background. */
const isBackground = [...make().images].map((value) => value === -1);
const channelsOf = (images: Float32Array, pixel: number) => images.slice(3 * pixel, 3 * pixel + 3);

/** Throws unless values are like draws from the standard normal distribution. */
function assertNormal(values: readonly number[]): void {
  const mean = values.reduce((a, b) => a + b) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  assertAlmostEquals(mean, 0, 5 / Math.sqrt(values.length));
  assertAlmostEquals(variance, 1, 8 / Math.sqrt(values.length));
}

Deno.test("images that are not altered are those of the dataset within a frame", () => {
  const { images, labels, shape } = make();
  assertEquals(shape, [300, 4, 4, 3]);
  for (let image = 0; image < 300; image++) {
    const pixels = Array.from({ length: 16 }, (_, i) => channelsOf(images, 16 * image + i));
    assert(pixels.every(([a, b, c]) => a === b && b === c));
    const inner = [5, 6, 9, 10].map((i) => pixels[i]![0]!);
    const place = [0, 1, 2, 3, 4, 5].find((k) =>
      inner.every((value, i) => value === dataset.images[4 * k + i])
    )!;
    assertEquals(labels[image], dataset.labels[place]);
    assert(pixels.every(([value], i) => [5, 6, 9, 10].includes(i) || value === -1));
  }
  assertEquals(make({ channels: 1, frame: 0 }).shape, [300, 2, 2, 1]);
});

Deno.test("each option alters what it names and nothing else", () => {
  const plain = make();
  const parts = [["noisyContent", false], ["noisyBackground", true]] as const;
  for (const [option, where] of parts) {
    const { images, labels } = make({ [option]: true });
    assertEquals(labels, plain.labels);
    const altered: number[] = [];
    images.forEach((value, i) => {
      if (isBackground[i] !== where) assertEquals(value, plain.images[i]);
      else if (i % 3 === 0) altered.push(value);
      else assertEquals(value, images[i - 1]);
    });
    assertNormal(altered);
  }
  const random = make({ randomLabels: true });
  assertEquals(random.images, plain.images);
  const kept = random.labels.filter((label, i) => label === plain.labels[i]).length;
  assert(kept > 110 && kept < 190, `${kept} of 300 labels are as before`);
});

Deno.test("channels of their own are other images of the class, and other noise", () => {
  const plain = make();
  const { images, labels } = make({ ownChannels: true });
  assertEquals(labels, plain.labels);
  let differing = 0;
  for (let pixel = 0; pixel < images.length / 3; pixel++) {
    const label = labels[Math.floor(pixel / 16)]!;
    const values = channelsOf(images, pixel);
    assertEquals(values[0], plain.images[3 * pixel]);
    for (const value of values) {
      if (value === -1) continue;
      assertEquals(dataset.labels[Math.floor(dataset.images.indexOf(value) / 4)], label);
      if (value !== values[0]) differing++;
    }
  }
  assert(differing > 0);
  const noise = make({ ownChannels: true, noisyContent: true, noisyBackground: true });
  assert(new Set(noise.images).size > 0.99 * noise.images.length);
  assertNormal([...noise.images]);
});

Deno.test("images that cannot be altered are refused", () => {
  const of = (change: Partial<Dataset>, options: Partial<AlteredBatchOptions> = {}) => () =>
    alteredBatch({ ...dataset, ...change }, { ...base, ...options });
  assertThrows(of({ shape: [2, 1, 2] }), TypeError, "must have one channel, got 2");
  const none = { images: new Float32Array(), labels: new Int32Array() };
  assertThrows(of(none), RangeError, "the dataset must have some");
  assertThrows(of({}, { count: 0 }), RangeError, "count must be a whole number from 1 up, got 0");
  assertThrows(of({}, { channels: 1.5 }), RangeError, "channels must be");
  assertThrows(of({}, { frame: -1 }), RangeError, "frame must be a whole number from 0 up, got -1");
});
