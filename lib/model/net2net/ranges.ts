import type { Graph, GraphNode, OpName } from "../../graph/mod.ts";
import { once } from "./once.ts";

/** The least and the greatest value that a node can have, whatever the images and weights are. */
export type Range = readonly [least: number, most: number];

const everything: Range = [-Infinity, Infinity];

/** What each activation makes of all numbers. */
const images: { readonly [K in OpName]?: Range } = {
  relu: [0, Infinity],
  relu6: [0, 6],
  hswish: [-0.375, Infinity],
  swish: [-0.2785, Infinity],
  sigmoid: [0, 1],
  hsigmoid: [0, 1],
  tanh: [-1, 1],
};

/** The ranges of all nodes, from the graph alone. */
export const rangesOf: (graph: Graph) => ReadonlyMap<string, Range> = once(findRanges);

function findRanges(graph: Graph): Map<string, Range> {
  const ranges = new Map<string, Range>();
  for (const node of graph.nodes) {
    ranges.set(
      node.name,
      rangeOf(node, node.inputs.map((name) => ranges.get(name) as Range)),
    );
  }
  return ranges;
}

function rangeOf(node: GraphNode, inputs: readonly Range[]): Range {
  const first = inputs[0] ?? everything;
  switch (node.op) {
    case "relu":
      return [Math.max(first[0], 0), Math.max(first[1], 0)];
    case "relu6":
      return [Math.min(Math.max(first[0], 0), 6), Math.min(Math.max(first[1], 0), 6)];
    case "avgPool":
    case "maxPool":
    case "globalAvgPool":
    case "upsample":
    case "flatten":
    case "identity":
      return first;
    case "zero":
      return [0, 0];
    case "add":
      return [
        inputs.reduce((sum, [least]) => sum + least, 0),
        inputs.reduce((sum, [, most]) => sum + most, 0),
      ];
    case "concat":
      return [
        Math.min(...inputs.map(([least]) => least)),
        Math.max(...inputs.map(([, most]) => most)),
      ];
    case "multiply":
      return inputs.every(([least]) => least >= 0)
        ? [
          0,
          inputs.some(([, most]) => most === 0) ? 0 : inputs.reduce((by, [, most]) => by * most, 1),
        ]
        : everything;
    default:
      return images[node.op] ?? everything;
  }
}
