import { tf } from "../engine/tf.ts";
import type { Graph, GraphNode } from "../graph/mod.ts";
import { modelWith, type Weights } from "../model/mod.ts";
import type { NeuronsDrawing } from "./draw_neurons.ts";

/** What {@linkcode neuronsOf} makes a drawing of. */
export interface NeuronsOfOptions {
  /** A chain of linear layers without biases, each with or without an activation behind it. */
  readonly graph: Graph;
  /** Its weights. */
  readonly weights: Weights;
  /** What goes in, a number for each unit of the first layer. */
  readonly input: readonly number[];
  /** The names of the units, layer by layer, the input's first. */
  readonly units: readonly (readonly string[])[];
  /** Units whose names begin so share a colour; all are grey when absent. */
  readonly group?: string;
}

/**
 * A small network of linear layers as {@linkcode drawNeurons} draws it, with what each unit gives for an
 * input: behind its activation, where it has one.
 *
 * @param name What stands above it, followed by what it gives.
 * @param options Network, weights, input, names of the units.
 * @throws {RangeError} When the graph is no such chain, or there is not a name for each unit.
 *
 * @example
 * ```ts
 * import { GraphBuilder, neuronsOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([1, 1, 2]);
 * net.add("x", { op: "flatten" }, net.input);
 * const graph = net.build(net.add("y", { op: "linear", features: 1, bias: false }, "x"));
 * const drawing = neuronsOf("a sum", {
 *   graph,
 *   weights: new Map([["y.weight", new Float32Array([1, 0.5])]]),
 *   input: [2, 4],
 *   units: [["x1", "x2"], ["y"]],
 * });
 * assertEquals([drawing.name, drawing.weights], ["a sum: y = 4", [[[1], [0.5]]]]);
 * ```
 */
export function neuronsOf(name: string, options: NeuronsOfOptions): NeuronsDrawing {
  const { graph, weights, input, units, group } = options;
  const ends = layerEnds(graph);
  const values = valuesOf(graph, weights, input);
  const layers = ends.map((node, l) => {
    const given = values.get(node) as readonly number[], names = units[l] ?? [];
    if (given.length !== names.length || ends.length !== units.length) {
      throw new RangeError(
        `Cannot make neurons: units[${l}] must have ${given.length} names, got ${names.length}`,
      );
    }
    return names.map((name, u) => ({
      name,
      value: given[u] as number,
      ...(group !== undefined && name.startsWith(group) ? { group } : {}),
    }));
  });
  const matrices = graph.nodes.filter(({ op }) => op === "linear").map(({ name }, l) => {
    const values = weights.get(`${name}.weight`) as Float32Array;
    const columns = units[l + 1]?.length as number;
    return (units[l] ?? []).map((_, row) =>
      Array.from(values.subarray(row * columns, (row + 1) * columns))
    );
  });
  const outputs = layers.at(-1)?.map(({ name, value }) => `${name} = ${value}`).join(", ");
  return { name: `${name}: ${outputs}`, layers, weights: matrices };
}

/** The last node of the input and of each linear layer. */
function layerEnds({ nodes }: Graph): string[] {
  const ends: string[] = [];
  nodes.forEach((node, i) => {
    if (!isPart(node) || i > 0 && node.inputs.join() !== nodes[i - 1]?.name) {
      throw new RangeError(
        `Cannot make neurons: graph must be a chain of linear layers without biases and of ` +
          `activations, got ${node.name} (${node.op})`,
      );
    }
    if (i === 0 || node.op === "linear") ends.push(node.name);
    else ends[ends.length - 1] = node.name;
  });
  return ends;
}

function isPart(node: GraphNode): boolean {
  const parts = ["input", "flatten", "relu", "relu6", "hswish", "swish", "sigmoid", "hsigmoid"];
  return node.op === "linear" ? node.bias === false : [...parts, "tanh"].includes(node.op);
}

function valuesOf(
  graph: Graph,
  weights: Weights,
  input: readonly number[],
): Map<string, readonly number[]> {
  const model = modelWith(graph, weights);
  const [height = 1, width = 1, channels = 1] = model.shapes.get(graph.nodes[0]?.name ?? "") ?? [];
  const values = new Map<string, readonly number[]>();
  try {
    tf.tidy(() => {
      model.forward(tf.tensor4d([...input], [1, height, width, channels]), {
        tap: (node, value) => values.set(node, Array.from(value.dataSync())),
      });
    });
  } finally {
    model.dispose();
  }
  return values;
}
