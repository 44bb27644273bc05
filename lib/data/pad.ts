import { checkDataset, checkInteger } from "./check.ts";
import type { Dataset } from "./dataset.ts";

/**
 * Puts all images of a dataset into the middle of a larger frame of what a black pixel is, 0 or what
 * normalisation made of it. Where the frame cannot be equally wide on both sides, the far side is one
 * pixel wider.
 *
 * @param size The height and width of the frame.
 * @returns A dataset of shape `[size, size, channels]`; its normalisation stays on record.
 * @throws {RangeError} If `size` is not an integer, or less than the images have.
 *
 * @example
 * ```ts
 * import { type Dataset, pad } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const dataset: Dataset = {
 *   name: "tiny",
 *   images: Float32Array.of(0.5),
 *   labels: Int32Array.of(0),
 *   shape: [1, 1, 1],
 *   classes: ["dot"],
 * };
 * assertEquals([...pad(dataset, 3).images], [0, 0, 0, 0, 0.5, 0, 0, 0, 0]);
 * ```
 */
export function pad(dataset: Dataset, size: number): Dataset {
  const action = "pad images";
  checkDataset(dataset, action);
  const [height, width, channels] = dataset.shape;
  checkInteger(size, { action, name: "size", min: Math.max(height, width) });
  const { mean, std } = dataset.normalisation ?? {};
  const black = Array.from(
    { length: channels },
    (_, c) => mean && std ? -(mean[c] as number) / (std[c] as number) : 0,
  );
  const count = dataset.labels.length;
  const images = new Float32Array(count * size * size * channels);
  for (let i = 0; i < images.length; i++) images[i] = black[i % channels] as number;
  const [above, before] = [(size - height) >> 1, (size - width) >> 1];
  for (let row = 0; row < count * height; row++) {
    const [image, y] = [Math.floor(row / height), row % height];
    const line = dataset.images.subarray(row * width * channels, (row + 1) * width * channels);
    images.set(line, ((image * size + above + y) * size + before) * channels);
  }
  return { ...dataset, images, shape: [size, size, channels] };
}

/**
 * Repeats the one channel of grey images, for networks that look at colours.
 *
 * @param count How many equal channels.
 * @returns A dataset of shape `[height, width, count]`.
 * @throws {RangeError} If the images have more than one channel, or `count` is no positive integer.
 *
 * @example
 * ```ts
 * import { digits, repeatChannel } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { train } = await digits();
 * const { shape, images } = repeatChannel(train, 3);
 * assertEquals(shape, [8, 8, 3]);
 * assertEquals(images[3], train.images[1]);
 * ```
 */
export function repeatChannel(dataset: Dataset, count: number): Dataset {
  const action = "repeat a channel";
  checkDataset(dataset, action);
  const { shape: [height, width, channels], normalisation } = dataset;
  if (channels !== 1) {
    throw new RangeError(`Cannot ${action}: "${dataset.name}" must have one, got ${channels}`);
  }
  checkInteger(count, { action, name: "count", min: 1 });
  const images = new Float32Array(count * dataset.images.length);
  for (let i = 0; i < images.length; i++) {
    images[i] = dataset.images[Math.floor(i / count)] as number;
  }
  const times = (values: readonly number[]) => new Array<number>(count).fill(values[0] as number);
  return {
    ...dataset,
    images,
    shape: [height, width, count],
    ...(normalisation === undefined
      ? {}
      : { normalisation: { mean: times(normalisation.mean), std: times(normalisation.std) } }),
  };
}
