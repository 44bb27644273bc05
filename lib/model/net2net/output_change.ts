import type { Tensor4D } from "../../engine/tensor.ts";
import { tf } from "../../engine/tf.ts";
import type { Graph } from "../../graph/mod.ts";
import type { ForwardOptions } from "../model.ts";
import type { Morphism } from "./morphism.ts";
import { modelWith, type Weights } from "./weights.ts";

/**
 * How far the outputs of a child are from its parent's: the largest difference, as a share of the parent's
 * largest output. Rounding alone makes it some units of 2⁻²⁴; a change that does not keep what a network
 * computes makes it far more.
 *
 * @param morphism The change.
 * @param weights The parent's weights.
 * @param images `[batch, height, width, channels]`.
 * @param options By which statistics batch norms run; the running ones when absent.
 * @returns 0 where no bit is different; `Infinity` where the parent gives nothing but zeros and the child does
 * not.
 * @throws {RangeError} When an array of the parent is missing or has another length.
 *
 * @example
 * ```ts
 * import { createRng, GraphBuilder, outputChange, tf, widen } from "naskit";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([1, 1, 1]);
 * net.add("x", { op: "flatten" }, net.input);
 * net.add("hidden", { op: "linear", features: 2, bias: false }, "x");
 * const graph = net.build(net.add("y", { op: "linear", features: 1, bias: false }, "hidden"));
 * const weights = new Map([
 *   ["hidden.weight", new Float32Array([1, 2])],
 *   ["y.weight", new Float32Array([3, 4])],
 * ]);
 * const options = { node: "hidden", channels: 3, rng: createRng("copies") };
 * const images = tf.tensor4d([5], [1, 1, 1, 1]);
 * assertEquals(outputChange(widen(graph, options), weights, images), 0);
 * assert(outputChange(widen(graph, { ...options, noise: 0.5 }), weights, images) > 0.01);
 * images.dispose();
 * ```
 */
export function outputChange(
  morphism: Morphism,
  weights: Weights,
  images: Tensor4D,
  { statistics = "running" }: Pick<ForwardOptions, "statistics"> = {},
): number {
  const before = outputsOf(morphism.parent, weights, images, statistics);
  const after = outputsOf(morphism.graph, morphism.inherit(weights), images, statistics);
  let difference = 0, largest = 0;
  before.forEach((value, i) => {
    difference = Math.max(difference, Math.abs(value - (after[i] as number)));
    largest = Math.max(largest, Math.abs(value));
  });
  return difference === 0 ? 0 : difference / largest;
}

function outputsOf(
  graph: Graph,
  weights: Weights,
  images: Tensor4D,
  statistics: "batch" | "running",
): Float32Array {
  const model = modelWith(graph, weights);
  try {
    return tf.tidy(() => model.forward(images, { statistics }).dataSync() as Float32Array);
  } finally {
    model.dispose();
  }
}
