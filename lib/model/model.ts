import type { Rng } from "../engine/rng.ts";
import type { Tensor, Tensor1D, Tensor4D, Variable } from "../engine/tensor.ts";
import { tf } from "../engine/tf.ts";
import { type Graph, inferShapes, inputShapes, paramsOf, type Shape } from "../graph/mod.ts";
import { forward } from "./forward.ts";
import { type Init, initialValues } from "./init.ts";

/**
 * The gates of choices, by the choice: what the inputs of its `mixed` nodes are multiplied by, in order. The
 * gates of a choice that is left out are all 1 by their number.
 */
export type Gates = ReadonlyMap<string, ArrayLike<number>>;

/** How to run a model. */
export interface ForwardOptions {
  /** The gates of `mixed` nodes; as tensors `[inputs]` they can be differentiated by. */
  readonly gates?: ReadonlyMap<string, ArrayLike<number> | Tensor1D>;
  /**
   * Where batch norm takes its mean and variance from: the batch (`"batch"`), or the averages kept
   * while training (`"running"`, the default).
   */
  readonly statistics?: "batch" | "running";
  /** Whether the running averages take in this batch's statistics; `false` when absent. */
  readonly updateStatistics?: boolean;
  /** Sees the value of every node; it must not dispose of or keep the tensor (`tf.keep` a clone). */
  readonly tap?: (node: string, value: Tensor) => void;
}

/** A graph with weights. Owns its variables: `dispose` frees them. */
export interface Model {
  /** The network. */
  readonly graph: Graph;
  /** The shape of every node's value, without the batch. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** The trained arrays by name, `node.weight` and so on, in the order of the nodes. */
  readonly params: ReadonlyMap<string, Variable>;
  /** The running statistics of batch norms by name, `node.mean` and `node.variance`. */
  readonly statistics: ReadonlyMap<string, Variable>;
  /**
   * Runs the network: images `[batch, height, width, channels]` to the output node's value, for a
   * classifier the logits `[batch, classes]`. The caller owns the result.
   */
  forward(images: Tensor4D, options?: ForwardOptions): Tensor;
  /** Frees the variables. Calling it again does nothing. */
  dispose(): void;
}

/** How to build a model. */
export interface BuildOptions {
  /** Determines the starting weights; each array has a stream of its own, named after it. */
  readonly rng: Rng;
  /** How weights start; `"heNormal"` when absent. */
  readonly init?: Init;
}

/**
 * Gives a graph weights.
 *
 * @throws {GraphError} When the graph is not valid.
 *
 * @example
 * ```ts
 * import { buildModel, createRng, nasBench201, tf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const model = buildModel(space.lower(space.sample(createRng("a"))), { rng: createRng("b") });
 * const logits = tf.tidy(() => model.forward(tf.ones([2, 8, 8, 3])));
 * assertEquals(logits.shape, [2, 10]);
 * logits.dispose();
 * model.dispose();
 * ```
 */
export function buildModel(graph: Graph, { rng, init = "heNormal" }: BuildOptions): Model {
  return modelFrom(graph, (name, spec) => initialValues(spec, init, rng.split(name)));
}

/** Makes a model whose arrays' values come from a function; statistics start at mean 0, variance 1. */
export function modelFrom(
  graph: Graph,
  values: (name: string, spec: ReturnType<typeof paramsOf>[number]) => Float32Array,
): Model {
  const shapes = inferShapes(graph);
  const params = new Map<string, Variable>();
  const statistics = new Map<string, Variable>();
  const variable = (data: Float32Array, shape: readonly number[], trainable: boolean) =>
    tf.tidy(() => tf.variable(tf.tensor(data, [...shape]), trainable));
  let disposed = false;
  const dispose = () => {
    if (disposed) return;
    disposed = true;
    for (const each of [...params.values(), ...statistics.values()]) each.dispose();
  };
  try {
    for (const node of graph.nodes) {
      const inputs = inputShapes(node, shapes);
      for (const spec of paramsOf(node, inputs)) {
        const name = `${node.name}.${spec.name}`;
        params.set(name, variable(values(name, spec), spec.shape, true));
      }
      if (node.op === "batchNorm") {
        const channels = inputs[0]?.at(-1) as number;
        statistics.set(
          `${node.name}.mean`,
          variable(new Float32Array(channels), [channels], false),
        );
        const ones = new Float32Array(channels).fill(1);
        statistics.set(`${node.name}.variance`, variable(ones, [channels], false));
      }
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    graph,
    shapes,
    params,
    statistics,
    dispose,
    forward: (images, options = {}) => {
      if (disposed) throw new TypeError("Cannot run the model: it was disposed of");
      return forward({ graph, shapes, params, statistics }, images, options);
    },
  };
}
