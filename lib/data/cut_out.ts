import { type Augment, blackOf } from "./augment.ts";
import { checkInteger } from "./check.ts";

/** How {@linkcode cutOut} cuts. */
export interface CutOutOptions {
  /** Side of the square in pixels. */
  readonly size: number;
}

/**
 * Cutout (DeVries & Taylor 2017): a square of each image is black, 0 or for a normalised batch what
 * normalisation makes of 0. Its middle may be any pixel, so that it may reach over the edge.
 *
 * @returns A function for the option `augment` of {@linkcode batches}, or to call by itself; it draws
 * one number an image.
 * @throws {RangeError} If `size` is not a positive whole number.
 *
 * @example One pixel of four
 * ```ts
 * import { type Batch, createRng, cutOut } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const batch: Batch = {
 *   images: Float32Array.of(1, 1, 1, 1),
 *   labels: Int32Array.of(0),
 *   shape: [1, 2, 2, 1],
 * };
 * const { images } = cutOut({ size: 1 })(batch, createRng("cut"));
 * assertEquals([...images].sort(), [0, 1, 1, 1]);
 * ```
 */
export function cutOut({ size }: CutOutOptions): Augment {
  checkInteger(size, { action: "cut out", name: "size", min: 1 });
  return (batch, rng) => {
    const [count, height, width, channels] = batch.shape;
    const images = batch.images.slice(), black = blackOf(batch);
    for (let i = 0; i < count; i++) {
      const middle = rng.int(height * width);
      const top = Math.floor(middle / width) - (size >> 1), left = middle % width - (size >> 1);
      for (let y = Math.max(top, 0); y < Math.min(top + size, height); y++) {
        const row = (i * height + y) * width;
        for (let x = Math.max(left, 0); x < Math.min(left + size, width); x++) {
          images.set(black, (row + x) * channels);
        }
      }
    }
    return { ...batch, images };
  };
}
