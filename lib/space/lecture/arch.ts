import type { CellOp } from "../cells/layers.ts";

/** How a block makes one value of two: their sum, or both side by side. */
export type LectureCombiner = "add" | "concat";

/** All ways to combine two values. */
export const lectureCombiners: readonly LectureCombiner[] = ["add", "concat"];

/** A block of a cell: two values, an operation for each, and how their results become one. */
export interface LectureBlock {
  /**
   * The first value that it reads: 0 and 1 are the outputs of the last cell but one and of the last
   * cell, 2 is the first block of this cell.
   */
  readonly inputA: number;
  /** The second value that it reads; it may be the same. */
  readonly inputB: number;
  /** What is done with the first. */
  readonly opA: CellOp;
  /** What is done with the second. */
  readonly opB: CellOp;
  /** How the two results become one. */
  readonly combine: LectureCombiner;
}

/** The blocks of a cell in order. */
export type LectureCell = readonly LectureBlock[];

/** An architecture of the lecture's space: its two kinds of cell. */
export interface LectureArch {
  /** The cells that keep the size of the image. */
  readonly normal: LectureCell;
  /** The cells that halve it. */
  readonly reduction: LectureCell;
}

/** A cell as text: `add(op~0,op~1)|concat(op~1,op~1)|…`. */
export function encodeLectureCell(cell: LectureCell): string {
  return cell.map(({ inputA, inputB, opA, opB, combine }) =>
    `${combine}(${opA}~${inputA},${opB}~${inputB})`
  ).join("|");
}

/** The inverse of {@linkcode encodeLectureCell}, as far as the form goes; `fail` gets what is wrong. */
export function decodeLectureCell(text: string, fail: (reason: string) => never): LectureCell {
  return text.split("|").map((block, i) => {
    const [, combine, opA, inputA, opB, inputB] =
      /^(\w+)\((\w+)~(0|[1-9]\d*),(\w+)~(0|[1-9]\d*)\)$/.exec(block) ??
        fail(`block ${i + 1} must be like add(skip_connect~0,conv_3x3~1), got "${block}"`);
    return {
      inputA: Number(inputA),
      inputB: Number(inputB),
      opA: opA as CellOp,
      opB: opB as CellOp,
      combine: combine as LectureCombiner,
    };
  });
}

/** The values of a cell that none of its blocks reads: those that its output is made of. */
export function unusedBlocks(cell: readonly Partial<LectureBlock>[]): number[] {
  const used = new Set(cell.flatMap(({ inputA, inputB }) => [inputA, inputB]));
  return cell.map((_, block) => block + 2).filter((value) => !used.has(value));
}
