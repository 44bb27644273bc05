import { checkPositive } from "../cells/check.ts";

/** What one cell of the lecture's space is made of. */
export interface LectureCountOptions {
  /** Blocks in a cell; 5 when absent. */
  readonly blocks?: number;
  /** Operations to choose from; 5 when absent. */
  readonly ops?: number;
  /** Combiners to choose from; 2 when absent. */
  readonly combiners?: number;
}

/** Two counts of the cells of a space. */
export interface LectureCounts {
  /** The lecture's: each input of a block is one of the two cells before. */
  readonly lecture: bigint;
  /** NASNet's: each input of a block is one of the two cells before or an earlier block. */
  readonly nasnet: bigint;
}

/**
 * How many cells there are, by the lecture's formula, (2 * 2 * ops * ops * combiners)^blocks, and in
 * NASNet's space (Zoph et al. 2018), where the inputs of block b (from 1) are any of the b + 1 values
 * before it: the product of (b + 1)^2 * ops * ops * combiners over the blocks. Pairs of a normal and a
 * reduction cell are the square of either.
 *
 * @throws {RangeError} When a number is not a positive whole number.
 *
 * @example The lecture's count beside the true one
 * ```ts
 * import { countLectureCells } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { lecture, nasnet } = countLectureCells({ blocks: 5, ops: 5, combiners: 2 });
 * assertEquals(lecture, 320_000_000_000n);
 * assertEquals(nasnet, 162_000_000_000_000n);
 * ```
 */
export function countLectureCells(options: LectureCountOptions = {}): LectureCounts {
  const { blocks = 5, ops = 5, combiners = 2 } = options;
  checkPositive("a count of cells", { blocks, ops, combiners });
  const rest = BigInt(ops) ** 2n * BigInt(combiners);
  let nasnet = 1n;
  for (let block = 1; block <= blocks; block++) nasnet *= BigInt(block + 1) ** 2n * rest;
  return { lecture: (4n * rest) ** BigInt(blocks), nasnet };
}
