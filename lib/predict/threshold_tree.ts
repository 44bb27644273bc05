import type { Rng } from "../engine/rng.ts";

/** The most thresholds that a column is split at. */
const mostThresholds = 255;

/** A column of numbers as the thresholds between them, and for each row how many of these it is above. */
interface Column {
  readonly thresholds: readonly number[];
  readonly bins: Uint8Array;
}

/** Examples as trees look at them; made once for all trees of a forest. */
export interface BinnedRows {
  readonly columns: readonly Column[];
  readonly values: Float64Array;
}

/** How trees are grown. */
export interface TreeOptions {
  /** Examples that a leaf must have. */
  readonly leastSamples: number;
  /** Columns that each split may choose from. */
  readonly columns: number;
  /** Draws these. */
  readonly rng: Rng;
}

/** A leaf, or a question with a tree for either answer. */
type Tree = { readonly value: number } | {
  readonly column: number;
  readonly threshold: number;
  readonly below: Tree;
  readonly above: Tree;
};

/** Finds the thresholds of each column: all, or so many that about as many rows lie between two. */
export function binRows(
  rows: readonly (readonly number[])[],
  values: readonly number[],
): BinnedRows {
  const width = (rows[0] as readonly number[]).length;
  const columns = Array.from({ length: width }, (_, k) => {
    const numbers = Float64Array.from(rows, (row) => row[k] as number);
    const thresholds = thresholdsOf(numbers);
    return { thresholds, bins: Uint8Array.from(numbers, (x) => placeOf(x, thresholds)) };
  });
  return { columns, values: Float64Array.from(values) };
}

function thresholdsOf(numbers: Float64Array): number[] {
  const sorted = numbers.slice().sort();
  const between = [...new Set(sorted)].map((x, i, all) => (x + (all[i + 1] ?? x)) / 2).slice(0, -1);
  if (between.length <= mostThresholds) return between;
  const wanted = Array.from({ length: mostThresholds }, (_, i) => {
    const at = Math.floor((i + 1) * sorted.length / (mostThresholds + 1));
    return between[Math.min(placeOf(sorted[at] as number, between), between.length - 1)] as number;
  });
  return [...new Set(wanted)];
}

/** How many of the rising thresholds are below a number. */
function placeOf(x: number, thresholds: readonly number[]): number {
  let [low, high] = [0, thresholds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((thresholds[middle] as number) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Grows a regression tree (Breiman et al. 1984): each split asks of one column whether a number is above
 * a threshold, the one by which the squared error falls most.
 *
 * @param samples The examples to use, by index; one may come several times.
 */
export function growThresholdTree(
  { columns, values }: BinnedRows,
  samples: readonly number[],
  { leastSamples, columns: tried, rng }: TreeOptions,
): (row: readonly number[]) => number {
  const [counts, sums] = [new Int32Array(256), new Float64Array(256)];
  const all = columns.map((_, k) => k);

  /** The best threshold of a column, by its place. */
  const cut = ({ bins, thresholds }: Column, samples: readonly number[], mean: number) => {
    counts.fill(0, 0, thresholds.length + 1);
    sums.fill(0, 0, thresholds.length + 1);
    for (const sample of samples) {
      const bin = bins[sample]!;
      counts[bin]! += 1;
      sums[bin]! += values[sample]! - mean;
    }
    let [count, sum, gain, place] = [0, 0, 0, -1];
    for (let i = 0; i < thresholds.length; i++) {
      count += counts[i]!;
      sum += sums[i]!;
      const rest = samples.length - count;
      if (count < leastSamples || rest < leastSamples) continue;
      // By how much the squared error falls; both sides' sums are equal but for the sign.
      const here = sum * sum * (1 / count + 1 / rest);
      if (isMore(here, gain)) [gain, place] = [here, i];
    }
    return { gain, place };
  };

  const grow = (samples: readonly number[]): Tree => {
    let mean = 0;
    for (const sample of samples) mean += values[sample]! / samples.length;
    if (samples.length < 2 * leastSamples) return { value: mean };
    let best = { gain: 0, place: -1, column: -1 };
    // Where none of the columns drawn has a split, further ones are asked.
    for (const [k, column] of (tried < all.length ? rng.shuffle(all) : all).entries()) {
      if (k >= tried && best.place >= 0) break;
      const found = cut(columns[column]!, samples, mean);
      if (isMore(found.gain, best.gain)) best = { ...found, column };
    }
    const { place, column } = best;
    if (place < 0) return { value: mean };
    const { bins, thresholds } = columns[column]!;
    const isAbove = (sample: number) => bins[sample]! > place;
    return {
      column,
      threshold: thresholds[place]!,
      below: grow(samples.filter((sample) => !isAbove(sample))),
      above: grow(samples.filter(isAbove)),
    };
  };

  const root = grow(samples);
  return (row) => {
    let at = root;
    while ("column" in at) at = row[at.column]! > at.threshold ? at.above : at.below;
    return at.value;
  };
}

/** Whether a gain is larger, and not only by rounding: equal ones are told apart by their order. */
function isMore(gain: number, other: number): boolean {
  return gain > other + 1e-9 * Math.abs(other);
}
