import { checkInteger } from "./check.ts";
import type { Dataset } from "./dataset.ts";
import {
  badFile,
  checkLength,
  type FileLocation,
  locate,
  type RawFile,
  readFile,
} from "./files.ts";
import type { TrainTest } from "./splits.ts";

/** Options of {@linkcode loadCifar10}. */
export interface LoadCifar10Options {
  /**
   * Keep only so many images, the first of each part, and leave files that are not needed unread;
   * by default all. All 60,000 take 740 MB.
   */
  readonly limit?: number;
}

const classes: readonly string[] = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
];
const side = 32;
const plane = side * side;
const record = 1 + 3 * plane;
const recordsPerFile = 10_000;

/** Checks one file of records and converts its first ones, planes of colour to pixels of three. */
function convert(
  raw: RawFile,
  into: { readonly images: Float32Array; readonly labels: Int32Array; readonly start: number },
): void {
  checkLength(
    raw,
    recordsPerFile * record,
    `${recordsPerFile} records of a label and ${side}x${side}x3 pixels`,
  );
  const { images, labels, start } = into;
  for (let r = 0; r < recordsPerFile; r++) {
    const label = raw.bytes[r * record] as number;
    if (label >= classes.length) {
      throw badFile(raw, `label ${r} must be less than ${classes.length}, found ${label}`);
    }
    if (start + r >= labels.length) continue;
    labels[start + r] = label;
    const source = r * record + 1;
    const target = (start + r) * 3 * plane;
    for (let c = 0; c < 3; c++) {
      for (let p = 0; p < plane; p++) {
        images[target + 3 * p + c] = (raw.bytes[source + c * plane + p] as number) / 255;
      }
    }
  }
}

async function loadPart(
  folder: FileLocation,
  part: { readonly name: string; readonly files: readonly string[]; readonly limit: number },
): Promise<Dataset> {
  const count = Math.min(part.limit, part.files.length * recordsPerFile);
  const images = new Float32Array(count * 3 * plane); // [count, 32, 32, 3]
  const labels = new Int32Array(count);
  for (let start = 0, f = 0; start < count; start += recordsPerFile, f++) {
    const raw = await readFile(locate(folder, part.files[f] as string));
    convert(raw, { images, labels, start });
  }
  return { name: part.name, images, labels, shape: [side, side, 3], classes };
}

/**
 * Loads CIFAR-10 from the folder of its binary version, `data_batch_1.bin` to `data_batch_5.bin` and
 * `test_batch.bin` (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009).
 * Pixels become numbers in [0, 1], `[count, 32, 32, 3]`, red first.
 *
 * @param folder Where the files are: a path or a URL.
 * @returns The training and the test images; {@linkcode prepareSplits} makes them ready for use.
 * @throws {SyntaxError} If a file has not 10,000 records or a label is not below 10; the message
 * names the file, what was expected and what was found.
 * @throws {Deno.errors.NotFound} If a file is missing.
 * @throws {RangeError} If `limit` is not a positive integer.
 *
 * @example Some of the images, ready to train on
 * ```ts ignore
 * import { loadCifar10, prepareSplits } from "naskit";
 *
 * const source = await loadCifar10("cifar-10-batches-bin", { limit: 10_000 });
 * const data = prepareSplits(source, { size: 16, train: 4000, validation: 1000 });
 * ```
 */
export async function loadCifar10(
  folder: FileLocation,
  options: LoadCifar10Options = {},
): Promise<TrainTest> {
  const { limit = Infinity } = options;
  if (limit !== Infinity) {
    checkInteger(limit, { action: "load CIFAR-10", name: "limit", min: 1 });
  }
  const files = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);
  const name = "cifar-10";
  return {
    name,
    train: await loadPart(folder, { name: `${name} train`, files, limit }),
    test: await loadPart(folder, { name: `${name} test`, files: ["test_batch.bin"], limit }),
  };
}
