import type { Tensor4D } from "../../engine/tensor.ts";
import { tf } from "../../engine/tf.ts";
import type { Model } from "../model.ts";
import { measureChannels } from "./measure_channels.ts";

/**
 * Makes batch norms return what they read by a batch's statistics as well as by their running ones: their
 * mean and variance, and so their scale and shift, become those of what they read on the given images.
 * For batch norms in layers that were inserted (`unsettled` of a {@linkcode Morphism}), before training.
 *
 * @param model The model, changed in place.
 * @param nodes Its batch norms, with scale and shift, in any order.
 * @param images `[batch, height, width, channels]`, the more the better they stand for all.
 * @throws {RangeError} When a node is not a batch norm of the model with scale and shift.
 *
 * @example
 * ```ts
 * import { createRng, deepen, GraphBuilder, modelWith, settleBatchNorms, tf } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([1, 1, 1]);
 * const graph = net.build(net.add("relu", { op: "relu" }, net.input));
 * const deeper = deepen(graph, { after: "relu", batchNorm: true });
 * const model = modelWith(deeper.graph, deeper.inherit(new Map()));
 * const images = tf.tensor4d([1, 5], [2, 1, 1, 1]);
 * settleBatchNorms(model, deeper.unsettled, images);
 * const values = tf.tidy(() => model.forward(images, { statistics: "batch" }).dataSync());
 * assertAlmostEquals(values[1]!, 5, 1e-5);
 * images.dispose();
 * model.dispose();
 * ```
 */
export function settleBatchNorms(model: Model, nodes: readonly string[], images: Tensor4D): void {
  const wanted = new Set(nodes);
  const norms = model.graph.nodes.filter(({ name }) => wanted.delete(name));
  const other = [...wanted][0] ??
    norms.find(({ name }) => !model.params.has(`${name}.gamma`))?.name;
  if (other !== undefined) {
    throw new RangeError(
      `Cannot settle batch norms: nodes must be batch norms with scale and shift, got "${other}"`,
    );
  }
  // In the order of the network: what the later ones read depends on the earlier ones.
  for (const node of norms) {
    const { name } = node;
    const { epsilon = 1e-5 } = node as Extract<typeof node, { op: "batchNorm" }>;
    const { mean, variance } = measureChannels(model, images, { node: node.inputs[0] as string });
    const assign = (array: string, values: Float32Array) =>
      tf.tidy(() =>
        (model.params.get(`${name}.${array}`) ?? model.statistics.get(`${name}.${array}`))
          ?.assign(tf.tensor1d(values))
      );
    assign("mean", mean);
    assign("variance", variance);
    assign("beta", mean);
    assign("gamma", variance.map((v) => Math.sqrt(v + epsilon)));
  }
}
