import { checkDataset, checkInteger } from "./check.ts";
import type { Dataset } from "./dataset.ts";

/** Where a row or column of the result comes from: source number `first + i`, times `weights[i]`. */
interface Tap {
  readonly first: number;
  readonly weights: readonly number[];
}

/** The share of each source cell in each result cell, along one axis; each sums to 1. */
function taps(from: number, to: number): Tap[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    if (to < from) {
      const start = i * scale;
      const end = Math.min((i + 1) * scale, from);
      const first = Math.floor(start);
      const last = Math.min(Math.ceil(end), from);
      const weights = Array.from({ length: last - first }, (_, j) => {
        const low = Math.max(start, first + j);
        const high = Math.min(end, first + j + 1);
        return (high - low) / (end - start);
      });
      return { first, weights };
    }
    const centre = Math.min(Math.max((i + 0.5) * scale - 0.5, 0), from - 1);
    const first = Math.floor(centre);
    const share = centre - first;
    return share === 0 ? { first, weights: [1] } : { first, weights: [1 - share, share] };
  });
}

/**
 * Resizes all images of a dataset.
 *
 * Along an axis that shrinks, each new pixel is the mean of the area it covers, pixels at the edge of
 * the area by the part covered (a box filter, which does not alias: 28 to 16 averages 1.75 pixels).
 * Along an axis that grows it is the linear interpolation between the two nearest pixel centres,
 * clamped at the border. Both keep constant images as they are and the order of colours.
 *
 * @param size The new size: of a square, or `[height, width]`.
 * @returns A dataset of shape `[height, width, channels]`; its normalisation stays on record.
 * @throws {RangeError} If a side is not a positive integer.
 *
 * @example Four pixels to one
 * ```ts
 * import { type Dataset, resize } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const dataset: Dataset = {
 *   name: "tiny",
 *   images: Float32Array.of(0, 0.5, 0.5, 1),
 *   labels: Int32Array.of(0),
 *   shape: [2, 2, 1],
 *   classes: ["ramp"],
 * };
 * assertEquals([...resize(dataset, 1).images], [0.5]);
 * ```
 */
export function resize(
  dataset: Dataset,
  size: number | readonly [height: number, width: number],
): Dataset {
  const action = "resize images";
  checkDataset(dataset, action);
  const [height, width] = typeof size === "number" ? [size, size] : size;
  checkInteger(height, { action, name: "height", min: 1 });
  checkInteger(width, { action, name: "width", min: 1 });
  const [h, w, c] = dataset.shape;
  if (height === h && width === w) return dataset;

  const rows = taps(h, height);
  const columns = taps(w, width);
  const source = dataset.images;
  const images = new Float32Array(dataset.labels.length * height * width * c);
  const line = new Float64Array(w * c); // one row of the result, before its width changes
  let out = 0;
  for (let base = 0; base < source.length; base += h * w * c) {
    for (const row of rows) {
      line.fill(0);
      for (let i = 0; i < row.weights.length; i++) {
        const weight = row.weights[i] as number;
        const start = base + (row.first + i) * w * c;
        for (let x = 0; x < line.length; x++) {
          line[x] = (line[x] as number) + weight * (source[start + x] as number);
        }
      }
      for (const { first, weights } of columns) {
        for (let channel = 0; channel < c; channel++) {
          let sum = 0;
          for (let i = 0; i < weights.length; i++) {
            sum += (weights[i] as number) * (line[(first + i) * c + channel] as number);
          }
          images[out++] = sum;
        }
      }
    }
  }
  return { ...dataset, images, shape: [height, width, c] };
}
