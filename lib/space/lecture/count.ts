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

/** Counts of the cells of a space. */
export interface LectureCounts {
  /** The lecture's: each input of a block is one of the two cells before. */
  readonly lecture: bigint;
  /**
   * Those of the lecture's that are different networks: neither the order of the blocks nor that of
   * the two inputs of a block makes a difference.
   */
  readonly lectureDistinct: bigint;
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
 * const { lecture, lectureDistinct, nasnet } = countLectureCells({ blocks: 5, ops: 5, combiners: 2 });
 * assertEquals(lecture, 320_000_000_000n);
 * assertEquals(lectureDistinct, 146_803_272n);
 * assertEquals(nasnet, 162_000_000_000_000n);
 * ```
 */
export function countLectureCells(options: LectureCountOptions = {}): LectureCounts {
  const { blocks = 5, ops = 5, combiners = 2 } = options;
  checkPositive("a count of cells", { blocks, ops, combiners });
  const rest = BigInt(ops) ** 2n * BigInt(combiners);
  let nasnet = 1n;
  for (let block = 1; block <= blocks; block++) nasnet *= BigInt(block + 1) ** 2n * rest;
  // A term is an input with an operation; a block is two terms and a combiner, a cell some blocks.
  const different = BigInt(combiners) * multisets(2n * BigInt(ops), 2);
  return {
    lecture: (4n * rest) ** BigInt(blocks),
    lectureDistinct: multisets(different, blocks),
    nasnet,
  };
}

/** How many ways there are to take `count` of so many kinds, in no order, each as often as wanted. */
function multisets(kinds: bigint, count: number): bigint {
  let ways = 1n;
  for (let i = 1n; i <= BigInt(count); i++) ways = ways * (kinds + i - 1n) / i;
  return ways;
}
