import type { Rng } from "../engine/rng.ts";
import { checkInteger } from "./check.ts";
import type { Batch } from "./dataset.ts";

/** Makes a changed copy of a batch; the batch itself stays as it is. */
export type Augment = (batch: Batch, rng: Rng) => Batch;

/** Options of {@linkcode augment}. */
export interface AugmentOptions {
  /** Whether to mirror images left to right, each with probability one half; by default false. */
  readonly flip?: boolean;
  /**
   * By how many pixels an image moves at most, up or down and left or right, every whole number as
   * likely; by default 0. It is what padding and a random crop do.
   */
  readonly shift?: number;
}

/** How one image is moved. */
export interface Move {
  /** Whether it is mirrored left to right, before it is shifted. */
  readonly flip: boolean;
  /** By how many rows it moves down. */
  readonly down: number;
  /** By how many columns it moves right. */
  readonly right: number;
}

/** The value of a black pixel in the batch, one a channel: 0, or what normalisation made of it. */
export function blackOf(batch: Batch): number[] {
  const { normalisation } = batch;
  return Array.from({ length: batch.shape[3] }, (_, c) => {
    if (normalisation === undefined) return 0;
    return -(normalisation.mean[c] ?? 0) / (normalisation.std[c] ?? 1);
  });
}

/** A copy of the batch with image `i` moved by `moveOf(i)` and black where nothing came to lie. */
export function moveImages(batch: Batch, moveOf: (index: number) => Move): Batch {
  const [count, height, width, channels] = batch.shape;
  const source = batch.images;
  const images = new Float32Array(source.length);
  blackOf(batch).forEach((black, c) => {
    if (black === 0) return;
    for (let i = c; i < images.length; i += channels) images[i] = black;
  });
  for (let i = 0; i < count; i++) {
    const { flip, down, right } = moveOf(i);
    const left = Math.max(right, 0); // of the columns that something comes to lie in
    const end = Math.min(width + right, width);
    const first = flip ? width - 1 - (left - right) : left - right; // where column `left` is from
    const run = (end - left) * channels;
    for (let y = Math.max(down, 0); y < Math.min(height + down, height); y++) {
      const from = ((i * height + y - down) * width + first) * channels;
      const to = ((i * height + y) * width + left) * channels;
      if (!flip) {
        for (let k = 0; k < run; k++) images[to + k] = source[from + k] as number;
        continue;
      }
      for (let k = 0; k < run; k += channels) {
        for (let c = 0; c < channels; c++) images[to + k + c] = source[from - k + c] as number;
      }
    }
  }
  return { ...batch, images };
}

/**
 * Augmentation that keeps the label: random mirroring and random shifts, drawn anew for each image.
 * Where a shift bares the ground, pixels are black: 0, or for a normalised batch what normalisation
 * makes of 0.
 *
 * @returns A function for the option `augment` of {@linkcode batches}, or to call by itself; it draws
 * one number an image.
 * @throws {RangeError} If `shift` is not an integer of at least 0.
 *
 * @example A batch of one row of pixels, moved by up to one pixel
 * ```ts
 * import { augment, type Batch, createRng } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const batch: Batch = {
 *   images: Float32Array.of(0, 0.5, 0),
 *   labels: Int32Array.of(0),
 *   shape: [1, 1, 3, 1],
 * };
 * const moved = augment({ flip: true, shift: 1 })(batch, createRng("augment"));
 * assert([0, 0.5].includes(moved.images[1] ?? NaN));
 * ```
 */
export function augment(options: AugmentOptions): Augment {
  const { flip = false, shift = 0 } = options;
  checkInteger(shift, { action: "augment", name: "shift", min: 0 });
  const places = 2 * shift + 1;
  const sides = flip ? 2 : 1;
  return (batch, rng) =>
    moveImages(batch, () => {
      const draw = rng.int(places * places * sides);
      const place = draw % (places * places);
      return {
        flip: draw !== place,
        down: Math.floor(place / places) - shift,
        right: (place % places) - shift,
      };
    });
}
