import { assertAlmostEquals, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Dataset, loadMnistFolder, resize } from "../../lib/data/mod.ts";
import { createRng } from "../../lib/engine/rng.ts";
import { numbered } from "./numbered.ts";

function random(count: number, shape: readonly [number, number, number], seed: number): Dataset {
  const rng = createRng(seed);
  const length = count * shape[0] * shape[1] * shape[2];
  return {
    name: "random",
    images: Float32Array.from({ length }, () => rng()),
    labels: new Int32Array(count),
    shape,
    classes: ["any"],
  };
}

/**
 * The mean over the box of each new pixel, by brute force: every pixel is first repeated so often
 * that boxes end between copies.
 */
function boxFilter(dataset: Dataset, height: number, width: number): number[] {
  const [h, w, c] = dataset.shape;
  const out: number[] = [];
  for (let i = 0; i < dataset.labels.length; i++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let channel = 0; channel < c; channel++) {
          let sum = 0;
          for (let fineY = y * h; fineY < (y + 1) * h; fineY++) {
            for (let fineX = x * w; fineX < (x + 1) * w; fineX++) {
              const row = i * h + Math.floor(fineY / height);
              sum += dataset.images[(row * w + Math.floor(fineX / width)) * c + channel] ?? NaN;
            }
          }
          out.push(sum / (h * w));
        }
      }
    }
  }
  return out;
}

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  assertEquals(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    assertAlmostEquals(actual[i] ?? NaN, expected[i] ?? NaN, 1e-6);
  }
}

const sides = fc.integer({ min: 1, max: 9 });
const shapes = fc.tuple(sides, sides, fc.integer({ min: 1, max: 3 }));

Deno.test("resize() to a smaller size is the box filter", () => {
  const cases = shapes.chain(([h, w, c]) =>
    fc.tuple(
      fc.constant([h, w, c] as const),
      fc.integer({ min: 1, max: h }),
      fc.integer({ min: 1, max: w }),
    )
  );
  fc.assert(
    fc.property(cases, fc.integer(), ([shape, height, width], seed) => {
      const dataset = random(2, shape, seed);
      const small = resize(dataset, [height, width]);
      assertEquals(small.shape, [height, width, shape[2]]);
      assertClose(small.images, boxFilter(dataset, height, width));
    }),
    { numRuns: 150, seed: 1 },
  );
});

Deno.test("resize() to a larger size interpolates between pixel centres", () => {
  fc.assert(
    fc.property(shapes, sides, sides, (shape, moreRows, moreColumns) => {
      const [h, w, c] = shape;
      const [height, width] = [h + moreRows, w + moreColumns];
      const dataset = random(2, shape, h * w);
      const at = (i: number, y: number, x: number, channel: number) =>
        dataset.images[((i * h + y) * w + x) * c + channel] ?? NaN;
      const clamp = (value: number, side: number) => Math.min(Math.max(value, 0), side - 1);
      const expected: number[] = [];
      for (let i = 0; i < 2; i++) {
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            for (let channel = 0; channel < c; channel++) {
              const fromY = clamp(((y + 0.5) * h) / height - 0.5, h);
              const fromX = clamp(((x + 0.5) * w) / width - 0.5, w);
              let sum = 0; // of tents of width 1 around every pixel
              for (let sy = 0; sy < h; sy++) {
                for (let sx = 0; sx < w; sx++) {
                  const tent = Math.max(0, 1 - Math.abs(sy - fromY)) *
                    Math.max(0, 1 - Math.abs(sx - fromX));
                  sum += tent * at(i, sy, sx, channel);
                }
              }
              expected.push(sum);
            }
          }
        }
      }
      assertClose(resize(dataset, [height, width]).images, expected);
    }),
    { numRuns: 60, seed: 1 },
  );
});

Deno.test("resize() keeps a constant image constant", () => {
  fc.assert(
    fc.property(shapes, sides, sides, (shape, height, width) => {
      const dataset = random(1, shape, 1);
      const flat = resize({ ...dataset, images: dataset.images.fill(0.7) }, [height, width]);
      assertClose(flat.images, new Float32Array(height * width * shape[2]).fill(0.7));
    }),
    { numRuns: 100, seed: 1 },
  );
});

Deno.test("resize() keeps the mean of an image when it shrinks", () => {
  const dataset = random(1, [28, 28, 1], 5);
  const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;
  assertAlmostEquals(mean(resize(dataset, 16).images), mean(dataset.images), 1e-6);
});

Deno.test("resize() of Fashion-MNIST to 16x16 agrees with numpy's block means", async () => {
  const folder = new URL("../../data/fashion_mnist/", import.meta.url);
  const { train } = await loadMnistFolder(folder, { limit: 1 });
  // Row 8 of image 0: each pixel repeated 4x4 times, then means of 7x7 blocks.
  // deno-fmt-ignore
  assertClose(resize(train, 16).images.subarray(8 * 16, 9 * 16), [
    0.002161, 0.004562, 0.012485, 0.009284, 0.0, 0.129172, 0.396158, 0.880032, 0.855782, 0.858183,
    0.8501, 0.860984, 0.877391, 0.854822, 0.870828, 0.188475,
  ]);
});

Deno.test("resize() returns a dataset of that size as it is, and refuses sizes that are none", () => {
  const dataset = numbered([0], { shape: [2, 3, 1] });
  assertStrictEquals(resize(dataset, [2, 3]), dataset);
  assertThrows(
    () => resize(dataset, -1),
    RangeError,
    "Cannot resize images: height must be an integer of at least 1, got -1",
  );
  assertThrows(() => resize(dataset, [2, 1.5]), RangeError, "width must be");
});
