import type { Graph } from "../../graph/graph.ts";
import { GraphBuilder } from "../../graph/mod.ts";
import {
  addCellOp,
  addHead,
  addProjection,
  addStem,
  type CellValue,
  halfOf,
} from "../cells/layers.ts";
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
export function lowerLecture(arch: LectureArch, skeleton: LectureSkeleton): Graph {
  const { channels, size, inputChannels, classes } = skeleton;
  const net = new GraphBuilder([size, size, inputChannels]);
  const cells = placedCells(arch, skeleton);
  const isRead = readCells(cells);
  const stem = addStem(net, { channels, size });
  let last: readonly [CellValue, CellValue] = [stem, stem];
  cells.forEach((cell, i) => {
    // Nothing reads what such a cell gives; those behind need no more of it than its size.
    const output = isRead[i]
      ? addCell(net, `cell${i}`, cell, last)
      : { ...last[1], size: cell.isReduction ? halfOf(last[1].size) : last[1].size };
    last = [last[1], output];
  });
  return net.build(addHead(net, { classes, relu: true, from: last[1] }));
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
  net: GraphBuilder,
  name: string,
  { blocks, isReduction, channels }: PlacedCell,
  before: readonly [CellValue, CellValue],
): CellValue {
  const { size } = before[1];
  const isRead = cellInputsOf(blocks);
  const values = before.map((from, i) =>
    isRead.has(i) && !(from.size === size && from.channels === channels)
      ? addProjection(net, `${name}.input${i}`, { channels, size, from })
      : from
  );
  blocks.forEach((block, i) => {
    const place = { name: `${name}.block${i + 2}`, isReduction, channels };
    values.push(addBlock(net, block, { ...place, values }));
  });
  const outputs = unusedBlocks(blocks).map((value) => values[value] as CellValue);
  const [first] = outputs as [CellValue];
  return outputs.length === 1 ? first : {
    name: net.add(`${name}.concat`, { op: "concat" }, ...outputs.map((output) => output.name)),
    size: first.size,
    channels: channels * outputs.length,
  };
}

function addBlock(
  net: GraphBuilder,
  { inputA, inputB, opA, opB, combine }: LectureBlock,
  { name, isReduction, channels, values }: {
    readonly name: string;
    readonly isReduction: boolean;
    readonly channels: number;
    readonly values: readonly CellValue[];
  },
): CellValue {
  // What a reduction cell computes itself is half the size already.
  const strideAt = (input: number) => isReduction && input < 2 ? 2 : 1;
  const a = addCellOp(net, `${name}.a`, {
    op: opA,
    stride: strideAt(inputA),
    from: values[inputA] as CellValue,
  });
  const b = addCellOp(net, `${name}.b`, {
    op: opB,
    stride: strideAt(inputB),
    from: values[inputB] as CellValue,
  });
  const both = net.add(`${name}.${combine}`, { op: combine }, a.name, b.name);
  return combine === "add" ? { ...a, name: both } : addProjection(net, `${name}.project`, {
    channels,
    size: a.size,
    from: { ...a, name: both, channels: 2 * channels },
  });
}
