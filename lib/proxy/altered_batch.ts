import type { Batch, Dataset } from "../data/dataset.ts";
import type { Rng } from "../engine/rng.ts";
import { drawNoise } from "./noise_batch.ts";

/** Options of {@linkcode alteredBatch}. */
export interface AlteredBatchOptions {
  /** How many images. */
  readonly count: number;
  /** Draws which images, noise and labels; each of them the same whatever else is altered. */
  readonly rng: Rng;
  /** Channels of the images; 3 when absent. */
  readonly channels?: number;
  /** Pixels of background that are added on each side; 0 when absent. */
  readonly frame?: number;
  /** Whether what is not background becomes noise; `false` when absent. */
  readonly noisyContent?: boolean;
  /** Whether the background, frame included, becomes noise; `false` when absent. */
  readonly noisyBackground?: boolean;
  /** Whether each channel is another image of the class, and other noise; `false` when absent. */
  readonly ownChannels?: boolean;
  /** Whether labels are random; `false` when absent. */
  readonly randomLabels?: boolean;
}

/**
 * Grey images with some of their properties replaced, so that one can find out which of them a proxy goes by.
 * With no option they are images of the dataset, repeated in each channel. The background is every pixel that
 * is as dark as the darkest of the dataset; noise is standard-normal.
 *
 * With equal `rng` two batches differ in nothing but what their options alter.
 *
 * @throws {TypeError} When the images have more than one channel.
 * @throws {RangeError} When there are no images, or a number is out of range.
 *
 * @example Does a score go by what the labels say?
 * ```ts
 * import { alteredBatch, createRng, fashionMnist } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { train } = await fashionMnist({ size: 14, train: 100, validation: 10, test: 0 });
 * const options = { count: 8, frame: 1, rng: createRng("images") };
 * const plain = alteredBatch(train, options);
 * const random = alteredBatch(train, { ...options, randomLabels: true });
 * assertEquals(plain.shape, [8, 16, 16, 3]);
 * assertEquals(plain.images, random.images);
 * ```
 */
export function alteredBatch(dataset: Dataset, options: AlteredBatchOptions): Batch {
  const { count, rng, channels = 3, frame = 0 } = options;
  check(dataset, { count, channels, frame });
  const { noisyContent = false, noisyBackground = false, ownChannels = false } = options;
  const [height, width] = dataset.shape;
  const [tall, wide] = [height + 2 * frame, width + 2 * frame];
  const background = dataset.images.reduce((a, b) => Math.min(a, b));
  const images = new Float32Array(count * tall * wide * channels);
  const noise = drawNoise(images.length, rng.split("noise"));
  const byClass = Map.groupBy(dataset.labels.keys(), (i) => dataset.labels[i] as number);
  const labels = new Int32Array(count);
  const pick = rng.split("images");
  for (let image = 0, at = 0; image < count; image++) {
    const first = pick.int(dataset.labels.length);
    const label = labels[image] = dataset.labels[first] as number;
    const others = Array.from(
      { length: channels - 1 },
      () => pick.pick(byClass.get(label) as number[]),
    );
    const layers = [first, ...(ownChannels ? others : others.fill(first))];
    for (let y = -frame; y < height + frame; y++) {
      for (let x = -frame; x < width + frame; x++) {
        const isInside = y >= 0 && y < height && x >= 0 && x < width;
        const pixel = at;
        for (const layer of layers) {
          const own = isInside
            ? dataset.images[(layer * height + y) * width + x] as number
            : background;
          const isNoise = own > background ? noisyContent : noisyBackground;
          images[at] = isNoise ? noise[ownChannels ? at : pixel] as number : own;
          at++;
        }
      }
    }
  }
  if (options.randomLabels) {
    const draw = rng.split("labels");
    for (let i = 0; i < count; i++) labels[i] = draw.int(dataset.classes.length);
  }
  return { images, labels, shape: [count, tall, wide, channels] };
}

function check(
  { shape, labels }: Dataset,
  numbers: { readonly count: number; readonly channels: number; readonly frame: number },
): void {
  const task = "Cannot alter images";
  if (shape[2] !== 1) throw new TypeError(`${task}: they must have one channel, got ${shape[2]}`);
  if (labels.length === 0) throw new RangeError(`${task}: the dataset must have some`);
  for (const [name, value] of Object.entries(numbers)) {
    const least = name === "frame" ? 0 : 1;
    if (Number.isSafeInteger(value) && value >= least) continue;
    throw new RangeError(`${task}: ${name} must be a whole number from ${least} up, got ${value}`);
  }
}
