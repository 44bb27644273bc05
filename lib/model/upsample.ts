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
  const rows = tf.matMul(
    matrixOf(height, { factor, mode }),
    x.reshape([batch, height, width * channels]),
  );
  const columns = tf.matMul(
    matrixOf(width, { factor, mode }),
    rows.reshape([batch * height * factor, width, channels]),
  );
  return columns.reshape([batch, height * factor, width * factor, channels]);
}

function matrixOf(size: number, how: Parameters<typeof resampling>[1]): Tensor {
  return tf.tensor2d(resampling(size, how), [size * how.factor, size]);
}

/** How much of each of `size` pixels every new one takes, `[size * factor, size]`. */
export function resampling(
  size: number,
  { factor, mode }: { readonly factor: number; readonly mode: "bilinear" | "nearest" },
): Float32Array {
  const shares = new Float32Array(size * factor * size);
  for (let i = 0; i < size * factor; i++) {
    const at = mode === "nearest"
      ? Math.floor(i / factor)
      : Math.min(Math.max((i + 0.5) / factor - 0.5, 0), size - 1);
    const first = Math.floor(at), part = at - first;
    shares[i * size + first] = 1 - part;
    if (part > 0) shares[i * size + first + 1] = part;
  }
  return shares;
}
