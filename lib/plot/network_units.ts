import type { Graph, GraphNode, Shape } from "../graph/graph.ts";
import { inferShapes } from "../graph/infer.ts";
import { formatShape } from "../graph/ops/rules.ts";
import { labelOf } from "../graph/ops/table.ts";
import type { OpName } from "../graph/op.ts";

/** What is drawn as one box: a node, or a chain of nodes. */
export interface NetworkBox {
  /** The index of its first node in the graph; unique. */
  readonly id: number;
  /** The op that stands for it. */
  readonly op: OpName;
  /** What is written in it. */
  readonly title: string;
  /** A second, smaller line; may be empty. */
  readonly detail: string;
  /** Its nodes one by one with their shapes, for the pointer. */
  readonly nodes: readonly string[];
  /** The ids of the boxes it reads. */
  readonly inputs: readonly number[];
}

/** Boxes that are placed together, and how often the network has them in a row. */
export interface NetworkUnit {
  /** The boxes, in topological order. */
  readonly boxes: readonly NetworkBox[];
  /** 1, or the number of equal parts of which only the first is drawn. */
  readonly times: number;
}

const LIGHT: ReadonlySet<OpName> = new Set([
  "batchNorm",
  "relu",
  "relu6",
  "hswish",
  "swish",
  "sigmoid",
  "hsigmoid",
  "tanh",
]);

const SHORT: { readonly [op in OpName]?: string } = {
  batchNorm: "BN",
  relu: "ReLU",
  relu6: "ReLU6",
};

/**
 * Cuts a network into units that follow one another: nothing reaches past a cut.
 *
 * @param blocks Whether equal units in a row become one, and chains such as convolution,
 * normalisation, activation become one box.
 */
export function unitsOf(graph: Graph, blocks: boolean): NetworkUnit[] {
  const shapes = inferShapes(graph);
  const segments = cut(graph);
  const groups = blocks ? groupRepeats(segments, graph, shapes) : segments.map((segment) => ({
    nodes: segment,
    times: 1,
  }));
  // The last node of a group that is drawn once stands for the last of all its repeats.
  const standIn = new Map<number, number>();
  let position = 0;
  for (const { nodes, times } of groups) {
    position += nodes.length * times;
    standIn.set(position - 1, nodes.at(-1)!);
  }
  const indexOf = new Map(graph.nodes.map((node, i) => [node.name, i]));
  const readsOf = (index: number): number[] =>
    graph.nodes[index]!.inputs.map((name) => {
      const input = indexOf.get(name)!;
      return standIn.get(input) ?? input;
    });

  const readers = new Map<number, number>();
  for (const { nodes } of groups) {
    for (const node of nodes) {
      for (const input of readsOf(node)) readers.set(input, (readers.get(input) ?? 0) + 1);
    }
  }
  // Chains of nodes by the group that their first node is in.
  const chains = groups.map((): number[][] => []);
  const home = new Map<number, { chain: number[]; group: number }>();
  groups.forEach(({ nodes, times }, group) => {
    for (const node of nodes) {
      const inputs = readsOf(node);
      const before = inputs.length === 1 ? home.get(inputs[0]!) : undefined;
      const near = before &&
        (before.group === group || (times === 1 && groups[before.group]!.times === 1));
      if (
        blocks && near && readers.get(inputs[0]!) === 1 &&
        joins(graph.nodes[node]!, before.chain.map((i) => graph.nodes[i]!))
      ) {
        before.chain.push(node);
        home.set(node, before);
      } else {
        const chain = [node];
        chains[group]!.push(chain);
        home.set(node, { chain, group });
      }
    }
  });
  const boxOf = (members: readonly number[]): NetworkBox => {
    const own = members.map((i) => graph.nodes[i]!);
    const main = own.find((node) => !LIGHT.has(node.op)) ?? own[0]!;
    const shapeOf = (node: GraphNode) => formatShape(shapes.get(node.name)!);
    return {
      id: members[0]!,
      op: main.op,
      title: main.op === "input" ? `input ${shapeOf(main)}` : shortLabel(main),
      detail: own.length === 1 ? "" : around(own, main),
      nodes: own.map((node) => `${node.name}: ${labelOf(node)} → ${shapeOf(node)}`),
      inputs: [...new Set(readsOf(members[0]!).map((input) => home.get(input)!.chain[0]!))],
    };
  };
  return groups.map(({ times }, group) => ({ boxes: chains[group]!.map(boxOf), times }))
    .filter((unit) => unit.boxes.length > 0);
}

/** The light ops of a chain in order; a mark stands for the main one unless it is the first. */
function around(chain: readonly GraphNode[], main: GraphNode): string {
  const names = chain.map((node) => node === main ? "…" : shortLabel(node));
  return (chain[0] === main ? names.slice(1) : names).join(", ");
}

function shortLabel(node: GraphNode): string {
  return SHORT[node.op] ?? labelOf(node);
}

/** A chain has one op that does the work, at any place, and the light ones around it. */
function joins(node: GraphNode, chain: readonly GraphNode[]): boolean {
  if (chain[0]!.op === "input") return false;
  return LIGHT.has(node.op) ||
    (node.op !== "identity" && chain.every((other) => LIGHT.has(other.op)));
}

/** Indices of nodes, cut after each node past which no edge reaches. */
function cut(graph: Graph): number[][] {
  const indexOf = new Map(graph.nodes.map((node, i) => [node.name, i]));
  const lastReader = graph.nodes.map((_, i) => i);
  graph.nodes.forEach((node, i) => {
    for (const name of node.inputs) lastReader[indexOf.get(name)!] = i;
  });
  const segments: number[][] = [];
  let segment: number[] = [];
  let reach = 0;
  lastReader.forEach((reader, i) => {
    segment.push(i);
    if (reach <= i) {
      segments.push(segment);
      segment = [];
    }
    reach = Math.max(reach, reader);
  });
  if (segment.length > 0) segments.push(segment);
  return segments;
}

interface Group {
  readonly nodes: readonly number[];
  readonly times: number;
}

/** Finds runs of equal segments, or of equal sequences of segments; the run that saves most wins. */
function groupRepeats(
  segments: readonly number[][],
  graph: Graph,
  shapes: ReadonlyMap<string, Shape>,
): Group[] {
  const signs = segments.map((segment) => signature(segment, graph, shapes));
  const groups: Group[] = [];
  for (let i = 0; i < segments.length;) {
    let best = { period: 1, times: 1, saved: 2 };
    for (let period = 1; 2 * period <= segments.length - i && period <= 24; period++) {
      let times = 1;
      const same = (k: number) => signs[i + k] === signs[i + k + times * period];
      while (
        i + (times + 1) * period <= segments.length &&
        Array.from({ length: period }, (_, k) => k).every(same)
      ) times++;
      const size = segments.slice(i, i + period).flat().length;
      if ((times - 1) * size > best.saved) best = { period, times, saved: (times - 1) * size };
    }
    groups.push({ nodes: segments.slice(i, i + best.period).flat(), times: best.times });
    i += best.period * best.times;
  }
  return groups;
}

/** What a segment computes: its ops with their shapes, and which of the nodes before each it reads. */
function signature(
  segment: readonly number[],
  graph: Graph,
  shapes: ReadonlyMap<string, Shape>,
): string {
  const placeOf = new Map(segment.map((index, place) => [graph.nodes[index]!.name, place]));
  return JSON.stringify(segment.map((index) => {
    const { name, inputs, ...op } = graph.nodes[index]!;
    return [op, shapes.get(name), inputs.map((input) => placeOf.get(input) ?? -1)];
  }));
}
