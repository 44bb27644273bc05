import type { Graph, GraphNode, Shape } from "../../graph/mod.ts";
import { type Atoms, channels, makesChannels } from "./atoms.ts";
import { shapesOf } from "./once.ts";

/** One channel of a widened node. */
export interface AxisEntry {
  /** The channel that it copies. */
  readonly from: number;
  /** Which copy it is: 0 for the first, in place of the channel itself. */
  readonly copy: number;
}

/** Where layers put the copies of their channels. */
type Order = "last" | "beside" | "behind runs";

/**
 * The channels of every node once some atoms are copied, or `undefined` where no order of the copies
 * suits all sums and products: those add channels in pairs, so that both sides need one order.
 *
 * @param copies How often each atom is there afterwards, 1 where absent.
 */
export function widenedAxes(
  graph: Graph,
  atoms: Atoms,
  copies: ReadonlyMap<number, number>,
): Map<string, readonly AxisEntry[]> | undefined {
  const shapes = shapesOf(graph);
  // Copies last is the order of the paper; sums with concatenations need them beside.
  for (const order of ["last", "beside", "behind runs"] as const) {
    const axes = new Map<string, readonly AxisEntry[]>();
    const fits = graph.nodes.every((node) => {
      const own = atoms.of(node.name);
      // Most of a large network stays as it is.
      const axis = !own.some((atom) => copies.has(atom))
        ? unchanged(own.length)
        : makesChannels(node)
        ? ordered(own, copies, order)
        : followed(node, axes, shapes);
      if (axis !== undefined) axes.set(node.name, axis);
      return axis !== undefined;
    });
    if (fits) return axes;
  }
  return undefined;
}

const plain = new Map<number, readonly AxisEntry[]>();

/** So many channels, none of them copied. */
function unchanged(count: number): readonly AxisEntry[] {
  const known = plain.get(count) ?? Array.from({ length: count }, (_, from) => ({ from, copy: 0 }));
  plain.set(count, known);
  return known;
}

/** The channels of a layer that makes its own. */
function ordered(
  atoms: readonly number[],
  copies: ReadonlyMap<number, number>,
  order: Order,
): AxisEntry[] {
  const entries = atoms.flatMap((atom, from) =>
    Array.from({ length: copies.get(atom) ?? 1 }, (_, copy) => ({ from, copy }))
  );
  if (order === "beside") return entries;
  let run = 0;
  const runs = atoms.map((atom, i) => i > 0 && atom !== atoms[i - 1] ? ++run : run);
  const block = ({ from }: AxisEntry) => order === "last" ? 0 : runs[from] as number;
  return entries.toSorted((a, b) => block(a) - block(b) || a.copy - b.copy || a.from - b.from);
}

/** The channels of a node whose channels are those of its inputs; `undefined` where these differ. */
function followed(
  node: GraphNode,
  axes: ReadonlyMap<string, readonly AxisEntry[]>,
  shapes: ReadonlyMap<string, Shape>,
): readonly AxisEntry[] | undefined {
  const inputs = node.inputs.map((name) => axes.get(name) as readonly AxisEntry[]);
  const first = inputs[0] as readonly AxisEntry[];
  const widths = node.inputs.map((name) => channels(shapes.get(name)));
  switch (node.op) {
    case "depthwise": {
      const multiplier = node.multiplier ?? 1;
      return first.flatMap(({ from, copy }) =>
        Array.from({ length: multiplier }, (_, k) => ({ from: from * multiplier + k, copy }))
      );
    }
    case "flatten": {
      const width = widths[0] as number;
      const pixels = channels(shapes.get(node.name)) / width;
      return Array.from(
        { length: pixels },
        (_, pixel) => first.map(({ from, copy }) => ({ from: pixel * width + from, copy })),
      ).flat();
    }
    case "concat": {
      let before = 0;
      return inputs.flatMap((axis, i) => {
        const start = before;
        before += widths[i] as number;
        return axis.map(({ from, copy }) => ({ from: start + from, copy }));
      });
    }
    default:
      return inputs.every((axis) => isSame(axis, first)) ? first : undefined;
  }
}

function isSame(a: readonly AxisEntry[], b: readonly AxisEntry[]): boolean {
  return a === b ||
    a.length === b.length &&
      a.every(({ from, copy }, i) => from === b[i]?.from && copy === b[i]?.copy);
}
