import type { Graph, GraphNode, Shape } from "../../graph/mod.ts";
import { liveNodes } from "../../model/mod.ts";
import { addFlows, concatFlows, constantFlow, type Flow, multiplyFlows } from "./flow.ts";
import { activateFlow } from "./activations.ts";
import { averageFlow, enlargeFlow, maximumFlow, meanFlow, weighFlow } from "./windows.ts";

/** A network with weights that are not negative. */
export interface PositiveNetwork {
  /** The network. Its batch norms are passed over. */
  readonly graph: Graph;
  /** The shape of every node's value, without the batch. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** The absolute values of its weights and biases, by name. */
  readonly params: ReadonlyMap<string, Float32Array>;
}

/**
 * The output of a network on an image of ones, and its derivative by the logarithm of a common factor of
 * all weights (not biases): which is the sum over all weights of w dR/dw where R is the output's sum. One
 * pass forward finds both.
 */
export function weightFlow({ graph, shapes, params }: PositiveNetwork): Flow {
  const flows = new Map<string, Flow>();
  for (const node of liveNodes(graph)) {
    // What stands before a zero is not run.
    const inputs = node.inputs.flatMap((name) => flows.get(name) ?? []);
    flows.set(node.name, runNode(node, inputs, { shape: shapes.get(node.name) as Shape, params }));
  }
  return flows.get(graph.output) as Flow;
}

function runNode(
  node: GraphNode,
  inputs: readonly Flow[],
  { shape, params }: Pick<PositiveNetwork, "params"> & { readonly shape: Shape },
): Flow {
  const flow = inputs[0] as Flow;
  switch (node.op) {
    case "input":
      return constantFlow(shape, () => 1);
    case "zero":
      return constantFlow(shape, () => 0);
    case "conv":
    case "depthwise":
    case "linear": {
      const weight = params.get(`${node.name}.weight`) as Float32Array;
      const bias = params.get(`${node.name}.bias`);
      const weighed = weighFlow(node, flow, { weight, shape });
      if (bias === undefined) return weighed;
      return addFlows([weighed, constantFlow(shape, (i) => bias[i % bias.length] as number)]);
    }
    case "relu":
    case "relu6":
    case "hswish":
    case "swish":
    case "sigmoid":
    case "hsigmoid":
    case "tanh":
      return activateFlow(flow, node.op);
    case "batchNorm":
    case "identity":
      return flow;
    case "flatten":
      return { ...flow, shape };
    case "avgPool":
      return averageFlow(node, flow, shape);
    case "maxPool":
      return maximumFlow(node, flow, shape);
    case "globalAvgPool":
      return meanFlow(flow);
    case "upsample":
      return enlargeFlow(node, flow, shape);
    case "add":
      return addFlows(inputs);
    case "multiply":
      return inputs.reduce(multiplyFlows);
    case "concat":
      return concatFlows(inputs, shape);
    default:
      return node satisfies never;
  }
}
