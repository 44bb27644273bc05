import {
  type Graph,
  inferShapes,
  inputShapes,
  type OpName,
  paramsOf,
  rulesOf,
  type Shape,
} from "../graph/mod.ts";
import { sizeOf } from "../graph/ops/rules.ts";

/** What one node costs. */
export interface NodeCost {
  /** The node. */
  readonly name: string;
  /** Its op. */
  readonly op: OpName;
  /** The shape of its value, without the batch. */
  readonly shape: Shape;
  /** Trained numbers. */
  readonly params: number;
  /** Multiply-accumulates for one sample. */
  readonly macs: number;
}

/** What a graph costs. Every number in it can be constrained by name in a search. */
export interface Costs {
  /** Trained numbers: filters, weights, biases, batch-norm scales and shifts. */
  readonly params: number;
  /** Multiply-accumulates for one sample (papers often call them FLOPs; one MAC is two). */
  readonly macs: number;
  /** The same, node by node. */
  readonly nodes: readonly NodeCost[];
}

/** How to count. */
export interface CostOptions {
  /** Whether each addition of a bias counts as one MAC, as NAS-Bench-201 counts; `true` when absent. */
  readonly countBias?: boolean;
}

/**
 * Counts what a graph costs, from the graph alone.
 *
 * Convolutions and linear layers count; activations, pooling, normalisation and sums are free, and
 * padded pixels count as work, which is the convention of NAS-Bench-201 (Dong & Yang 2020) and most
 * of the literature.
 *
 * @throws {GraphError} When the graph is not valid.
 *
 * @example
 * ```ts
 * import { cost, nasBench201 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201();
 * const { params, macs } = cost(space.lower(space.fromChoices([3, 3, 3, 3, 3, 3])));
 * assertEquals([params, macs], [1_531_546, 220_119_690]);
 * ```
 */
export function cost(graph: Graph, { countBias = true }: CostOptions = {}): Costs {
  const shapes = inferShapes(graph);
  const nodes = graph.nodes.map((node): NodeCost => {
    const inputs = inputShapes(node, shapes);
    const shape = shapes.get(node.name) as Shape;
    const arrays = paramsOf(node, inputs);
    const hasBias = arrays.some(({ name }) => name === "bias");
    return {
      name: node.name,
      op: node.op,
      shape,
      params: arrays.reduce((sum, array) => sum + sizeOf(array.shape), 0),
      macs: (rulesOf(node).macs?.(node, inputs, shape) ?? 0) +
        (countBias && hasBias ? sizeOf(shape) : 0),
    };
  });
  return {
    params: nodes.reduce((sum, node) => sum + node.params, 0),
    macs: nodes.reduce((sum, node) => sum + node.macs, 0),
    nodes,
  };
}
