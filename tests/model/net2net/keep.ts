import { createRng, type Rng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import type { Graph } from "naskit/graph/mod.ts";
import { buildModel, modelWith, type Weights, weightsOf } from "naskit/model/mod.ts";
import { runReference, type Value } from "../../support/reference_graph.ts";

/** Weights as after some training: batch norms, biases and running statistics of all values. */
export function lively(graph: Graph, rng: Rng): Map<string, Float32Array> {
  const model = buildModel(graph, { rng: rng.split("weights") });
  const weights = weightsOf(model);
  model.dispose();
  const draw = rng.split("others");
  for (const [name, values] of weights) {
    const array = name.slice(name.lastIndexOf(".") + 1);
    if (array === "weight") continue;
    const middle = array === "gamma" || array === "variance" ? 1 : 0;
    const spread = array === "variance" ? 0.5 : 0.3;
    weights.set(name, values.map(() => middle + spread * (2 * draw() - 1)));
  }
  return weights;
}

/** Images for a graph, normal numbers. */
export function imagesFor(graph: Graph, count: number, seed: string): Float32Array {
  const shape = imageShape(graph);
  const rng = createRng(seed);
  const size = count * shape.reduce((a, b) => a * b, 1);
  return Float32Array.from({ length: size }, () => rng.normal());
}

/** Which statistics batch norms run by. */
export type Statistics = "batch" | "running";

/** What a graph gives on tfjs. */
export function outputs(
  graph: Graph,
  { statistics, ...run }: {
    readonly weights: Weights;
    readonly images: Float32Array;
    readonly count: number;
    readonly statistics: Statistics;
  },
): Float32Array {
  return outputsBy(graph, { ...run, statistics: [statistics] })[0] as Float32Array;
}

/** The same by several statistics in turn. */
export function outputsBy(
  graph: Graph,
  { weights, images, count, statistics }: {
    readonly weights: Weights;
    readonly images: Float32Array;
    readonly count: number;
    readonly statistics: readonly Statistics[];
  },
): Float32Array[] {
  const model = modelWith(graph, weights);
  try {
    const shape = imageShape(graph);
    return tf.tidy(() => {
      const x = tf.tensor4d(images, [count, ...shape]);
      return statistics.map((statistics) =>
        model.forward(x, { statistics }).dataSync().slice() as Float32Array
      );
    });
  } finally {
    model.dispose();
  }
}

/** What a graph gives by plain loops in double precision, by the batch's statistics. */
export function referenceOutputs(
  graph: Graph,
  weights: Weights,
  { images, count }: { readonly images: Float32Array; readonly count: number },
): Float64Array {
  const model = modelWith(graph, weights);
  const params = new Map<string, Value>(
    [...model.params].map(([name, { shape }]) => [
      name,
      { shape, data: Float64Array.from(weights.get(name) as Float32Array) },
    ]),
  );
  model.dispose();
  const shape = imageShape(graph);
  const x = { shape: [count, ...shape], data: Float64Array.from(images) };
  return runReference(graph, params, x).data;
}

/** The largest difference, as a share of the largest value. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let most = 0, scale = 1e-30;
  for (let i = 0; i < a.length; i++) {
    most = Math.max(most, Math.abs((a[i] as number) - (b[i] as number)));
    scale = Math.max(scale, Math.abs(a[i] as number));
  }
  return most / scale;
}

function imageShape({ nodes: [input] }: Graph): readonly [number, number, number] {
  if (input?.op !== "input") throw new Error("The graph does not begin with its input");
  return input.shape;
}
