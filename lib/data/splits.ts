import { createRng, type Rng } from "../engine/rng.ts";
import { checkInteger } from "./check.ts";
import type { Dataset } from "./dataset.ts";
import { normalise, statistics } from "./normalise.ts";
import { resize } from "./resize.ts";
import { split } from "./split.ts";

/** Training and test images as a dataset's makers divided them. */
export interface TrainTest {
  /** What the dataset is called. */
  readonly name: string;
  /** The images to learn from. */
  readonly train: Dataset;
  /** The images to report on. */
  readonly test: Dataset;
}

/** A dataset ready for a search. */
export interface Splits {
  /** To train candidates on. */
  readonly train: Dataset;
  /** To compare candidates by; cut from the makers' training images. */
  readonly validation: Dataset;
  /** To report the winner by, once; a search never looks at it. */
  readonly test: Dataset;
}

/** Options of {@linkcode prepareSplits} and of the loaders that end in it. */
export interface SplitsOptions {
  /** The side of the images in pixels, or `[height, width]`; by default as they are. */
  readonly size?: number | readonly [height: number, width: number];
  /** How many images to train on; by default all that validation leaves. */
  readonly train?: number;
  /**
   * How many of the training images to validate on; by default a fifth of them, or what `train`
   * leaves if that is less.
   */
  readonly validation?: number;
  /** How many test images; by default all. */
  readonly test?: number;
  /**
   * Whether to take from each pixel the mean of the training part and to divide by its standard
   * deviation, in all three parts; by default true. Otherwise pixels stay in [0, 1].
   */
  readonly normalise?: boolean;
  /** Determines which image goes where; by default `"naskit"`. */
  readonly seed?: string | number;
}

const choose = (dataset: Dataset, size: number, rng: Rng): Dataset =>
  size === dataset.labels.length ? dataset : split(dataset, { sizes: [size], rng })[0];

/**
 * Makes a dataset ready for a search: cuts validation images from the training images, every part
 * with each class in its share, resizes, and normalises by the training part.
 *
 * The validation images depend on the seed and on `validation` alone, so that they stay the same
 * when `train` changes. Test images influence nothing.
 *
 * @returns Three datasets without an image in common; the first two in random order. A part asked
 * to have 0 images is empty.
 * @throws {RangeError} If a size is not a positive integer or there are not so many images.
 *
 * @example From any two datasets
 * ```ts
 * import { loadMnistFolder, prepareSplits } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const source = await loadMnistFolder("data/fashion_mnist", { limit: 500 });
 * const data = prepareSplits(source, { size: 14, train: 300, validation: 100, test: 100 });
 * assertEquals(data.train.images.length, 300 * 14 * 14);
 * assertEquals(data.test.normalisation, data.train.normalisation);
 * ```
 */
export function prepareSplits(source: TrainTest, options: SplitsOptions = {}): Splits {
  const action = `prepare ${source.name}`;
  const all = source.train.labels.length;
  const allTest = source.test.labels.length;
  const { size, test = allTest, seed = "naskit" } = options;
  const validation = options.validation ??
    Math.min(Math.floor(all / 5), Math.max(all - (options.train ?? 0), 0));
  checkInteger(validation, { action, name: "validation", min: 0, max: Math.max(all - 1, 0) });
  const train = options.train ?? all - validation;
  checkInteger(train, { action, name: "train", min: 1, max: all });
  if (train + validation > all) {
    throw new RangeError(
      `Cannot ${action}: train + validation must be at most ${all}, the number of training ` +
        `images, got ${train} + ${validation}`,
    );
  }
  checkInteger(test, { action, name: "test", min: 0, max: allTest });

  const rng = createRng(seed).split("splits");
  // Validation first: its images then do not depend on how many are for training.
  const parts = split(source.train, { sizes: [validation, train], rng: rng.split("train") });
  const chosen = {
    train: parts[1],
    validation: parts[0],
    test: choose(source.test, test, rng.split("test")),
  };
  const resized = (part: keyof Splits): Dataset => {
    const dataset = size === undefined ? chosen[part] : resize(chosen[part], size);
    const [height, width] = dataset.shape;
    return { ...dataset, name: `${source.name} ${part} ${height}x${width}` };
  };
  const plain = {
    train: resized("train"),
    validation: resized("validation"),
    test: resized("test"),
  };
  if (options.normalise === false) return plain;
  const stats = statistics(plain.train);
  return {
    train: normalise(plain.train, stats),
    validation: normalise(plain.validation, stats),
    test: normalise(plain.test, stats),
  };
}
