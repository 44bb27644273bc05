import type { Shape } from "../../graph/mod.ts";
import type { Share } from "./crew.ts";

/** How batches are shared out. */
export interface Sharing {
  /** To how many threads. */
  readonly threads: number;
  /** Shares are whole multiples of this many images, except the last. */
  readonly unit: number;
}

/** How many images the largest share of a batch has. Threads may be left without any. */
export function largestShare(count: number, { threads, unit }: Sharing): number {
  return Math.min(count, Math.ceil(Math.ceil(count / threads) / unit) * unit);
}

/** Who has which images of a batch; `pitch` is the bytes from a thread's memory to the next one's. */
export function shareOut(count: number, sharing: Sharing, pitch: number): readonly Share[] {
  const most = largestShare(count, sharing);
  return Array.from({ length: Math.ceil(count / most) }, (_, i) => {
    const first = i * most;
    return { first, count: Math.min(most, count - first), offset: i * pitch };
  });
}

/** Columns that the batch norm kernels take at a time. */
const COLUMNS = 16;

/**
 * After how many images of a shape those kernels come to the end of one of their rows, which have a multiple
 * of both `COLUMNS` and the channels. What is left over at the end of a batch they round differently, so
 * that shares with an end of their own would differ from the whole. At most 16, and a power of two.
 */
export function wholeRows(shape: Shape): number {
  const size = shape.reduce((product: number, side) => product * side, 1);
  const channels = shape.at(-1) as number;
  const columns = channels / gcd(channels, COLUMNS) * COLUMNS;
  return columns / gcd(size, columns);
}

function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
