import { checkDataset } from "./check.ts";
import type { Dataset } from "./dataset.ts";

/** What {@linkcode describe} tells of a class, or of the whole dataset. */
export interface DatasetRow {
  /** The name of the class, or `"all"` in the last row. */
  readonly class: string;
  /** How many images there are. */
  readonly images: number;
  /** The share of these among all images; `NaN` for the classes of a dataset without images. */
  readonly share: number;
  /** The mean of their pixels over all channels; `NaN` if there are none. */
  readonly mean: number;
  /** The population standard deviation of their pixels; `NaN` if there are none. */
  readonly std: number;
}

/**
 * Counts the images of each class and describes their pixels, as plain rows for a table: one a class
 * in order, and one for all.
 *
 * @throws {RangeError} If a label is not an index into `classes`.
 *
 * @example Two classes
 * ```ts
 * import { type Dataset, describe } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const dataset: Dataset = {
 *   name: "tiny",
 *   images: Float32Array.of(0, 0.5, 1),
 *   labels: Int32Array.of(0, 1, 1),
 *   shape: [1, 1, 1],
 *   classes: ["dark", "bright"],
 * };
 * assertEquals(describe(dataset)[1], {
 *   class: "bright",
 *   images: 2,
 *   share: 2 / 3,
 *   mean: 0.75,
 *   std: 0.25,
 * });
 * ```
 */
export function describe(dataset: Dataset): DatasetRow[] {
  const action = "describe a dataset";
  checkDataset(dataset, action);
  const { images, labels, shape, classes } = dataset;
  const size = shape[0] * shape[1] * shape[2];
  const counts = new Float64Array(classes.length);
  const sums = new Float64Array(classes.length);
  labels.forEach((label, i) => {
    if (label < 0 || label >= classes.length) {
      throw new RangeError(
        `Cannot ${action}: labels[${i}] must be an integer from 0 to ${classes.length - 1}, ` +
          `got ${label}`,
      );
    }
    let sum = 0;
    for (let p = i * size; p < (i + 1) * size; p++) sum += images[p] as number;
    counts[label] = (counts[label] as number) + 1;
    sums[label] = (sums[label] as number) + sum;
  });
  const total = labels.length;
  const grandMean = sums.reduce((a, b) => a + b, 0) / (total * size);
  const means = sums.map((sum, k) => sum / ((counts[k] as number) * size));

  // Deviations are summed around the class mean: a sum of squares less the square of the sum would
  // lose digits.
  const squares = new Float64Array(classes.length);
  labels.forEach((label, i) => {
    const centre = means[label] as number;
    let sum = 0;
    for (let p = i * size; p < (i + 1) * size; p++) sum += ((images[p] as number) - centre) ** 2;
    squares[label] = (squares[label] as number) + sum;
  });
  const rows = classes.map((name, k) => ({
    class: name,
    images: counts[k] as number,
    share: (counts[k] as number) / total,
    mean: means[k] as number,
    std: Math.sqrt((squares[k] as number) / ((counts[k] as number) * size)),
  }));
  let variance = 0; // within classes, and between them
  for (const { images, mean, std, share } of rows) {
    if (images > 0) variance += share * (std ** 2 + (mean - grandMean) ** 2);
  }
  const std = total === 0 ? NaN : Math.sqrt(variance);
  return [...rows, { class: "all", images: total, share: 1, mean: grandMean, std }];
}
