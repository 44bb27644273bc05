import type { Rng } from "../engine/rng.ts";
import { checkDataset, checkInteger } from "./check.ts";
import type { Dataset } from "./dataset.ts";
import { gather } from "./take.ts";

/** Options of {@linkcode split}: one of `sizes` and `fractions`, and where chance comes from. */
export interface SplitOptions<Parts extends readonly number[] = readonly number[]> {
  /** How many images each part gets; what is left over is in no part. */
  readonly sizes?: Parts;
  /** Which share of the images each part gets, in sum at most 1. */
  readonly fractions?: Parts;
  /** Draws which image goes where, and the order within a part. */
  readonly rng: Rng;
  /** Whether each part gets each class in its share of the whole; by default true. */
  readonly stratified?: boolean;
}

/** One dataset for each of the sizes or fractions asked for. */
export type SplitParts<Parts extends readonly number[]> = { [K in keyof Parts]: Dataset };

function sizesOf(options: SplitOptions, count: number): number[] {
  const action = "split a dataset";
  const { sizes, fractions } = options;
  if ((sizes === undefined) === (fractions === undefined)) {
    throw new TypeError(`Cannot ${action}: give either sizes or fractions`);
  }
  if (sizes !== undefined) {
    sizes.forEach((size, i) => checkInteger(size, { action, name: `sizes[${i}]`, min: 0 }));
    const sum = sizes.reduce((a, b) => a + b, 0);
    if (sum > count) {
      throw new RangeError(
        `Cannot ${action}: sizes ${sizes.join(" + ")} = ${sum} must be at most ${count}, ` +
          "the number of images",
      );
    }
    return [...sizes];
  }
  const shares = fractions ?? [];
  shares.forEach((share, i) => {
    if (share >= 0 && share <= 1) return;
    throw new RangeError(
      `Cannot ${action}: fractions[${i}] must be a number from 0 to 1, got ${share}`,
    );
  });
  let sum = 0;
  // Rounding where the parts meet, not each part, so that fractions that sum to 1 leave nothing over.
  const ends = shares.map((share) => Math.round((sum += share) * count));
  if (sum > 1 + 1e-9) {
    throw new RangeError(
      `Cannot ${action}: fractions ${shares.join(" + ")} = ${sum} must be at most 1`,
    );
  }
  return ends.map((end, i) => end - (ends[i - 1] ?? 0));
}

/** All indices, class after class: the classes in random order, and each in random order. */
function orderByClass(labels: Int32Array, rng: Rng): number[] {
  const byClass = new Map<number, number[]>();
  labels.forEach((label, i) => {
    const members = byClass.get(label);
    if (members === undefined) byClass.set(label, [i]);
    else members.push(i);
  });
  return rng.shuffle([...byClass.values()]).flatMap((members) => rng.shuffle(members));
}

/**
 * Takes `size` of the items at even distances from a random start, and gives back those and the
 * others. Of any run of items, such as a class, the number taken is its exact share rounded up or
 * down, and on average over starts the exact share.
 */
function takeEvenly(
  items: readonly number[],
  size: number,
  rng: Rng,
): [taken: number[], others: number[]] {
  const taken: number[] = [];
  const others: number[] = [];
  if (items.length === 0) return [taken, others];
  const start = rng.int(items.length);
  items.forEach((item, i) => {
    const before = Math.floor((i * size + start) / items.length);
    const after = Math.floor(((i + 1) * size + start) / items.length);
    (after > before ? taken : others).push(item);
  });
  return [taken, others];
}

/**
 * Cuts a dataset at random into parts that have no image in common. Each part is in random order;
 * the pixels are copied.
 *
 * A stratified split gives the first part its exact share of each class, rounded up or down, and a
 * later part the same of what the earlier ones left.
 *
 * @returns As many datasets as there are sizes or fractions, in that order.
 * @throws {TypeError} Unless one of `sizes` and `fractions` is given.
 * @throws {RangeError} If sizes are not integers of at least 0 or exceed the number of images, or
 * fractions are not from 0 to 1 or exceed 1 in sum.
 *
 * @example Half and half, each with as many of each class
 * ```ts
 * import { createRng, type Dataset, split } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const dataset: Dataset = {
 *   name: "tiny",
 *   images: Float32Array.of(0.1, 0.2, 0.8, 0.9),
 *   labels: Int32Array.of(0, 0, 1, 1),
 *   shape: [1, 1, 1],
 *   classes: ["dark", "bright"],
 * };
 * const [a, b] = split(dataset, { fractions: [0.5, 0.5], rng: createRng("halves") });
 * assertEquals([...a.labels].sort(), [0, 1]);
 * assertEquals([...b.labels].sort(), [0, 1]);
 * ```
 */
export function split<const Parts extends readonly number[]>(
  dataset: Dataset,
  options: SplitOptions<Parts>,
): SplitParts<Parts> {
  checkDataset(dataset, "split a dataset");
  const { rng, stratified = true } = options;
  const count = dataset.labels.length;
  let rest = stratified
    ? orderByClass(dataset.labels, rng)
    : rng.shuffle(Array.from({ length: count }, (_, i) => i));
  const parts = sizesOf(options, count).map((size) => {
    const [taken, others] = takeEvenly(rest, size, rng);
    rest = others;
    return { ...dataset, ...gather(dataset, rng.shuffle(taken)) };
  });
  return parts as SplitParts<Parts>;
}
