import type { Tensor1D, Tensor4D } from "../engine/tensor.ts";
import { tf } from "../engine/tf.ts";
import type { Batch } from "./dataset.ts";

/** A batch as tensors. */
export interface BatchTensors {
  /** Pixels, `[count, height, width, channels]`, float32. */
  readonly x: Tensor4D;
  /** The class of each image, `[count]`, int32. */
  readonly y: Tensor1D;
}

/**
 * Copies a batch into two tensors. The caller owns them and disposes of both.
 *
 * @example Shapes
 * ```ts
 * import { batchToTensors } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { x, y } = batchToTensors({
 *   images: new Float32Array(2 * 4 * 4),
 *   labels: Int32Array.of(0, 1),
 *   shape: [2, 4, 4, 1],
 * });
 * assertEquals([x.shape, y.shape], [[2, 4, 4, 1], [2]]);
 * x.dispose();
 * y.dispose();
 * ```
 */
export function batchToTensors(batch: Batch): BatchTensors {
  const [count, height, width, channels] = batch.shape;
  return {
    // Sliced because a backend may keep the array it is given.
    x: tf.tensor4d(batch.images.slice(), [count, height, width, channels], "float32"),
    y: tf.tensor1d(batch.labels.slice(), "int32"),
  };
}
