import type { Rng } from "../engine/rng.ts";
import type { Augment } from "./augment.ts";
import { checkDataset, checkIndices, checkInteger } from "./check.ts";
import type { Batch, Dataset } from "./dataset.ts";
import { gather } from "./take.ts";

/** Options of {@linkcode batch}: a range, or indices. */
export interface BatchOptions {
  /** The first image of a range; by default 0. */
  readonly start?: number;
  /** How many images the range has; by default all from `start` on. */
  readonly count?: number;
  /** The images wanted, in this order, instead of a range. */
  readonly indices?: ArrayLike<number>;
}

/** Options of {@linkcode batches}. */
export interface BatchesOptions {
  /** How many images a batch has. */
  readonly batchSize: number;
  /** Draws the order, and what `augment` draws; without it images come in the order they are stored. */
  readonly rng?: Rng;
  /** Whether to leave out a last batch that is not full; by default false. */
  readonly dropLast?: boolean;
  /** Changes each batch, e.g. {@linkcode augment}; needs `rng`. */
  readonly augment?: Augment;
}

function batchOf(dataset: Dataset, images: Float32Array, labels: Int32Array): Batch {
  const { shape: [height, width, channels], normalisation } = dataset;
  const shape = [labels.length, height, width, channels] as const;
  return { images, labels, shape, ...(normalisation === undefined ? {} : { normalisation }) };
}

function rangeOf(dataset: Dataset, start: number, count: number): Batch {
  const size = dataset.shape[0] * dataset.shape[1] * dataset.shape[2];
  return batchOf(
    dataset,
    dataset.images.slice(start * size, (start + count) * size),
    dataset.labels.slice(start, start + count),
  );
}

/**
 * One batch: a range of a dataset, or the images at some indices. The pixels are copied.
 *
 * @throws {RangeError} If the range or an index lies outside the dataset.
 * @throws {TypeError} If both a range and indices are given.
 *
 * @example A range, and chosen images
 * ```ts
 * import { batch, type Dataset } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const dataset: Dataset = {
 *   name: "tiny",
 *   images: Float32Array.of(0, 0.25, 0.5),
 *   labels: Int32Array.of(0, 1, 1),
 *   shape: [1, 1, 1],
 *   classes: ["dark", "bright"],
 * };
 * assertEquals(batch(dataset, { start: 1, count: 2 }).shape, [2, 1, 1, 1]);
 * assertEquals([...batch(dataset, { indices: [2, 0] }).labels], [1, 0]);
 * ```
 */
export function batch(dataset: Dataset, options: BatchOptions = {}): Batch {
  const action = "make a batch";
  checkDataset(dataset, action);
  const { indices } = options;
  if (indices !== undefined) {
    if (options.start !== undefined || options.count !== undefined) {
      throw new TypeError(`Cannot ${action}: give either indices or start and count`);
    }
    checkIndices(indices, dataset, action);
    const { images, labels } = gather(dataset, indices);
    return batchOf(dataset, images, labels);
  }
  const all = dataset.labels.length;
  const start = options.start ?? 0;
  checkInteger(start, { action, name: "start", min: 0, max: all });
  const count = options.count ?? all - start;
  checkInteger(count, { action, name: "count", min: 0, max: all - start });
  return rangeOf(dataset, start, count);
}

/**
 * The batches of one epoch: every image comes once. With `rng` the order is random; it is drawn when
 * this is called, one number from `rng` and the rest from a stream split off, so that augmentation
 * does not change the order. An epoch takes `rng.split(epoch)`; handing over the same `rng` again
 * gives another order as well.
 *
 * Each batch is a copy that the receiver may keep.
 *
 * @throws {RangeError} If `batchSize` is not a positive integer, or larger than the dataset while
 * `dropLast` leaves out what is not full.
 * @throws {TypeError} If there is `augment` and no `rng`.
 *
 * @example Two epochs
 * ```ts
 * import { batches, createRng, type Dataset } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const dataset: Dataset = {
 *   name: "tiny",
 *   images: Float32Array.of(0, 0.25, 0.5),
 *   labels: Int32Array.of(0, 1, 1),
 *   shape: [1, 1, 1],
 *   classes: ["dark", "bright"],
 * };
 * const rng = createRng("order");
 * for (let epoch = 0; epoch < 2; epoch++) {
 *   const sizes: number[] = [];
 *   for (const batch of batches(dataset, { batchSize: 2, rng: rng.split(epoch) })) {
 *     sizes.push(batch.labels.length);
 *   }
 *   assertEquals(sizes, [2, 1]);
 * }
 * ```
 */
export function batches(
  dataset: Dataset,
  options: BatchesOptions,
): Generator<Batch, void, undefined> {
  const action = "make batches";
  checkDataset(dataset, action);
  const { batchSize, rng, dropLast = false, augment } = options;
  checkInteger(batchSize, { action, name: "batchSize", min: 1 });
  if (augment !== undefined && rng === undefined) {
    throw new TypeError(`Cannot ${action}: augment needs rng, got none`);
  }
  const all = dataset.labels.length;
  if (dropLast && batchSize > all) {
    throw new RangeError(
      `Cannot ${action}: with dropLast, batchSize must be at most ${all}, the number of images, ` +
        `got ${batchSize}`,
    );
  }
  const end = dropLast ? all - all % batchSize : all;
  const own = rng?.split(`batches/${rng.int(2 ** 32)}`);
  const order = own && Int32Array.from(own.shuffle(Array.from({ length: all }, (_, i) => i)));

  function* generate(): Generator<Batch, void, undefined> {
    for (let start = 0; start < end; start += batchSize) {
      const count = Math.min(batchSize, end - start);
      if (own === undefined || order === undefined) {
        yield rangeOf(dataset, start, count);
        continue;
      }
      const { images, labels } = gather(dataset, order.subarray(start, start + count));
      const plain = batchOf(dataset, images, labels);
      yield augment === undefined ? plain : augment(plain, own);
    }
  }
  return generate();
}
