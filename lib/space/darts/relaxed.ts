import { GraphBuilder } from "../../graph/mod.ts";
import {
  addCellOp,
  addHead,
  addProjection,
  addStem,
  type CellValue,
  halfOf,
} from "../cells/layers.ts";
import {
  addMixed,
  type Branch,
  type Relaxed,
  type RelaxOptions,
  weightsOf,
  withoutAffine,
} from "../relaxed.ts";
import type { Decision } from "../space.ts";
import { type DartsArch, type DartsCell, dartsKinds, dartsPrimitives } from "./arch.ts";
import { type DartsSkeleton, reductionsOf, stemWidth } from "./chain.ts";
import { cellOf } from "./genotype.ts";

/** The relaxation's cells have this many nodes. */
interface RelaxedSkeleton extends DartsSkeleton {
  readonly nodes: number;
}

/**
 * All cells in one: each node is the sum of a mixture of all operations on each value before it. Normal cells
 * have the same gates, and so have reduction cells.
 */
export function relaxDarts(
  skeleton: RelaxedSkeleton,
  { affine = false }: RelaxOptions = {},
): Relaxed<DartsArch> {
  const { cells, size, inputChannels, classes, nodes } = skeleton;
  const net = new GraphBuilder([size, size, inputChannels]);
  let channels = skeleton.channels;
  const stem = addStem(net, { channels: stemWidth * channels, size });
  let last: readonly [CellValue, CellValue] = [stem, stem];
  const reductions = reductionsOf(cells);
  for (let cell = 0; cell < cells; cell++) {
    const isReduction = reductions.has(cell);
    if (isReduction) channels *= 2;
    const output = addCell(net, `cell${cell}`, { nodes, channels, isReduction, before: last });
    last = [last[1], output];
  }
  const output = addHead(net, { classes, relu: false, from: last[1] });
  const graph = net.build(output);
  const kinds = dartsKinds.filter((kind) => kind === "reduce" || reductions.size < cells);
  const choices = kinds.flatMap((kind) => edgesOf(kind, nodes));
  return {
    graph: affine ? graph : withoutAffine(graph, (node) => /^cell/.test(node)),
    choices,
    pathOf: (arch) =>
      new Map(kinds.flatMap((kind) => {
        const taken = placesOf(arch[kind]);
        return edgesOf(kind, nodes).map((
          { name },
        ) => [name, taken.get(name.slice(kind.length + 1)) ?? 0]);
      })),
    archOf: (weights) => {
      // A kind of cell that the network is without has nothing to go by.
      const rowOf = (kind: typeof dartsKinds[number], edge: Decision) =>
        kinds.includes(kind) ? weightsOf(weights, edge) : edge.options.map(() => 1);
      const cell = (kind: typeof dartsKinds[number]) =>
        cellOf(kind, edgesOf(kind, nodes).map((edge) => rowOf(kind, edge)));
      return { normal: cell("normal"), reduce: cell("reduce") };
    },
  };
}

/** The edges of a kind of cell, by the node that they lead to, then by the value that they come from. */
function edgesOf(kind: string, nodes: number): Decision[] {
  return Array.from({ length: nodes }, (_, node) =>
    Array.from({ length: node + 2 }, (_, from) => ({
      name: `${kind} ${edgeName(from, node + 2)}`,
      options: dartsPrimitives,
    }))).flat();
}

function edgeName(from: number, to: number): string {
  return `${from}→${to}`;
}

/** The places of the operations on the edges that a cell has. */
function placesOf(cell: DartsCell): Map<string, number> {
  return new Map(
    cell.flatMap(({ inputs, ops }, node) =>
      ops.map((op, i) =>
        [edgeName(inputs[i] as number, node + 2), dartsPrimitives.indexOf(op)] as const
      )
    ),
  );
}

function addCell(
  net: GraphBuilder,
  name: string,
  { nodes, channels, isReduction, before }: {
    readonly nodes: number;
    readonly channels: number;
    readonly isReduction: boolean;
    readonly before: readonly [CellValue, CellValue];
  },
): CellValue {
  const { size } = before[1], kind = isReduction ? "reduce" : "normal";
  const values = before.map((from, i) =>
    addProjection(net, `${name}.input${i}`, { channels, size, from })
  );
  const inner = isReduction ? halfOf(size) : size;
  for (let node = 2; node < nodes + 2; node++) {
    const terms = values.map((from, input) =>
      addMixed(net, `${name}.node${node}.from${input}`, {
        choice: `${kind} ${edgeName(input, node)}`,
        branches: branchesFrom(from, isReduction && input < 2 ? 2 : 1),
      })
    );
    values.push({ name: net.sum(`${name}.node${node}`, terms), size: inner, channels });
  }
  const own = values.slice(2).map((value) => value.name);
  if (own.length === 1) return values[2] as CellValue;
  const concat = net.add(`${name}.concat`, { op: "concat" }, ...own);
  return { name: concat, size: inner, channels: channels * own.length };
}

function branchesFrom(from: CellValue, stride: 1 | 2): Branch[] {
  return dartsPrimitives.map((op) => ({
    option: op,
    add: (net, prefix) =>
      op === "none"
        ? net.add(prefix, { op: "zero", ...(stride === 1 ? {} : { stride }) }, from.name)
        : addCellOp(net, prefix, { op, stride, from }).name,
  }));
}
