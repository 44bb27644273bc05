import { checkInteger } from "./check.ts";
import type { Dataset } from "./dataset.ts";
import {
  badFile,
  checkLength,
  type FileLocation,
  type RawFile,
  readFile,
  readFirst,
} from "./files.ts";
import type { TrainTest } from "./splits.ts";

/** Options of {@linkcode loadIdx} and {@linkcode loadMnistFolder}. */
export interface LoadIdxOptions {
  /** The names of the classes; by default the numbers from 0 to the highest label. */
  readonly classes?: readonly string[];
  /** What the dataset is called; by default the name of the file or folder. */
  readonly name?: string;
  /** Keep only so many images, the first of each file; by default all. */
  readonly limit?: number;
}

/** An idx file of labelled images, checked and not yet converted. */
export interface IdxPair {
  /** `count` bytes an image, one after the other. */
  readonly pixels: Uint8Array;
  /** The class of each image. */
  readonly labels: Uint8Array;
  /** Of an image. */
  readonly height: number;
  /** Of an image. */
  readonly width: number;
  /** Where the labels are from. */
  readonly labelFile: RawFile;
}

const imageMagic = 0x0803;
const labelMagic = 0x0801;
const kinds: Readonly<Record<number, string>> = {
  [imageMagic]: "an idx file of images",
  [labelMagic]: "an idx file of labels",
};

const hex = (value: number): string => `0x${value.toString(16).padStart(8, "0")}`;

/** Checks the magic number and reads the big-endian sizes after it. */
function readHeader(raw: RawFile, magic: number, sizes: number): number[] {
  const { bytes } = raw;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = 4 + 4 * sizes;
  if (bytes.length >= 4 && view.getUint32(0) !== magic) {
    const found = view.getUint32(0);
    const kind = kinds[found] === undefined ? "" : ` (${kinds[found]})`;
    throw badFile(
      raw,
      `expected ${kinds[magic]} with magic number ${hex(magic)}, found ${hex(found)}${kind}`,
    );
  }
  if (bytes.length < header) {
    throw badFile(raw, `expected a header of ${header} bytes, found ${bytes.length}`);
  }
  return Array.from({ length: sizes }, (_, i) => view.getUint32(4 + 4 * i));
}

/** Checks that an image file and a label file are whole and belong together. */
export function parseIdxPair(imageFile: RawFile, labelFile: RawFile): IdxPair {
  const [count = 0, height = 0, width = 0] = readHeader(imageFile, imageMagic, 3);
  if (count * height * width === 0) {
    throw badFile(imageFile, `expected images, found ${count} of ${height}x${width} pixels`);
  }
  checkLength(
    imageFile,
    16 + count * height * width,
    `16 + ${count} images of ${height}x${width}`,
  );
  const [labelCount = 0] = readHeader(labelFile, labelMagic, 1);
  checkLength(labelFile, 8 + labelCount, `8 + ${labelCount} labels`);
  if (labelCount !== count) {
    throw badFile(
      labelFile,
      `expected ${count} labels, as many as ${imageFile.file} has images, found ${labelCount}`,
    );
  }
  return {
    pixels: imageFile.bytes.subarray(16),
    labels: labelFile.bytes.subarray(8),
    height,
    width,
    labelFile,
  };
}

/** Turns the first `limit` images into a dataset, a byte of `white` into 1. */
export function idxToDataset(
  pair: IdxPair,
  options: {
    readonly classes: readonly string[];
    readonly name: string;
    readonly limit?: number;
    readonly white?: number;
  },
): Dataset {
  const { pixels, height, width, labelFile } = pair;
  const { classes, name, limit = Infinity, white = 255 } = options;
  const wrong = pair.labels.findIndex((label) => label >= classes.length);
  if (wrong >= 0) {
    throw badFile(
      labelFile,
      `label ${wrong} must be less than ${classes.length}, the number of classes, ` +
        `found ${pair.labels[wrong]}`,
    );
  }
  const count = Math.min(pair.labels.length, limit);
  const images = new Float32Array(count * height * width); // [count, height, width, 1]
  for (let i = 0; i < images.length; i++) images[i] = (pixels[i] as number) / white;
  const labels = Int32Array.from(pair.labels.subarray(0, count));
  return { name, images, labels, shape: [height, width, 1], classes };
}

/** The numbers from 0 to the highest label, as names. */
function numberNames(...labels: readonly Uint8Array[]): string[] {
  let highest = 0;
  for (const part of labels) for (const label of part) highest = Math.max(highest, label);
  return Array.from({ length: highest + 1 }, (_, i) => String(i));
}

const baseName = (location: FileLocation): string =>
  String(location).replace(/[\\/]+$/, "").split(/[\\/]/).pop() ?? "";

function checkOptions(options: LoadIdxOptions, action: string): void {
  if (options.limit !== undefined) {
    checkInteger(options.limit, { action, name: "limit", min: 1 });
  }
  if (options.classes?.length === 0) {
    throw new RangeError(`Cannot ${action}: classes must have at least one name, got none`);
  }
}

/**
 * Loads grey images and their labels from two files in the idx format, that of MNIST and its
 * relatives, gzip or plain. Pixels become numbers in [0, 1].
 *
 * @param images The file of images, `[count, height, width]` bytes: a path or a URL.
 * @param labels The file of labels, `[count]` bytes.
 * @returns A dataset of shape `[height, width, 1]`.
 * @throws {SyntaxError} If a file is damaged, too short or too long, of another kind, or if the two
 * do not belong together; the message names the file, what was expected and what was found.
 * @throws {Deno.errors.NotFound} If a file is missing.
 * @throws {RangeError} If `limit` is not a positive integer or `classes` is empty.
 *
 * @example The shipped test images
 * ```ts
 * import { loadIdx } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = "data/fashion_mnist";
 * const data = await loadIdx(
 *   `${folder}/t10k-images-idx3-ubyte.gz`,
 *   `${folder}/t10k-labels-idx1-ubyte.gz`,
 *   { limit: 100 },
 * );
 * assertEquals(data.shape, [28, 28, 1]);
 * assertEquals(data.labels.length, 100);
 * ```
 */
export async function loadIdx(
  images: FileLocation,
  labels: FileLocation,
  options: LoadIdxOptions = {},
): Promise<Dataset> {
  checkOptions(options, "load idx files");
  const pair = parseIdxPair(await readFile(images), await readFile(labels));
  return idxToDataset(pair, {
    ...options,
    classes: options.classes ?? numberNames(pair.labels),
    name: options.name ?? baseName(images),
  });
}

const candidates = (stem: string, dimensions: number): string[] => [
  `${stem}-idx${dimensions}-ubyte.gz`,
  `${stem}-idx${dimensions}-ubyte`,
  `${stem}.idx${dimensions}-ubyte.gz`,
  `${stem}.idx${dimensions}-ubyte`,
];

async function readPair(folder: FileLocation, part: string): Promise<IdxPair> {
  return parseIdxPair(
    await readFirst(folder, candidates(`${part}-images`, 3)),
    await readFirst(folder, candidates(`${part}-labels`, 1)),
  );
}

/**
 * Loads the four files of MNIST, Fashion-MNIST, KMNIST or another set that is laid out so:
 * `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
 * `t10k-labels-idx1-ubyte`, each plain or with `.gz`. Pixels become numbers in [0, 1].
 *
 * @param folder Where the files are: a path or a URL.
 * @returns The training and the test images; {@linkcode prepareSplits} makes them ready for use.
 * @throws {SyntaxError} If a file is damaged, of another kind, or does not belong to the others.
 * @throws {Deno.errors.NotFound} If a file is missing.
 * @throws {RangeError} If `limit` is not a positive integer or `classes` is empty.
 *
 * @example A folder of files
 * ```ts
 * import { loadMnistFolder } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { train, test } = await loadMnistFolder("data/fashion_mnist", { limit: 50 });
 * assertEquals([train.labels.length, test.labels.length], [50, 50]);
 * ```
 */
export async function loadMnistFolder(
  folder: FileLocation,
  options: LoadIdxOptions = {},
): Promise<TrainTest> {
  checkOptions(options, "load a folder of idx files");
  const train = await readPair(folder, "train");
  const test = await readPair(folder, "t10k");
  if (train.height !== test.height || train.width !== test.width) {
    throw new SyntaxError(
      `Cannot load ${folder}: its training images are ${train.height}x${train.width} pixels and ` +
        `its test images ${test.height}x${test.width}`,
    );
  }
  const name = options.name ?? baseName(folder);
  const classes = options.classes ?? numberNames(train.labels, test.labels);
  return {
    name,
    train: idxToDataset(train, { ...options, classes, name: `${name} train` }),
    test: idxToDataset(test, { ...options, classes, name: `${name} test` }),
  };
}
