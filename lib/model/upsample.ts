import type { Tensor, Tensor4D } from "../engine/tensor.ts";
import { tf } from "../engine/tf.ts";

/**
 * Enlarges images `[batch, height, width, channels]` on the tape: rows and then columns are multiplied
 * by a matrix that says how much of each input row every output row takes.
 */
export function upsample(
  x: Tensor4D,
  { factor, mode = "bilinear" }: {
    readonly factor: number;
    readonly mode?: "bilinear" | "nearest";
  },
): Tensor {
  const [batch, height, width, channels] = x.shape;
  const matrix = mode === "nearest" ? nearest : bilinear;
  const rows = tf.matMul(matrix(height, factor), x.reshape([batch, height, width * channels]));
  const columns = tf.matMul(
    matrix(width, factor),
    rows.reshape([batch * height * factor, width, channels]),
  );
  return columns.reshape([batch, height * factor, width * factor, channels]);
}

function nearest(size: number, factor: number): Tensor {
  const shares = new Float32Array(size * factor * size);
  for (let i = 0; i < size * factor; i++) shares[i * size + Math.floor(i / factor)] = 1;
  return tf.tensor2d(shares, [size * factor, size]);
}

function bilinear(size: number, factor: number): Tensor {
  const shares = new Float32Array(size * factor * size);
  for (let i = 0; i < size * factor; i++) {
    const at = Math.min(Math.max((i + 0.5) / factor - 0.5, 0), size - 1);
    const first = Math.floor(at), part = at - first;
    shares[i * size + first] = 1 - part;
    if (part > 0) shares[i * size + first + 1] = part;
  }
  return tf.tensor2d(shares, [size * factor, size]);
}
