import type { FileLocation } from "./files.ts";
import { loadMnistFolder } from "./idx.ts";
import { prepareSplits, type Splits, type SplitsOptions } from "./splits.ts";

/** Options of {@linkcode fashionMnist}. */
export interface FashionMnistOptions extends SplitsOptions {
  /**
   * A folder with the four original files, 60,000 training and 10,000 test images; by default the
   * part of them that ships with the kit.
   */
  readonly folder?: FileLocation;
}

const shipped = new URL("../../data/fashion_mnist/", import.meta.url);

const classes: readonly string[] = [
  "T-shirt/top",
  "Trouser",
  "Pullover",
  "Dress",
  "Coat",
  "Sandal",
  "Shirt",
  "Sneaker",
  "Bag",
  "Ankle boot",
];

/**
 * Fashion-MNIST (Xiao, Rasul, Vollgraf, arXiv:1708.07747), 28x28 grey images of ten kinds of
 * clothing: the first 10,000 training and the first 2,000 test images ship with the kit.
 *
 * By default there are 8,000 images to train on, 2,000 to validate on and 2,000 to test on, of shape
 * `[28, 28, 1]`, normalised by the training part.
 *
 * @throws {RangeError} If there are not so many images or `size` is not a positive integer.
 * @throws {SyntaxError} If a file is damaged.
 * @throws {Deno.errors.NotFound} If `folder` lacks a file.
 *
 * @example Small images for a quick search
 * ```ts
 * import { fashionMnist } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const data = await fashionMnist({ size: 16, train: 1000, validation: 500, test: 0, seed: 1 });
 * assertEquals(data.train.shape, [16, 16, 1]);
 * assertEquals(data.train.labels.length, 1000);
 * assertEquals(data.train.classes[9], "Ankle boot");
 * ```
 */
export async function fashionMnist(options: FashionMnistOptions = {}): Promise<Splits> {
  const { folder = shipped, ...rest } = options;
  return prepareSplits(await loadMnistFolder(folder, { classes, name: "fashion-mnist" }), rest);
}
