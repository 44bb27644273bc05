import { createRng } from "../engine/rng.ts";
import { checkInteger } from "./check.ts";
import { locate, readFile } from "./files.ts";
import { idxToDataset, parseIdxPair } from "./idx.ts";
import { split } from "./split.ts";
import { prepareSplits, type Splits, type SplitsOptions } from "./splits.ts";

const shipped = new URL("../../data/digits/", import.meta.url);

const classes: readonly string[] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/**
 * Handwritten digits (Alpaydin and Kaynak, 1998): 1,797 grey images of 8x8 pixels, for searches that
 * take seconds.
 *
 * They are one set; a seeded split with each class in its share cuts off the test images, by default
 * 300. By default there are then 299 to validate on and 1,198 to train on, of shape `[8, 8, 1]`,
 * normalised by the training part.
 *
 * @throws {RangeError} If there are not so many images or `size` is not a positive integer.
 *
 * @example All digits
 * ```ts
 * import { digits } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { train, validation, test } = await digits();
 * assertEquals(train.shape, [8, 8, 1]);
 * assertEquals([train, validation, test].map((part) => part.labels.length), [1198, 299, 300]);
 * ```
 */
export async function digits(options: SplitsOptions = {}): Promise<Splits> {
  const { test = 300, seed = "naskit", ...rest } = options;
  const pair = parseIdxPair(
    await readFile(locate(shipped, "images-idx3-ubyte.gz")),
    await readFile(locate(shipped, "labels-idx1-ubyte.gz")),
  );
  const all = idxToDataset(pair, { classes, name: "digits", white: 16 });
  const count = all.labels.length;
  checkInteger(test, { action: "prepare digits", name: "test", min: 0, max: count - 1 });
  const [testPart, trainPart] = split(all, {
    sizes: [test, count - test],
    rng: createRng(seed).split("digits"),
  });
  return prepareSplits({ name: "digits", train: trainPart, test: testPart }, { ...rest, seed });
}
