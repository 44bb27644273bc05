import { checkDataset } from "./check.ts";
import type { Dataset, PixelStatistics } from "./dataset.ts";

/**
 * The mean and the population standard deviation of each channel over all pixels of a dataset.
 *
 * @throws {RangeError} If the dataset has no images.
 *
 * @example Two pixels
 * ```ts
 * import { type Dataset, statistics } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const dataset: Dataset = {
 *   name: "tiny",
 *   images: Float32Array.of(0.25, 0.75),
 *   labels: Int32Array.of(0, 0),
 *   shape: [1, 1, 1],
 *   classes: ["any"],
 * };
 * assertEquals(statistics(dataset), { mean: [0.5], std: [0.25] });
 * ```
 */
export function statistics(dataset: Dataset): PixelStatistics {
  checkDataset(dataset, "compute pixel statistics");
  const { images, shape, name } = dataset;
  if (images.length === 0) {
    throw new RangeError(`Cannot compute pixel statistics: "${name}" has no images`);
  }
  const channels = shape[2];
  const count = images.length / channels;
  const mean: number[] = [];
  const std: number[] = [];
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let i = c; i < images.length; i += channels) sum += images[i] as number;
    const centre = sum / count;
    let squares = 0;
    for (let i = c; i < images.length; i += channels) {
      squares += ((images[i] as number) - centre) ** 2;
    }
    mean.push(centre);
    std.push(Math.sqrt(squares / count));
  }
  return { mean, std };
}

/** `(pixel - mean) / std`, a channel at a time. */
function shiftAndScale(dataset: Dataset, { mean, std }: PixelStatistics): Float32Array {
  const channels = dataset.shape[2];
  const images = new Float32Array(dataset.images.length);
  for (let c = 0; c < channels; c++) {
    const centre = mean[c] as number;
    const scale = 1 / (std[c] as number);
    for (let i = c; i < images.length; i += channels) {
      images[i] = ((dataset.images[i] as number) - centre) * scale;
    }
  }
  return images;
}

/**
 * Takes `mean` from every pixel and divides by `std`, a channel at a time, and puts that on record in
 * `normalisation`. All parts of a dataset want the statistics of the training part.
 *
 * @param stats One mean and one standard deviation a channel, as {@linkcode statistics} returns them.
 * @throws {RangeError} If there is not one finite mean and one positive std a channel.
 *
 * @example Mean 0 and deviation 1
 * ```ts
 * import { type Dataset, normalise, statistics } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const dataset: Dataset = {
 *   name: "tiny",
 *   images: Float32Array.of(0.25, 0.75),
 *   labels: Int32Array.of(0, 0),
 *   shape: [1, 1, 1],
 *   classes: ["any"],
 * };
 * const normal = normalise(dataset, statistics(dataset));
 * assertEquals([...normal.images], [-1, 1]);
 * assertEquals(normal.normalisation, { mean: [0.5], std: [0.25] });
 * ```
 */
export function normalise(dataset: Dataset, stats: PixelStatistics): Dataset {
  const action = "normalise images";
  checkDataset(dataset, action);
  const channels = dataset.shape[2];
  for (const key of ["mean", "std"] as const) {
    const values = stats[key];
    if (values.length !== channels) {
      throw new RangeError(
        `Cannot ${action}: ${key} must have one number a channel, ${channels}, got ${values.length}`,
      );
    }
    values.forEach((value, c) => {
      if (Number.isFinite(value) && (key === "mean" || value > 0)) return;
      const expected = key === "mean" ? "finite" : "positive and finite";
      throw new RangeError(`Cannot ${action}: ${key}[${c}] must be ${expected}, got ${value}`);
    });
  }
  const before = dataset.normalisation;
  const normalisation = before === undefined ? stats : {
    mean: before.mean.map((mean, c) => mean + (before.std[c] ?? 1) * (stats.mean[c] ?? 0)),
    std: before.std.map((std, c) => std * (stats.std[c] ?? 1)),
  };
  return { ...dataset, images: shiftAndScale(dataset, stats), normalisation };
}

/**
 * Undoes {@linkcode normalise}, so that pixels lie in [0, 1] again and can be shown. A dataset that is
 * not normalised comes back as it is.
 *
 * @example There and back
 * ```ts
 * import { type Dataset, denormalise, normalise, statistics } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const dataset: Dataset = {
 *   name: "tiny",
 *   images: Float32Array.of(0.25, 0.75),
 *   labels: Int32Array.of(0, 0),
 *   shape: [1, 1, 1],
 *   classes: ["any"],
 * };
 * assertEquals(denormalise(normalise(dataset, statistics(dataset))), dataset);
 * ```
 */
export function denormalise(dataset: Dataset): Dataset {
  checkDataset(dataset, "undo the normalisation of images");
  const { normalisation, ...rest } = dataset;
  if (normalisation === undefined) return dataset;
  // y = (x - m) / s is undone by x = (y - (-m / s)) / (1 / s).
  const inverse = {
    mean: normalisation.mean.map((mean, c) => -mean / (normalisation.std[c] ?? 1)),
    std: normalisation.std.map((std) => 1 / std),
  };
  return { ...rest, images: shiftAndScale(dataset, inverse) };
}
