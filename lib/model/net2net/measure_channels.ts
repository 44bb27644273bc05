import type { Tensor4D } from "../../engine/tensor.ts";
import { tf } from "../../engine/tf.ts";
import type { ForwardOptions, Model } from "../model.ts";
import type { ChannelStatistics } from "./insert.ts";

/** What to measure. */
export interface MeasureChannelsOptions extends Pick<ForwardOptions, "statistics"> {
  /** The node. */
  readonly node: string;
}

/**
 * Measures the mean and variance of each channel of a node, so that a batch norm inserted behind it can
 * return what it reads: see {@linkcode deepen}.
 *
 * @param model The model.
 * @param images `[batch, height, width, channels]`.
 * @param options The node, and by which statistics batch norms before it run; the batch's when absent.
 * @throws {RangeError} When there is no such node.
 *
 * @example
 * ```ts
 * import { buildModel, createRng, GraphBuilder, measureChannels, tf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([1, 2, 1]);
 * const model = buildModel(net.build(net.add("relu", { op: "relu" }, net.input)), {
 *   rng: createRng("a"),
 * });
 * const images = tf.tensor4d([-1, 4], [1, 1, 2, 1]);
 * const { mean, variance } = measureChannels(model, images, { node: "relu" });
 * assertEquals([...mean, ...variance], [2, 4]);
 * images.dispose();
 * model.dispose();
 * ```
 */
export function measureChannels(
  model: Model,
  images: Tensor4D,
  { node, statistics = "batch" }: MeasureChannelsOptions,
): { readonly [K in keyof ChannelStatistics]: Float32Array } {
  if (!model.shapes.has(node)) {
    throw new RangeError(`Cannot measure channels: node must be one of the model's, got "${node}"`);
  }
  return tf.tidy(() => {
    let found: { mean: Float32Array; variance: Float32Array } | undefined;
    model.forward(images, {
      statistics,
      tap: (name, value) => {
        if (name !== node) return;
        const { mean, variance } = tf.moments(value, value.shape.slice(0, -1).map((_, i) => i));
        found = {
          mean: mean.dataSync() as Float32Array,
          variance: variance.dataSync() as Float32Array,
        };
      },
    });
    return found as { mean: Float32Array; variance: Float32Array };
  });
}
