import { floatsAt } from "../../engine/heap.ts";
import type { Graph, GraphNode, Shape } from "../../graph/mod.ts";
import { liveNodes, sourcesOf } from "../../model/plan/live_nodes.ts";
import { activateFlow } from "./activations.ts";
import { Buffers } from "./buffers.ts";
import {
  addFlows,
  concatFlows,
  constantFlow,
  derivativeOf,
  type Flow,
  meanOfFlows,
  multiplyFlows,
  type Outcome,
} from "./flow.ts";
import { averageFlow, enlargeFlow, maximumFlow, meanFlow, weighFlow } from "./windows.ts";

/** A network whose weights and biases are taken for their absolute values. */
export interface PositiveNetwork {
  /** The network. Its batch norms are passed over. */
  readonly graph: Graph;
  /** The shape of every node's value, without the batch. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Its weights and biases, by name, of whatever sign. */
  readonly params: ReadonlyMap<string, Float32Array>;
}

/** A number over a power of two. */
export interface Scaled {
  /** To be multiplied by 2 to the exponent. */
  readonly value: number;
  /** The power of two; -Infinity of 0. */
  readonly exponent: number;
}

/**
 * How the sum R of a network's output on an image of ones changes with the logarithm of a common factor of
 * all weights (not biases): which is the sum over all weights of w dR/dw. One pass forward finds it.
 */
export function weightFlow({ graph, shapes, params }: PositiveNetwork): Scaled {
  const buffers = new Buffers(), flows = new Map<string, Flow>();
  try {
    const nodes = liveNodes(graph), readers = countReaders(nodes);
    for (const node of nodes) {
      const inputs = sourcesOf(node).map((name) => flows.get(name) as Flow);
      const shape = shapes.get(node.name) as Shape;
      const flow = runNode(node, inputs, { shape, params, buffers });
      flows.set(node.name, flow);
      flow.pair.readers += readers.get(node.name) ?? 0;
      for (const { pair } of inputs) if (--pair.readers === 0) buffers.giveBack(pair);
    }
    const output = flows.get(graph.output) as Flow, { address, size } = derivativeOf(output);
    const value = floatsAt(address, size).reduce((sum, part) => sum + part, 0);
    return { value, exponent: output.exponent };
  } finally {
    buffers.free();
  }
}

/** How often each node's value is read. */
function countReaders(nodes: readonly GraphNode[]): Map<string, number> {
  const readers = new Map<string, number>();
  for (const name of nodes.flatMap(sourcesOf)) readers.set(name, (readers.get(name) ?? 0) + 1);
  return readers;
}

function runNode(
  node: GraphNode,
  inputs: readonly Flow[],
  { params, ...outcome }: Pick<PositiveNetwork, "params"> & Outcome,
): Flow {
  const flow = inputs[0] as Flow, { shape, buffers } = outcome;
  switch (node.op) {
    case "input":
      return constantFlow(outcome, () => 1);
    case "zero":
      return constantFlow(outcome, () => 0);
    case "conv":
    case "depthwise":
    case "linear": {
      const weight = params.get(`${node.name}.weight`) as Float32Array;
      const bias = params.get(`${node.name}.bias`);
      const weighed = weighFlow(node, flow, { weight, ...outcome });
      if (bias === undefined) return weighed;
      const shift = constantFlow(outcome, (i) => Math.abs(bias[i % bias.length] as number));
      const shifted = addFlows([weighed, shift], buffers);
      for (const { pair } of [weighed, shift]) buffers.giveBack(pair);
      return shifted;
    }
    case "relu":
    case "relu6":
    case "hswish":
    case "swish":
    case "sigmoid":
    case "hsigmoid":
    case "tanh":
      return activateFlow(flow, node.op, buffers);
    case "batchNorm":
    case "identity":
      return flow;
    case "flatten":
      return { ...flow, shape };
    case "avgPool":
      return averageFlow(node, flow, outcome);
    case "maxPool":
      return maximumFlow(node, flow, outcome);
    case "globalAvgPool":
      return meanFlow(flow, outcome);
    case "upsample":
      return enlargeFlow(node, flow, outcome);
    case "add":
      return addFlows(inputs, buffers);
    case "mixed":
      return meanOfFlows(inputs, buffers);
    case "multiply":
      return multiplyFlows(inputs, buffers);
    case "concat":
      return concatFlows(inputs, outcome);
    default:
      return node satisfies never;
  }
}
