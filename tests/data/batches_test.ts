import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  augment,
  type Batch,
  batch,
  batches,
  batchToTensors,
  type Dataset,
  normalise,
} from "../../lib/data/mod.ts";
import { blackOf, moveImages } from "../../lib/data/augment.ts";
import { createRng } from "../../lib/engine/rng.ts";
import { tf } from "../../lib/engine/tf.ts";
import { numbered, originals } from "./numbered.ts";

const hundred = numbered(Array.from({ length: 100 }, (_, i) => i % 7), { shape: [2, 3, 2] });
const orderOf = (list: Iterable<Batch>): number[] => [...list].flatMap(originals);

Deno.test("every image comes once an epoch, with its label", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 60 }),
      fc.boolean(),
      (count, batchSize, random) => {
        const dataset = numbered(Array.from({ length: count }, (_, i) => (i * i) % 5));
        const list = [...batches(dataset, { batchSize, ...(random ? { rng: createRng(1) } : {}) })];
        assertEquals(list.length, Math.ceil(count / batchSize));
        assertEquals(orderOf(list).sort((a, b) => a - b), Array.from(dataset.labels, (_, i) => i));
        for (const part of list) {
          assertEquals(part.shape, [part.labels.length, 1, 1, 1]);
          assertEquals([...part.labels], originals(part).map((i) => dataset.labels[i]));
        }
        if (!random) assertEquals(orderOf(list), Array.from(dataset.labels, (_, i) => i));
      },
    ),
    { numRuns: 150, seed: 1 },
  );
});

Deno.test("the same stream gives the same order, another epoch another", () => {
  const rng = createRng("order");
  const order = (stream: typeof rng) => orderOf(batches(hundred, { batchSize: 8, rng: stream }));
  assertEquals(order(rng.split(0)), order(rng.split(0)));
  assertNotEquals(order(rng.split(0)), order(rng.split(1)));
  assertNotEquals(order(rng), order(rng));
});

Deno.test("augmentation does not change the order, and one epoch draws one number", () => {
  const changed = augment({ flip: true, shift: 1 });
  const one = createRng("order");
  const two = createRng("order");
  const plain = [...batches(hundred, { batchSize: 8, rng: one })];
  const moved = [...batches(hundred, { batchSize: 8, rng: two, augment: changed })];
  assertEquals(moved.flatMap((b) => [...b.labels]), plain.flatMap((b) => [...b.labels]));
  assertNotEquals(moved.map((b) => b.images), plain.map((b) => b.images));
  assertEquals(one(), two());
});

Deno.test("dropLast leaves out what is not full", () => {
  const list = [...batches(hundred, { batchSize: 32, dropLast: true, rng: createRng(1) })];
  assertEquals(list.map((b) => b.labels.length), [32, 32, 32]);
  assertEquals(new Set(orderOf(list)).size, 96);
});

Deno.test("a batch is a copy that later batches leave alone", () => {
  const list = batches(hundred, { batchSize: 50 });
  const first = list.next().value;
  assert(first !== undefined);
  const before = first.images.slice();
  list.next();
  assertEquals(first.images, before);
  first.images.fill(-1);
  assertEquals(hundred.images[0], 0);
});

Deno.test("batches() checks its options when it is called", () => {
  const rng = createRng(1);
  assertThrows(
    () => batches(hundred, { batchSize: 0 }),
    RangeError,
    "Cannot make batches: batchSize must be an integer of at least 1, got 0",
  );
  assertThrows(
    () => batches(hundred, { batchSize: 1, augment: augment({ flip: true }) }),
    TypeError,
    "Cannot make batches: augment needs rng, got none",
  );
  assertThrows(
    () => batches(hundred, { batchSize: 101, dropLast: true, rng }),
    RangeError,
    "batchSize must be at most 100, the number of images, got 101",
  );
});

Deno.test("batch() gives a range, chosen images, or all", () => {
  assertEquals(originals(batch(hundred, { start: 10, count: 3 })), [10, 11, 12]);
  assertEquals(originals(batch(hundred, { start: 98 })), [98, 99]);
  assertEquals(batch(hundred).shape, [100, 2, 3, 2]);
  const chosen = batch(hundred, { indices: [5, 5, 99] });
  assertEquals([originals(chosen), [...chosen.labels]], [[5, 5, 99], [5, 5, 1]]);
  assertEquals("normalisation" in chosen, false);
  const stats = { mean: [1, 2], std: [3, 4] };
  assertEquals(batch(normalise(hundred, stats), { count: 1 }).normalisation, stats);
  assertThrows(
    () => batch(hundred, { start: 99, count: 2 }),
    RangeError,
    "Cannot make a batch: count must be an integer from 0 to 1, got 2",
  );
  assertThrows(() => batch(hundred, { start: 101 }), RangeError, "start must be");
  assertThrows(() => batch(hundred, { indices: [100] }), RangeError, "indices[0] must be");
  assertThrows(() => batch(hundred, { indices: [1], count: 1 }), TypeError, "give either");
});

const someBatch = fc.record({
  count: fc.integer({ min: 1, max: 3 }),
  height: fc.integer({ min: 1, max: 5 }),
  width: fc.integer({ min: 1, max: 5 }),
  channels: fc.integer({ min: 1, max: 3 }),
}).map(({ count, height, width, channels }) =>
  batch(numbered(new Array<number>(count).fill(0), { shape: [height, width, channels] }))
);

Deno.test("a mirrored image is mirrored row by row, and twice is as before", () => {
  const mirror = (b: Batch) => moveImages(b, () => ({ flip: true, down: 0, right: 0 }));
  fc.assert(
    fc.property(someBatch, (before) => {
      const [count, height, width, channels] = before.shape;
      const once = mirror(before);
      for (let row = 0; row < count * height; row++) {
        for (let x = 0; x < width; x++) {
          for (let c = 0; c < channels; c++) {
            assertEquals(
              once.images[(row * width + x) * channels + c],
              before.images[(row * width + width - 1 - x) * channels + c],
            );
          }
        }
      }
      assertEquals(mirror(once), before);
    }),
    { seed: 1 },
  );
});

Deno.test("moving an image is what padding with black and cropping does", () => {
  const moves = fc.record({
    flip: fc.boolean(),
    down: fc.integer({ min: -6, max: 6 }),
    right: fc.integer({ min: -6, max: 6 }),
  });
  fc.assert(
    fc.property(someBatch, moves, fc.boolean(), (plain, move, normalised) => {
      const before: Batch = normalised
        ? { ...plain, normalisation: { mean: [0.5, 0.25, 1], std: [0.5, 0.5, 2] } }
        : plain;
      const black = blackOf(before);
      if (normalised) assertEquals(black, [-1, -0.5, -0.5].slice(0, before.shape[3]));
      const after = moveImages(before, () => move);
      const [count, height, width, channels] = before.shape;
      for (let i = 0; i < count; i++) {
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            for (let c = 0; c < channels; c++) {
              const fromY = y - move.down;
              const unshifted = x - move.right;
              const fromX = move.flip ? width - 1 - unshifted : unshifted;
              const inside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width;
              const expected = inside
                ? before.images[((i * height + fromY) * width + fromX) * channels + c]
                : black[c];
              assertEquals(after.images[((i * height + y) * width + x) * channels + c], expected);
            }
          }
        }
      }
    }),
    { numRuns: 200, seed: 1 },
  );
});

Deno.test("a shift keeps the sum of an image with a black border as wide", () => {
  const side = 8;
  const border = 2;
  const rng = createRng(1);
  const images = Float32Array.from({ length: 20 * side * side }, (_, i) => {
    const [y, x] = [Math.floor(i / side) % side, i % side];
    const inside = [y, x].every((at) => at >= border && at < side - border);
    return inside ? rng.int(100) : 0;
  });
  const before: Batch = { images, labels: new Int32Array(20), shape: [20, side, side, 1] };
  const after = augment({ flip: true, shift: border })(before, createRng("shift"));
  const sums = (b: Batch) =>
    Array.from(
      b.labels,
      (_, i) =>
        b.images.subarray(i * side * side, (i + 1) * side * side).reduce((a, v) => a + v, 0),
    );
  assertEquals(sums(after), sums(before));
  assertNotEquals(after.images, before.images);
});

Deno.test("augment() draws every move of its range about as often", () => {
  // One white pixel in the middle of the left half of a 3x5 image tells which move was made.
  const images = new Float32Array(15);
  images[1 * 5 + 1] = 1;
  const one: Batch = { images, labels: new Int32Array(1), shape: [1, 3, 5, 1] };
  const move = augment({ flip: true, shift: 1 });
  const rng = createRng("moves");
  const seen = new Map<number, number>();
  const draws = 9000;
  for (let i = 0; i < draws; i++) {
    const at = move(one, rng).images.indexOf(1);
    seen.set(at, (seen.get(at) ?? 0) + 1);
  }
  // Unflipped it comes to columns 0..2, flipped to 2..4: column 2 twice as often.
  assertEquals(seen.size, 15);
  for (const [at, count] of seen) {
    const expected = draws / 18 * (at % 5 === 2 ? 2 : 1);
    assert(Math.abs(count - expected) < 5 * Math.sqrt(expected), `${at}: ${count}`);
  }
});

Deno.test("augment() with nothing to do copies, and refuses a shift that is none", () => {
  const before = batch(hundred, { count: 4 });
  const after = augment({})(before, createRng(1));
  assertEquals(after, before);
  assert(after.images !== before.images);
  assertThrows(
    () => augment({ shift: -1 }),
    RangeError,
    "Cannot augment: shift must be an integer of at least 0, got -1",
  );
});

Deno.test("batchToTensors() copies into two tensors and leaves no other", async () => {
  await tf.setBackend("cpu");
  const dataset: Dataset = numbered([2, 0, 1], { shape: [2, 2, 1] });
  const some = batch(dataset, { start: 1 });
  const before = tf.memory().numTensors;
  const { x, y } = batchToTensors(some);
  assertEquals(tf.memory().numTensors, before + 2);
  some.images.fill(0);
  assertEquals([x.shape, x.dtype, y.shape, y.dtype], [[2, 2, 2, 1], "float32", [2], "int32"]);
  assertEquals([...x.dataSync()], [4, 5, 6, 7, 8, 9, 10, 11]);
  assertEquals([...y.dataSync()], [0, 1]);
  tf.dispose([x, y]);
  assertEquals(tf.memory().numTensors, before);
});
