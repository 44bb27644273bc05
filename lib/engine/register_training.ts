import * as tf from "@tensorflow/tfjs";
import { allFilled, filled, memory, pointer, scratch, share } from "./backend.ts";
import { kernels } from "./kernels.ts";
import { replaceGradient, replaceKernel, run, runAll } from "./registry.ts";

type Tensors<Names extends string> = Readonly<Record<Names, tf.TensorInfo>>;

/**
 * Registers an Identity that shares its input's bytes, as tfjs's other backends do: the tape clones each
 * tensor that it saves, and the wasm backend's own Identity copies.
 */
export function registerIdentity(): void {
  replaceKernel<Tensors<"x">, unknown>("Identity", ({ x }) => share(x));
}

/** Registers a one-pass sum of tensors of one shape; other sums stay with the backend's own kernel. */
export function registerAdd(): void {
  const stock = tf.getKernel("Add", "wasm").kernelFunc;
  replaceKernel<Tensors<"a" | "b">, unknown>("Add", (inputs) => {
    const { a, b } = inputs;
    const plain = a.dtype === "float32" && b.dtype === "float32" &&
      tf.util.arraysEqual(a.shape, b.shape);
    if (!plain) return stock({ inputs, backend: tf.backend() });
    const size = tf.util.sizeFromShape(a.shape);
    return filled(a.shape, (y) => kernels.add(pointer(a), pointer(b), y, size));
  });
}

/** Registers the sum of rows by segment, which the gradient of `tf.gather` needs and the backend lacks. */
export function registerSegmentSum(): void {
  replaceKernel<Tensors<"x" | "segmentIds">, { readonly numSegments: number }>(
    "UnsortedSegmentSum",
    ({ x, segmentIds }, { numSegments }) => {
      const rest = x.shape.slice(segmentIds.shape.length);
      const row = tf.util.sizeFromShape(rest), rows = tf.util.sizeFromShape(segmentIds.shape);
      const xAt = pointer(x), idsAt = pointer(segmentIds, "int32");
      return filled([numSegments, ...rest], (yAt) => {
        const from = new Float32Array(memory.buffer, xAt, rows * row);
        const ids = new Int32Array(memory.buffer, idsAt, rows);
        const to = new Float32Array(memory.buffer, yAt, numSegments * row).fill(0);
        ids.forEach((id, i) => {
          if (id < 0 || id >= numSegments) return; // as TensorFlow defines it
          for (let k = 0; k < row; k++) {
            to[id * row + k] = (to[id * row + k] as number) + (from[i * row + k] as number);
          }
        });
      });
    },
  );
}

/** Registers gradients of ReLU and ReLU6 that take one pass; tfjs composes them of three ops. */
export function registerReluGrad(): void {
  replaceKernel<Tensors<"x" | "dy">, { ceiling: number }>(
    "ClippedReluGrad",
    ({ x, dy }, { ceiling }) => {
      const size = tf.util.sizeFromShape(x.shape);
      return filled(
        x.shape,
        (dx) => kernels.clippedGrad(pointer(x), pointer(dy), dx, size, ceiling),
      );
    },
  );
  for (const [name, ceiling] of [["Relu", Infinity], ["Relu6", 6]] as const) {
    replaceGradient(name, (dy, saved) => {
      const [x] = saved as [tf.Tensor];
      return { x: () => run("ClippedReluGrad", { x, dy: dy as tf.Tensor }, { ceiling }) };
    });
  }
}

/**
 * Registers `BatchNormTraining` (x [.., c], gamma [c], beta [c]) and `BatchNormTrainingPlain` (x alone):
 * to y [.., c], mean [c] and biased variance [c] of the batch. Only y passes a gradient.
 */
export function registerBatchNorm(): void {
  type Attrs = { readonly epsilon: number };
  type Affine = Partial<Tensors<"gamma" | "beta">>;

  for (const name of ["BatchNormTraining", "BatchNormTrainingPlain"]) {
    replaceKernel<Tensors<"x"> & Affine, Attrs>(name, ({ x, gamma, beta }, { epsilon }) => {
      const [rows, channels] = rowsAndChannels(x.shape);
      return allFilled([x.shape, [channels], [channels]], (outputs) => {
        const [y, mean, variance] = outputs as [number, number, number];
        kernels.batchNorm(
          pointer(x),
          gamma ? pointer(gamma) : 0,
          beta ? pointer(beta) : 0,
          y,
          mean,
          variance,
          rows,
          channels,
          epsilon,
        );
      });
    });
  }
  replaceKernel<Tensors<"x" | "dy" | "mean" | "variance"> & Affine, Attrs>(
    "BatchNormTrainingGrad",
    ({ x, dy, mean, variance, gamma }, { epsilon }) => {
      const [rows, channels] = rowsAndChannels(x.shape);
      return allFilled([x.shape, [channels], [channels]], (outputs) => {
        const [dx, dgamma, dbeta] = outputs as [number, number, number];
        kernels.batchNormGrad(
          pointer(x),
          pointer(dy),
          gamma ? pointer(gamma) : 0,
          pointer(mean),
          pointer(variance),
          dx,
          dgamma,
          dbeta,
          rows,
          channels,
          epsilon,
        );
      });
    },
  );
  tf.registerGradient({
    kernelName: "BatchNormTraining",
    inputsToSave: ["x", "gamma"],
    outputsToSave: [false, true, true],
    gradFunc: (slopes, saved, attrs) => {
      const [x, gamma, mean, variance] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const dy = (slopes as tf.Tensor[])[0] as tf.Tensor;
      const grads = runAll("BatchNormTrainingGrad", { x, dy, mean, variance, gamma }, attrs);
      const [dx, dgamma, dbeta] = grads as [tf.Tensor, tf.Tensor, tf.Tensor];
      return { x: () => dx, gamma: () => dgamma, beta: () => dbeta };
    },
  });
  tf.registerGradient({
    kernelName: "BatchNormTrainingPlain",
    inputsToSave: ["x"],
    outputsToSave: [false, true, true],
    gradFunc: (slopes, saved, attrs) => {
      const [x, mean, variance] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const dy = (slopes as tf.Tensor[])[0] as tf.Tensor;
      const [dx] = runAll("BatchNormTrainingGrad", { x, dy, mean, variance }, attrs);
      return { x: () => dx as tf.Tensor };
    },
  });
}

function rowsAndChannels(shape: readonly number[]): [rows: number, channels: number] {
  return [tf.util.sizeFromShape(shape.slice(0, -1)), shape.at(-1) as number];
}

/**
 * Registers `SoftmaxCrossEntropy`: logits [batch, classes] and labels [batch] to the mean loss [] and
 * its gradient by the logits, which the softmax gives at no further cost. Only the loss passes one.
 */
export function registerSoftmaxCrossEntropy(): void {
  replaceKernel<Tensors<"logits" | "labels">, { readonly smoothing: number }>(
    "SoftmaxCrossEntropy",
    ({ logits, labels }, { smoothing }) => {
      const [batch, classes] = logits.shape as [number, number];
      const logitsAt = pointer(logits), labelsAt = pointer(labels, "int32");
      return allFilled([[], logits.shape], (outputs) => {
        const [lossAt, slopeAt] = outputs as [number, number];
        new Int32Array(memory.buffer, labelsAt, batch).forEach((label, i) => {
          if (label >= 0 && label < classes) return;
          throw new RangeError(
            `Cannot take the cross entropy: label ${i} must be in [0, ${classes}), got ${label}`,
          );
        });
        const lossesAt = scratch(4 * batch);
        kernels.softmaxCrossEntropy(
          logitsAt,
          labelsAt,
          slopeAt,
          lossesAt,
          batch,
          classes,
          smoothing,
          1 / batch,
        );
        const losses = new Float32Array(memory.buffer, lossesAt, batch);
        const total = losses.reduce((sum, loss) => sum + loss, 0);
        new Float32Array(memory.buffer, lossAt, 1)[0] = total / batch;
      });
    },
  );
  tf.registerGradient({
    kernelName: "SoftmaxCrossEntropy",
    outputsToSave: [false, true],
    gradFunc: (slopes, [slope]) => ({
      logits: () => tf.mul((slopes as tf.Tensor[])[0] as tf.Tensor, slope as tf.Tensor),
    }),
  });
}
