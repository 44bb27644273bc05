import type { Graph, GraphNode } from "./graph.ts";
import { inferShapes } from "./infer.ts";
import type { Op } from "./op.ts";

/**
 * Writes a graph node by node.
 *
 * @example A tiny classifier
 * ```ts
 * import { GraphBuilder, inferShapes } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([16, 16, 1]);
 * let x = net.add("conv", { op: "conv", kernel: 3, channels: 8 }, net.input);
 * x = net.add("pool", { op: "globalAvgPool" }, x);
 * x = net.add("head", { op: "linear", features: 10 }, x);
 * assertEquals(inferShapes(net.build(x)).get("head"), [10]);
 * ```
 */
export class GraphBuilder {
  /** The name of the input node. */
  readonly input = "input";
  readonly #nodes: GraphNode[];

  /** Starts with the input node; `shape` is `[height, width, channels]`. */
  constructor(shape: readonly [height: number, width: number, channels: number]) {
    this.#nodes = [{ name: this.input, inputs: [], op: "input", shape }];
  }

  /** Adds a node and returns its name, for the nodes that read it. */
  add(name: string, op: Op, ...inputs: string[]): string {
    this.#nodes.push({ ...op, name, inputs });
    return name;
  }

  /** Adds the sum of the inputs; a single input is its own sum and adds no node. */
  sum(name: string, inputs: readonly string[]): string {
    return inputs.length === 1 ? inputs[0] as string : this.add(name, { op: "add" }, ...inputs);
  }

  /** The finished graph. Throws a `GraphError` when it is not valid. */
  build(output: string): Graph {
    const graph: Graph = { nodes: this.#nodes, output };
    inferShapes(graph);
    return graph;
  }
}
