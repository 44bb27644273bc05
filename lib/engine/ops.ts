import { run, runAll } from "./registry.ts";
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from "./tensor.ts";
import { tf } from "./tf.ts";

/** Where a window stands, in pixels. */
export interface WindowOptions {
  /** Step between windows; 1 when absent. */
  readonly stride?: number;
  /**
   * Pixels added on every side, equal on all as in PyTorch; `floor(dilation * (kernel - 1) / 2)` when
   * absent, which keeps the size at stride 1 for odd kernels.
   */
  readonly padding?: number;
}

/** How a convolution runs. */
export interface ConvOptions extends WindowOptions {
  /** Space between the filter's taps; 1 when absent. */
  readonly dilation?: number;
}

/** How a pool runs. */
export interface PoolOptions extends WindowOptions {
  /** Side length of the window in pixels. */
  readonly kernel: number;
}

/**
 * Convolves images with a filter; differentiable in both, at any dilation.
 *
 * @param x Images, `[batch, height, width, in]`.
 * @param filter `[kernel, kernel, in, out]`; the sides may differ.
 * @param options Stride, padding and dilation.
 * @returns `[batch, outHeight, outWidth, out]`, where `outHeight` is
 * `floor((height + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1`.
 * @throws {TypeError} If a tensor is not of rank 4 and float32.
 * @throws {RangeError} If the channels of the two differ, an option is out of range, or the window does
 * not fit into the padded image.
 *
 * @example A 3x3 box filter sums each neighbourhood
 * ```ts
 * import { conv2d, tf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const y = tf.tidy(() => conv2d(tf.ones([1, 3, 3, 1]), tf.ones([3, 3, 1, 1])).dataSync());
 * assertEquals([...y], [4, 6, 4, 6, 9, 6, 4, 6, 4]);
 * ```
 */
export function conv2d(
  x: Tensor4D,
  filter: Tensor4D,
  options: ConvOptions = {},
): Tensor4D {
  const attrs = convAttrs("convolve", x, filter, options);
  return run("Conv2D", { x, filter }, attrs) as Tensor4D;
}

/**
 * Convolves each channel with filters of its own; differentiable in both, at any dilation.
 *
 * @param x Images, `[batch, height, width, in]`.
 * @param filter `[kernel, kernel, in, multiplier]`; the sides may differ.
 * @param options Stride, padding and dilation.
 * @returns `[batch, outHeight, outWidth, in * multiplier]`, sized as {@linkcode conv2d}'s; channel
 * `c * multiplier + m` comes from input channel `c`.
 * @throws {TypeError} If a tensor is not of rank 4 and float32.
 * @throws {RangeError} If the channels of the two differ, an option is out of range, or the window does
 * not fit into the padded image.
 *
 * @example Two filters a channel double the channels
 * ```ts
 * import { depthwiseConv2d, tf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const shape = tf.tidy(() => depthwiseConv2d(tf.ones([1, 8, 8, 3]), tf.ones([3, 3, 3, 2])).shape);
 * assertEquals(shape, [1, 8, 8, 6]);
 * ```
 */
export function depthwiseConv2d(
  x: Tensor4D,
  filter: Tensor4D,
  options: ConvOptions = {},
): Tensor4D {
  const attrs = convAttrs("convolve depthwise", x, filter, options);
  return run("DepthwiseConv2dNative", { x, filter }, attrs) as Tensor4D;
}

/**
 * The mean of each window, over the pixels of the image that it covers: padding is left out, so that
 * a constant image stays what it is.
 *
 * @param x Images, `[batch, height, width, channels]`.
 * @param options The window.
 * @returns `[batch, outHeight, outWidth, channels]`, where `outHeight` is
 * `floor((height + 2 * padding - kernel) / stride) + 1`.
 * @throws {TypeError} If `x` is not of rank 4 and float32.
 * @throws {RangeError} If an option is out of range (padding must be below kernel), or the window does
 * not fit into the padded image.
 *
 * @example Ones stay ones
 * ```ts
 * import { avgPool, tf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const y = tf.tidy(() => avgPool(tf.ones([1, 2, 2, 1]), { kernel: 3 }).dataSync());
 * assertEquals([...y], [1, 1, 1, 1]);
 * ```
 */
export function avgPool(x: Tensor4D, options: PoolOptions): Tensor4D {
  return run("AvgPool", { x }, poolAttrs("average", x, options)) as Tensor4D;
}

/**
 * The maximum of each window; padding is never the maximum. The gradient goes to the first pixel of a
 * window, row by row, that holds it.
 *
 * @param x Images, `[batch, height, width, channels]`.
 * @param options The window.
 * @returns `[batch, outHeight, outWidth, channels]`, sized as {@linkcode avgPool}'s.
 * @throws {TypeError} If `x` is not of rank 4 and float32.
 * @throws {RangeError} If an option is out of range (padding must be below kernel), or the window does
 * not fit into the padded image.
 *
 * @example
 * ```ts
 * import { maxPool, tf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
 * const y = tf.tidy(() => maxPool(x, { kernel: 2, stride: 2 }).dataSync());
 * assertEquals([...y], [4]);
 * x.dispose();
 * ```
 */
export function maxPool(x: Tensor4D, options: PoolOptions): Tensor4D {
  return run("MaxPool", { x }, poolAttrs("take the maximum", x, options)) as Tensor4D;
}

/** How a batch is normalised. */
export interface BatchNormOptions {
  /** Added to the variance; 1e-5 when absent. */
  readonly epsilon?: number;
}

/** A normalised batch and what it was normalised by. */
export interface BatchNormResult<T extends Tensor> {
  /** The batch with mean `beta` and deviation `gamma` in every channel, in the shape of the input. */
  readonly y: T;
  /** The mean of each channel, `[channels]`. Passes no gradient: it is for running statistics. */
  readonly mean: Tensor1D;
  /** The biased variance of each channel, `[channels]`. Passes no gradient. */
  readonly variance: Tensor1D;
}

/**
 * Normalises each channel over the batch, by the batch's own mean and variance, as in training (Ioffe &
 * Szegedy 2015). Differentiable in all three, through the statistics too. The caller owns all tensors
 * of the result.
 *
 * @param x `[batch, height, width, channels]`, `[batch, channels]`, or any other rank from 2.
 * @param gamma Scale of each channel, `[channels]`; 1 when `undefined`.
 * @param beta Shift of each channel, `[channels]`; 0 when `undefined`.
 * @param options What is added to the variance.
 * @returns The normalised batch, and its mean and variance.
 * @throws {TypeError} If a tensor is not float32, or `x` is of rank below 2.
 * @throws {RangeError} If `x` is empty, gamma or beta is not `[channels]`, or epsilon is negative.
 *
 * @example
 * ```ts
 * import { batchNorm, tf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const [mean, variance] = tf.tidy(() => {
 *   const x = tf.tensor2d([[1, 5], [3, 5]]);
 *   const result = batchNorm(x, undefined, undefined);
 *   return [[...result.mean.dataSync()], [...result.variance.dataSync()]];
 * });
 * assertEquals(mean, [2, 5]);
 * assertEquals(variance, [1, 0]);
 * ```
 */
export function batchNorm<T extends Tensor>(
  x: T,
  gamma: Tensor1D | undefined,
  beta: Tensor1D | undefined,
  options: BatchNormOptions = {},
): BatchNormResult<T> {
  const { epsilon = 1e-5 } = options;
  checkTensor("normalise", "x", x);
  if (x.rank < 2) {
    throw new TypeError(`Cannot normalise: x must be of rank 2 or more, got ${x.rank}`);
  }
  if (x.size === 0) throw new RangeError(`Cannot normalise: x is empty, of shape [${x.shape}]`);
  if (!(epsilon >= 0)) {
    throw new RangeError(`Cannot normalise: epsilon must be at least 0, got ${epsilon}`);
  }
  const channels = x.shape.at(-1) as number;
  for (const [name, value] of [["gamma", gamma], ["beta", beta]] as const) {
    if (value === undefined) continue;
    checkTensor("normalise", name, value);
    if (value.rank !== 1 || value.size !== channels) {
      throw new RangeError(
        `Cannot normalise: ${name} must be of shape [${channels}], got [${value.shape}]`,
      );
    }
  }
  let result: Tensor[];
  if (gamma === undefined && beta === undefined) {
    result = runAll("BatchNormTrainingPlain", { x }, { epsilon });
  } else {
    const scale = gamma ?? tf.ones([channels]), shift = beta ?? tf.zeros([channels]);
    result = runAll("BatchNormTraining", { x, gamma: scale, beta: shift }, { epsilon });
    if (gamma === undefined) scale.dispose();
    if (beta === undefined) shift.dispose();
  }
  const [y, mean, variance] = result as [T, Tensor1D, Tensor1D];
  return { y, mean, variance };
}

/** How a cross entropy is taken. */
export interface SoftmaxCrossEntropyOptions {
  /** Share of each target spread evenly over all classes (Szegedy et al. 2016), in [0, 1]; 0 when absent. */
  readonly smoothing?: number;
}

/**
 * The cross entropy of the softmax of `logits` against class labels, averaged over the batch.
 * Differentiable in the logits; takes logits of any size without overflow.
 *
 * @param logits `[batch, classes]`.
 * @param labels Class numbers, int32 `[batch]`.
 * @param options Label smoothing.
 * @returns A scalar, in nats.
 * @throws {TypeError} If `logits` is not float32 of rank 2, or `labels` not int32 of rank 1.
 * @throws {RangeError} If the batches differ or are empty, a label is not a class, or smoothing is out
 * of range.
 *
 * @example Equal logits are worth the logarithm of the number of classes
 * ```ts
 * import { softmaxCrossEntropy, tf } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   softmaxCrossEntropy(tf.zeros([2, 10]), tf.tensor1d([3, 7], "int32")).dataSync()[0]
 * );
 * assertAlmostEquals(loss ?? NaN, Math.log(10), 1e-6);
 * ```
 */
export function softmaxCrossEntropy(
  logits: Tensor2D,
  labels: Tensor1D,
  options: SoftmaxCrossEntropyOptions = {},
): Scalar {
  const { smoothing = 0 } = options;
  const action = "take the cross entropy";
  checkTensor(action, "logits", logits, 2);
  checkTensor(action, "labels", labels, 1, "int32");
  if (labels.size !== logits.shape[0] || logits.size === 0) {
    throw new RangeError(
      `Cannot ${action}: logits must be [batch, classes] and labels [batch], ` +
        `got [${logits.shape}] and [${labels.shape}]`,
    );
  }
  if (!(smoothing >= 0 && smoothing <= 1)) {
    throw new RangeError(`Cannot ${action}: smoothing must be in [0, 1], got ${smoothing}`);
  }
  const [loss, slope] = runAll("SoftmaxCrossEntropy", { logits, labels }, { smoothing });
  (slope as Tensor).dispose();
  return loss as Scalar;
}

function checkTensor(
  action: string,
  name: string,
  tensor: Tensor,
  rank: number = tensor.rank,
  dtype = "float32",
): void {
  if (tensor.rank !== rank || tensor.dtype !== dtype) {
    throw new TypeError(
      `Cannot ${action}: ${name} must be a ${dtype} tensor of rank ${rank}, ` +
        `got ${tensor.dtype} of shape [${tensor.shape}]`,
    );
  }
}

function checkInteger(action: string, name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(
      `Cannot ${action}: ${name} must be an integer of at least ${least}, got ${value}`,
    );
  }
}

/** Throws unless a window of `extent` pixels fits into the padded image. */
function checkFits(
  action: string,
  x: Tensor4D,
  extents: readonly number[],
  padding: number,
): void {
  for (const [i, extent] of extents.entries()) {
    const size = x.shape[i + 1] as number;
    if (size + 2 * padding < extent) {
      throw new RangeError(
        `Cannot ${action}: a window of ${extent} pixels does not fit into ${size} with a padding of ` +
          `${padding}`,
      );
    }
  }
}

function convAttrs(
  action: string,
  x: Tensor4D,
  filter: Tensor4D,
  options: ConvOptions,
): object {
  checkTensor(action, "x", x, 4);
  checkTensor(action, "filter", filter, 4);
  const { stride = 1, dilation = 1 } = options;
  checkInteger(action, "stride", stride, 1);
  checkInteger(action, "dilation", dilation, 1);
  const [height, width, channels] = filter.shape;
  if (options.padding === undefined && height !== width) {
    throw new RangeError(
      `Cannot ${action}: padding must be given for a filter of ${height}x${width}`,
    );
  }
  const { padding = Math.floor(dilation * (height - 1) / 2) } = options;
  checkInteger(action, "padding", padding, 0);
  if (x.shape[3] !== channels) {
    throw new RangeError(
      `Cannot ${action}: x has ${x.shape[3]} channels, but the filter [${filter.shape}] takes ` +
        `${channels}`,
    );
  }
  checkFits(action, x, [dilation * (height - 1) + 1, dilation * (width - 1) + 1], padding);
  return { strides: stride, pad: padding, dilations: dilation, dataFormat: "NHWC" };
}

function poolAttrs(action: string, x: Tensor4D, options: PoolOptions): object {
  checkTensor(action, "x", x, 4);
  const { kernel, stride = 1 } = options;
  checkInteger(action, "kernel", kernel, 1);
  checkInteger(action, "stride", stride, 1);
  const { padding = Math.floor((kernel - 1) / 2) } = options;
  checkInteger(action, "padding", padding, 0);
  if (padding >= kernel) {
    throw new RangeError(
      `Cannot ${action}: padding must be below kernel (${kernel}), got ${padding}`,
    );
  }
  checkFits(action, x, [kernel, kernel], padding);
  return { filterSize: kernel, strides: stride, pad: padding };
}
