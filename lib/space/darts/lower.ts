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
import type { DartsArch, DartsCell } from "./arch.ts";

/** The network around the cells. */
export interface DartsSkeleton {
  readonly channels: number;
  readonly cells: number;
  readonly size: number;
  readonly inputChannels: number;
  readonly classes: number;
}

/** How many times as many channels the stem has as the first cells' nodes. */
const stemWidth = 3;

/** The network of an architecture. */
export function lowerDarts(arch: DartsArch, skeleton: DartsSkeleton): Graph {
  const { cells, size, inputChannels, classes } = skeleton;
  const net = new GraphBuilder([size, size, inputChannels]);
  let channels = skeleton.channels;
  const stem = addStem(net, { channels: stemWidth * channels, size });
  let last: readonly [CellValue, CellValue] = [stem, stem];
  const reductions = new Set([Math.floor(cells / 3), Math.floor(2 * cells / 3)]);
  for (let cell = 0; cell < cells; cell++) {
    const isReduction = reductions.has(cell);
    if (isReduction) channels *= 2;
    const nodes = isReduction ? arch.reduce : arch.normal;
    const output = addCell(net, `cell${cell}`, { nodes, channels, isReduction, before: last });
    last = [last[1], output];
  }
  return net.build(addHead(net, { classes, relu: false, from: last[1] }));
}

function addCell(
  net: GraphBuilder,
  name: string,
  { nodes, channels, isReduction, before }: {
    readonly nodes: DartsCell;
    readonly channels: number;
    readonly isReduction: boolean;
    readonly before: readonly [CellValue, CellValue];
  },
): CellValue {
  const { size } = before[1];
  const values = before.map((from, i) =>
    addProjection(net, `${name}.input${i}`, { channels, size, from })
  );
  nodes.forEach(({ inputs, ops }, i) => {
    const node = `${name}.node${i + 2}`;
    const terms = ops.map((op, at) => {
      const input = inputs[at] as number;
      // What this cell computes itself is half the size already.
      const stride = isReduction && input < 2 ? 2 : 1;
      return addCellOp(net, `${node}.from${input}`, {
        op,
        stride,
        from: values[input] as CellValue,
      });
    });
    values.push({
      name: net.sum(node, terms.map((term) => term.name)),
      size: isReduction ? halfOf(size) : size,
      channels,
    });
  });
  const own = values.slice(2);
  return {
    name: own.length === 1
      ? (own[0] as CellValue).name
      : net.add(`${name}.concat`, { op: "concat" }, ...own.map((value) => value.name)),
    size: (own[0] as CellValue).size,
    channels: channels * own.length,
  };
}
