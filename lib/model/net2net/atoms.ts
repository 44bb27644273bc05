import type { Graph, GraphNode, Shape } from "../../graph/mod.ts";
import { once, shapesOf } from "./once.ts";

/**
 * Which channels of a network are tied: two channels belong to one atom when neither can be copied
 * without the other, because they are added or multiplied, or one is computed from the other alone.
 */
export interface Atoms {
  /** The atom of each channel (or feature) of a node, in order. */
  of(node: string): readonly number[];
  /** Whether an atom holds a channel of the input, which is given, or of the output, which is asked for. */
  isFixed(atom: number): boolean;
}

/** Finds the atoms of a graph. */
export const atomsOf: (graph: Graph) => Atoms = once(findAtoms);

function findAtoms(graph: Graph): Atoms {
  const shapes = shapesOf(graph);
  const first = new Map<string, number>();
  let count = 0;
  for (const { name } of graph.nodes) {
    first.set(name, count);
    count += channels(shapes.get(name));
  }
  const parent = Int32Array.from({ length: count }, (_, i) => i);
  const root = (at: number): number => {
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] as number] as number;
      at = parent[at] as number;
    }
    return at;
  };
  for (const node of graph.nodes) {
    const start = first.get(node.name) as number;
    eachTie(node, shapes, (channel, input, from) => {
      parent[root(start + channel)] = root((first.get(input) as number) + from);
    });
  }
  const axes = new Map<string, readonly number[]>(graph.nodes.map(({ name }) => {
    const start = first.get(name) as number;
    return [name, Array.from({ length: channels(shapes.get(name)) }, (_, i) => root(start + i))];
  }));
  const of = (node: string) => axes.get(node) as readonly number[];
  const ends = [graph.nodes[0]?.name as string, graph.output];
  const fixed = new Set(ends.flatMap(of));
  return { of, isFixed: (atom) => fixed.has(atom) };
}

/** Whether a node makes channels of its own: as many as it says, each from all that it reads. */
export function makesChannels(
  node: GraphNode,
): node is Extract<GraphNode, { op: "conv" | "linear" }> {
  return node.op === "conv" || node.op === "linear";
}

/** The channels or features of a shape. */
export function channels(shape: Shape | undefined): number {
  return shape?.at(-1) as number;
}

/** Tells of each channel of a node which channel of an input it is tied to. */
function eachTie(
  node: GraphNode,
  shapes: ReadonlyMap<string, Shape>,
  tie: (channel: number, input: string, from: number) => void,
): void {
  if (node.op === "input" || makesChannels(node)) return;
  const count = channels(shapes.get(node.name));
  if (node.op === "concat") {
    let at = 0;
    for (const input of node.inputs) {
      const width = channels(shapes.get(input));
      for (let i = 0; i < width; i++) tie(at++, input, i);
    }
    return;
  }
  for (const input of node.inputs) {
    const width = channels(shapes.get(input));
    for (let i = 0; i < count; i++) {
      // A flattened image holds all channels of one pixel after those of another.
      const from = node.op === "depthwise"
        ? Math.floor(i / (node.multiplier ?? 1))
        : node.op === "flatten"
        ? i % width
        : i;
      tie(i, input, from);
    }
  }
}
