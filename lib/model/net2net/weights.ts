import { tf } from "../../engine/tf.ts";
import { type Graph, inputShapes, paramsOf } from "../../graph/mod.ts";
import { type Model, modelFrom } from "../model.ts";
import { once, shapesOf } from "./once.ts";

/**
 * The arrays of a network by name, as plain numbers: its trained ones, `node.weight` and so on, and the
 * running statistics of its batch norms, `node.mean` and `node.variance`.
 */
export type Weights = ReadonlyMap<string, Float32Array>;

/** An array of a graph. */
export interface ArraySpec {
  /** The node it belongs to. */
  readonly node: string;
  /** Its name within the node. */
  readonly array: "weight" | "bias" | "gamma" | "beta" | "mean" | "variance";
  /** Its shape. */
  readonly shape: readonly number[];
  /** Values that meet in one output, for initialisers; 0 for scales, shifts and statistics. */
  readonly fanIn: number;
}

/** All arrays of a graph by name, those of a node one after another, in the order of the nodes. */
export const arraysOf: (graph: Graph) => ReadonlyMap<string, ArraySpec> = once(findArrays);

function findArrays(graph: Graph): Map<string, ArraySpec> {
  const shapes = shapesOf(graph);
  const arrays = new Map<string, ArraySpec>();
  const add = (spec: ArraySpec) => arrays.set(`${spec.node}.${spec.array}`, spec);
  for (const node of graph.nodes) {
    const inputs = inputShapes(node, shapes);
    for (const { name, ...spec } of paramsOf(node, inputs)) {
      add({ ...spec, node: node.name, array: name });
    }
    if (node.op !== "batchNorm") continue;
    const shape = [inputs[0]?.at(-1) as number];
    for (const array of ["mean", "variance"] as const) {
      add({ node: node.name, array, shape, fanIn: 0 });
    }
  }
  return arrays;
}

/** Whether an array is a running statistic, which no optimiser moves. */
export function isStatistic({ array }: ArraySpec): boolean {
  return array === "mean" || array === "variance";
}

/** How many numbers an array holds. */
export function lengthOf({ shape }: ArraySpec): number {
  return shape.reduce((product, side) => product * side, 1);
}

/**
 * Copies a model's arrays.
 *
 * @example A copy of a model
 * ```ts
 * import { buildModel, createRng, modelWith, nasBench201, weightsOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8 });
 * const model = buildModel(space.lower(space.sample(createRng("a"))), { rng: createRng("b") });
 * const copy = modelWith(model.graph, weightsOf(model));
 * assertEquals(weightsOf(copy), weightsOf(model));
 * model.dispose();
 * copy.dispose();
 * ```
 */
export function weightsOf(model: Model): Map<string, Float32Array> {
  return new Map(
    [...model.params, ...model.statistics].map(([name, variable]) => [
      name,
      (variable.dataSync() as Float32Array).slice(),
    ]),
  );
}

/**
 * A graph with given weights. The caller owns the model.
 *
 * @throws {GraphError} When the graph is not valid.
 * @throws {RangeError} When an array of the graph is missing or has another length.
 */
export function modelWith(graph: Graph, weights: Weights): Model {
  checkWeights(graph, weights, "make a model");
  const model = modelFrom(graph, (name) => weights.get(name) as Float32Array);
  for (const [name, variable] of model.statistics) {
    tf.tidy(() => variable.assign(tf.tensor(weights.get(name) as Float32Array, variable.shape)));
  }
  return model;
}

/** Throws a `RangeError` unless every array of the graph is there in its length. */
export function checkWeights(
  graph: Graph,
  weights: Weights,
  task: string,
  needed: (spec: ArraySpec) => boolean = () => true,
): void {
  for (const [name, spec] of arraysOf(graph)) {
    const got = weights.get(name)?.length;
    if (!needed(spec) || got === lengthOf(spec)) continue;
    throw new RangeError(
      `Cannot ${task}: weights must hold "${name}" with ${lengthOf(spec)} numbers, got ${
        got ?? "none"
      }`,
    );
  }
}
