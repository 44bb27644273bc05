import type { Graph, GraphNode, Shape } from "./graph.ts";
import { rulesOf } from "./ops/table.ts";

/** A graph that makes no sense, with the node where it stops making sense. */
export class GraphError extends RangeError {
  /** The node's name. */
  readonly node: string;

  /** Names the node in front of the reason. */
  constructor(node: string, op: string, reason: string) {
    super(`Graph is not valid at node "${node}" (${op}): ${reason}`);
    this.name = "GraphError";
    this.node = node;
  }
}

/**
 * The shape of every node's value, without the batch: `[height, width, channels]` or `[features]`.
 *
 * Checks the whole graph on the way: one input node, unique names, inputs that exist and stand
 * before their reader, the right number of them, shapes that fit, as many inputs at all nodes of a choice, an output that exists.
 *
 * @throws {GraphError} Naming the first node that is wrong.
 *
 * @example
 * ```ts
 * import { type Graph, inferShapes } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const graph: Graph = {
 *   nodes: [
 *     { name: "x", inputs: [], op: "input", shape: [16, 16, 1] },
 *     { name: "conv", inputs: ["x"], op: "conv", kernel: 3, channels: 8, stride: 2 },
 *   ],
 *   output: "conv",
 * };
 * assertEquals(inferShapes(graph).get("conv"), [8, 8, 8]);
 * ```
 */
export function inferShapes(graph: Graph): Map<string, Shape> {
  const shapes = new Map<string, Shape>(), choices = new Map<string, number>();
  graph.nodes.forEach((node, index) => {
    const fail = (reason: string): never => {
      throw new GraphError(node.name, node.op, reason);
    };
    if (shapes.has(node.name)) fail("another node has this name");
    if ((node.op === "input") !== (index === 0)) fail("the first node, and only it, is the input");
    shapes.set(node.name, inferNode(node, shapes, fail));
    if (node.op !== "mixed") return;
    const { choice, inputs: { length } } = node, options = choices.get(choice) ?? length;
    if (length !== options) {
      fail(`choice "${choice}" has ${options} inputs at another node, got ${length}`);
    }
    choices.set(choice, length);
  });
  if (!shapes.has(graph.output)) {
    throw new GraphError(graph.output, "output", "no node has this name");
  }
  return shapes;
}

function inferNode(
  node: GraphNode,
  shapes: ReadonlyMap<string, Shape>,
  fail: (reason: string) => never,
): Shape {
  const inputs = node.inputs.map((name) =>
    shapes.get(name) ?? fail(`input "${name}" is not a node before it`)
  );
  try {
    const rules = rulesOf(node);
    const [least, most] = rules.arity;
    if (inputs.length < least || inputs.length > most) {
      const range = least === most
        ? `${least}`
        : most === Infinity
        ? `${least} or more`
        : `${most}`;
      return fail(`takes ${range} inputs, got ${inputs.length}`);
    }
    return rules.shape(node, inputs);
  } catch (error) {
    if (error instanceof GraphError || !(error instanceof RangeError)) throw error;
    return fail(error.message);
  }
}

/** The shapes that a node reads. */
export function inputShapes(node: GraphNode, shapes: ReadonlyMap<string, Shape>): Shape[] {
  return node.inputs.map((name) => shapes.get(name) as Shape);
}
