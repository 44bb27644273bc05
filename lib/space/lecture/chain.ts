import type { BlockChain } from "../blocks.ts";
import { type CellOp, halfOf } from "../cells/layers.ts";
import {
  combineStep,
  headStep,
  opStep,
  projectionStep,
  stemStep,
  Steps,
  type StepValue,
} from "../cells/steps.ts";
import { type LectureArch, type LectureBlock, type LectureCell, unusedBlocks } from "./arch.ts";

/** The network around the cells. */
export interface LectureSkeleton {
  readonly channels: number;
  readonly stages: number;
  readonly cellsPerStage: number;
  readonly size: number;
  readonly inputChannels: number;
  readonly classes: number;
}

/** A cell in its place. */
interface PlacedCell {
  readonly blocks: LectureCell;
  readonly isReduction: boolean;
  readonly channels: number;
}

/** The network of an architecture. */
export function lectureChain(arch: LectureArch, skeleton: LectureSkeleton): BlockChain {
  const { channels, size, inputChannels, classes } = skeleton;
  const steps = new Steps(size, inputChannels);
  const cells = placedCells(arch, skeleton);
  const isRead = readCells(cells);
  const stem = stemStep(steps, channels);
  let last: readonly [StepValue, StepValue] = [stem, stem];
  cells.forEach((cell, i) => {
    // Nothing reads what such a cell gives; those behind need no more of it than its size.
    const output = isRead[i]
      ? addCell(steps, `cell${i}`, cell, last)
      : { ...last[1], size: cell.isReduction ? halfOf(last[1].size) : last[1].size };
    last = [last[1], output];
  });
  headStep(steps, { classes, relu: true, from: last[1] });
  return steps.chain();
}

function placedCells(arch: LectureArch, skeleton: LectureSkeleton): PlacedCell[] {
  const cells: PlacedCell[] = [];
  for (let stage = 0; stage < skeleton.stages; stage++) {
    const channels = skeleton.channels * 2 ** stage;
    if (stage > 0) cells.push({ blocks: arch.reduction, isReduction: true, channels });
    for (let cell = 0; cell < skeleton.cellsPerStage; cell++) {
      cells.push({ blocks: arch.normal, isReduction: false, channels });
    }
  }
  return cells;
}

/** Which cells the network's output depends on: a cell may read only the last but one. */
function readCells(cells: readonly PlacedCell[]): boolean[] {
  const isRead = cells.map((_, i) => i === cells.length - 1);
  for (let i = cells.length - 1; i >= 0; i--) {
    if (!isRead[i]) continue;
    for (const input of cellInputsOf((cells[i] as PlacedCell).blocks)) {
      if (i - 2 + input >= 0) isRead[i - 2 + input] = true;
    }
  }
  return isRead;
}

/** Which outputs of cells a cell reads, 0 the last but one, 1 the last. */
function cellInputsOf(cell: LectureCell): Set<number> {
  return new Set(cell.flatMap(({ inputA, inputB }) => [inputA, inputB]).filter((each) => each < 2));
}

function addCell(
  steps: Steps,
  name: string,
  { blocks, isReduction, channels }: PlacedCell,
  before: readonly [StepValue, StepValue],
): StepValue {
  const { size } = before[1];
  const isRead = cellInputsOf(blocks);
  const values = before.map((from, i) =>
    isRead.has(i) && !(from.size === size && from.channels === channels)
      ? projectionStep(steps, `${name}.input${i}`, { channels, size, from })
      : from
  );
  blocks.forEach((block, i) => {
    const place = { name: `${name}.block${i + 2}`, isReduction, channels };
    values.push(addBlock(steps, block, { ...place, values }));
  });
  const outputs = unusedBlocks(blocks).map((value) => values[value] as StepValue);
  return outputs.length === 1
    ? outputs[0] as StepValue
    : combineStep(steps, `${name}.concat`, { combine: "concat", from: outputs });
}

function addBlock(
  steps: Steps,
  { inputA, inputB, opA, opB, combine }: LectureBlock,
  { name, isReduction, channels, values }: {
    readonly name: string;
    readonly isReduction: boolean;
    readonly channels: number;
    readonly values: readonly StepValue[];
  },
): StepValue {
  // What a reduction cell computes itself is half the size already.
  const term = (part: "a" | "b", op: CellOp, input: number) =>
    opStep(steps, `${name}.${part}`, {
      op,
      stride: isReduction && input < 2 ? 2 : 1,
      from: values[input] as StepValue,
    });
  const [a, b] = [term("a", opA, inputA), term("b", opB, inputB)];
  const both = combineStep(steps, `${name}.${combine}`, { combine, from: [a, b] });
  return combine === "add"
    ? both
    : projectionStep(steps, `${name}.project`, { channels, size: a.size, from: both });
}
