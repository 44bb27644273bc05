import { checkDataset, checkIndices, checkInteger } from "./check.ts";
import type { Dataset } from "./dataset.ts";

/** Copies the images and labels at `indices`, in that order; the indices must be valid. */
export function gather(
  dataset: Dataset,
  indices: ArrayLike<number>,
): { images: Float32Array; labels: Int32Array } {
  const size = dataset.shape[0] * dataset.shape[1] * dataset.shape[2];
  const images = new Float32Array(indices.length * size);
  const labels = new Int32Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number;
    images.set(dataset.images.subarray(index * size, (index + 1) * size), i * size);
    labels[i] = dataset.labels[index] as number;
  }
  return { images, labels };
}

/**
 * A part of a dataset: its first `which` images, or those at the indices `which`, in that order.
 * The pixels are copied.
 *
 * @param which How many, from 0 to all, or which ones; an index may come more than once.
 * @throws {RangeError} If there are not so many images or an index is not one of the dataset's.
 *
 * @example The first two, and the last one twice
 * ```ts
 * import { type Dataset, take } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const dataset: Dataset = {
 *   name: "tiny",
 *   images: Float32Array.of(0, 0.25, 0.5),
 *   labels: Int32Array.of(0, 1, 1),
 *   shape: [1, 1, 1],
 *   classes: ["dark", "bright"],
 * };
 * assertEquals([...take(dataset, 2).images], [0, 0.25]);
 * assertEquals([...take(dataset, [2, 2]).images], [0.5, 0.5]);
 * ```
 */
export function take(dataset: Dataset, which: number | ArrayLike<number>): Dataset {
  const action = "take images";
  checkDataset(dataset, action);
  if (typeof which !== "number") {
    checkIndices(which, dataset, action);
    return { ...dataset, ...gather(dataset, which) };
  }
  checkInteger(which, { action, name: "which", min: 0, max: dataset.labels.length });
  const size = dataset.shape[0] * dataset.shape[1] * dataset.shape[2];
  return {
    ...dataset,
    images: dataset.images.slice(0, which * size),
    labels: dataset.labels.slice(0, which),
  };
}
