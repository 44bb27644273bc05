import { memory, scratch } from "./backend.ts";
import type { CodeKernels } from "./code_kernels.ts";
import type { MixKernels } from "./mix_kernels.ts";
import type { PartKernels } from "./part_kernels.ts";
import type { UpsampleKernels } from "./upsample_kernels.ts";

export { activationKind } from "./activation_kind.ts";

/** Sizes of a convolution, in the order in which the kernels take them. */
export type ConvSizes = readonly [
  batch: number,
  height: number,
  width: number,
  channels: number,
  outHeight: number,
  outWidth: number,
  outChannels: number,
  kernelHeight: number,
  kernelWidth: number,
  strideHeight: number,
  strideWidth: number,
  dilationHeight: number,
  dilationWidth: number,
  padTop: number,
  padLeft: number,
];

/** Sizes of a depthwise convolution. */
export type DepthwiseSizes = readonly [
  batch: number,
  height: number,
  width: number,
  channels: number,
  multiplier: number,
  outHeight: number,
  outWidth: number,
  kernelHeight: number,
  kernelWidth: number,
  strideHeight: number,
  strideWidth: number,
  dilationHeight: number,
  dilationWidth: number,
  padTop: number,
  padLeft: number,
];

/** Sizes of a pool. */
export type PoolSizes = readonly [
  batch: number,
  height: number,
  width: number,
  channels: number,
  outHeight: number,
  outWidth: number,
  kernelHeight: number,
  kernelWidth: number,
  strideHeight: number,
  strideWidth: number,
  padTop: number,
  padLeft: number,
];

/** Batch, pixels of an image and channels. */
export type PixelSizes = readonly [batch: number, pixels: number, channels: number];

/** Sizes of a linear layer: x `[rows, inner]`, weight `[inner, outer]`, y `[rows, outer]`. */
export type LinearSizes = readonly [rows: number, inner: number, outer: number];

/** Which way convolutions go: see `assembly/conv_way.ts`. */
export const convolutionWay = { faster: 0, direct: 1, winograd: 2 } as const;

/** What is added up of each sample's gradient. */
export const sampleMode = { sign: 0, absolute: 1, square: 2, sum: 3 } as const;

/**
 * What `assembly/index.ts` exports. Tensors are addresses in the backend's memory, of float32 in NHWC
 * order. Outputs are written over, unless the name says `Into` and the call `accumulate`, 1 or 0; flags are
 * 1 or 0 too. Forms named `relu...` take max(x, 0) for x. A `mask` is the address of a ReLU's input, where
 * the gradient passes only above 0; an address of 0 is none. Sizes are not checked.
 */
export interface Kernels extends CodeKernels, MixKernels, PartKernels, UpsampleKernels {
  /**
   * Makes convolutions go one {@linkcode convolutionWay} until {@linkcode loadKernels} is called; `winograd`
   * means wherever that can be. For tests and measurements.
   */
  chooseConvolution(way: number): void;
  /** y = the convolution of x with filter `[kh, kw, c, out]`. */
  conv(x: number, filter: number, y: number, ...sizes: ConvSizes): void;
  reluConv(x: number, filter: number, y: number, ...sizes: ConvSizes): void;
  convInputGrad(dy: number, filter: number, dx: number, ...sizes: ConvSizes): void;
  convInputGradInto(
    dy: number,
    filter: number,
    dx: number,
    mask: number,
    accumulate: number,
    ...sizes: ConvSizes
  ): void;
  convFilterGrad(x: number, dy: number, g: number, ...sizes: ConvSizes): void;
  reluConvFilterGrad(x: number, dy: number, g: number, ...sizes: ConvSizes): void;
  /** Adds the `mode` of each sample's filter gradient to acc, of its shape. */
  convSampleGrads(
    x: number,
    dy: number,
    acc: number,
    mode: number,
    relu: number,
    ...sizes: ConvSizes
  ): void;
  /** Adds the inner products of all pairs of samples' filter gradients to gram `[batch, batch]`, symmetric. */
  convSampleDots(x: number, dy: number, gram: number, relu: number, ...sizes: ConvSizes): void;

  /** y = the depthwise convolution of x with filter `[kh, kw, c, multiplier]`. */
  depthwise(x: number, filter: number, y: number, ...sizes: DepthwiseSizes): void;
  reluDepthwise(x: number, filter: number, y: number, ...sizes: DepthwiseSizes): void;
  depthwiseInputGrad(dy: number, filter: number, dx: number, ...sizes: DepthwiseSizes): void;
  depthwiseInputGradInto(
    dy: number,
    filter: number,
    dx: number,
    mask: number,
    accumulate: number,
    ...sizes: DepthwiseSizes
  ): void;
  depthwiseFilterGrad(x: number, dy: number, g: number, ...sizes: DepthwiseSizes): void;
  reluDepthwiseFilterGrad(x: number, dy: number, g: number, ...sizes: DepthwiseSizes): void;
  depthwiseSampleGrads(
    x: number,
    dy: number,
    acc: number,
    mode: number,
    relu: number,
    ...sizes: DepthwiseSizes
  ): void;
  depthwiseSampleDots(
    x: number,
    dy: number,
    gram: number,
    relu: number,
    ...sizes: DepthwiseSizes
  ): void;

  /** Windows leave padding out; see `assembly/pool.ts`. */
  avgPool(x: number, y: number, ...sizes: PoolSizes): void;
  avgPoolGrad(dy: number, dx: number, ...sizes: PoolSizes): void;
  avgPoolGradInto(dy: number, dx: number, accumulate: number, ...sizes: PoolSizes): void;
  maxPool(x: number, y: number, ...sizes: PoolSizes): void;
  maxPoolGrad(x: number, y: number, dy: number, dx: number, ...sizes: PoolSizes): void;
  maxPoolGradInto(
    x: number,
    y: number,
    dy: number,
    dx: number,
    accumulate: number,
    ...sizes: PoolSizes
  ): void;
  /** y `[batch, channels]` = the mean over the pixels. */
  globalAvgPool(x: number, y: number, ...sizes: PixelSizes): void;
  globalAvgPoolGradInto(dy: number, dx: number, accumulate: number, ...sizes: PixelSizes): void;

  /** By the batch's own mean and biased variance, which are written. gamma and beta may be 0 for none. */
  batchNorm(
    x: number,
    gamma: number,
    beta: number,
    y: number,
    mean: number,
    variance: number,
    rows: number,
    channels: number,
    epsilon: number,
  ): void;
  batchNormGrad(
    x: number,
    dy: number,
    gamma: number,
    mean: number,
    variance: number,
    dx: number,
    dgamma: number,
    dbeta: number,
    rows: number,
    channels: number,
    epsilon: number,
  ): void;
  batchNormGradInto(
    x: number,
    dy: number,
    gamma: number,
    mean: number,
    variance: number,
    dx: number,
    dgamma: number,
    dbeta: number,
    rows: number,
    channels: number,
    epsilon: number,
    accumulate: number,
  ): void;
  /** y = x * scale + shift, `[channels]` each. */
  batchNormApply(
    x: number,
    scale: number,
    shift: number,
    y: number,
    rows: number,
    channels: number,
  ): void;
  /** Moves running statistics by `momentum` towards a batch's, its variance made unbiased. */
  batchNormUpdate(
    mean: number,
    variance: number,
    runningMean: number,
    runningVariance: number,
    rows: number,
    channels: number,
    momentum: number,
  ): void;
  /** Each sample by its own statistics; mean and variance `[samples, channels]`. */
  batchNormPerSample(
    x: number,
    gamma: number,
    beta: number,
    y: number,
    mean: number,
    variance: number,
    samples: number,
    rowsPerSample: number,
    channels: number,
    epsilon: number,
  ): void;
  /** dgamma and dbeta are sums over the samples. */
  batchNormPerSampleGrad(
    x: number,
    dy: number,
    gamma: number,
    mean: number,
    variance: number,
    dx: number,
    dgamma: number,
    dbeta: number,
    samples: number,
    rowsPerSample: number,
    channels: number,
    epsilon: number,
  ): void;

  /** `kind` is one of {@linkcode activationKind}. */
  activate(x: number, y: number, size: number, kind: number): void;
  /** From the activation's input x. */
  activateGrad(
    x: number,
    dy: number,
    dx: number,
    size: number,
    kind: number,
    accumulate: number,
  ): void;
  /** dx = dy where 0 < x <= ceiling, else 0. */
  clippedGrad(x: number, dy: number, dx: number, size: number, ceiling: number): void;
  /** y = a + b. */
  add(a: number, b: number, y: number, size: number): void;
  /** y += a. */
  addInto(a: number, y: number, size: number): void;
  /** y = factor * a. */
  scale(a: number, factor: number, y: number, size: number): void;
  /** y += factor * a. */
  scaleInto(a: number, factor: number, y: number, size: number): void;
  /** y = a * b. */
  multiply(a: number, b: number, y: number, size: number): void;
  /** y += a * b. */
  multiplyInto(a: number, b: number, y: number, size: number): void;
  /** y = x * g, g `[batch, channels]`. */
  gate(x: number, g: number, y: number, ...sizes: PixelSizes): void;
  /** y += x * g. */
  gateInto(x: number, g: number, y: number, ...sizes: PixelSizes): void;
  /** dg `[batch, channels]`. */
  gateGrad(x: number, dy: number, dg: number, ...sizes: PixelSizes): void;
  /** y += bias `[channels]` on each of `rows` rows. */
  biasAdd(y: number, bias: number, rows: number, channels: number): void;
  biasGrad(dy: number, g: number, rows: number, channels: number): void;
  /** `width` floats of each row from one matrix to another; pitches and offsets in floats. */
  copyColumns(
    from: number,
    to: number,
    rows: number,
    width: number,
    fromPitch: number,
    fromOffset: number,
    toPitch: number,
    toOffset: number,
    accumulate: number,
  ): void;

  /** y = x * weight + bias; a bias of 0 is none. */
  linear(x: number, weight: number, bias: number, y: number, ...sizes: LinearSizes): void;
  linearInputGradInto(
    dy: number,
    weight: number,
    dx: number,
    accumulate: number,
    ...sizes: LinearSizes
  ): void;
  linearWeightGrad(x: number, dy: number, g: number, ...sizes: LinearSizes): void;
  linearSampleGrads(
    x: number,
    dy: number,
    acc: number,
    mode: number,
    ...sizes: LinearSizes
  ): void;
  linearSampleDots(x: number, dy: number, gram: number, ...sizes: LinearSizes): void;

  /** losses `[rows]` in nats; labels int32 `[rows]`, which must be classes; dlogits times `scale`. */
  softmaxCrossEntropy(
    logits: number,
    labels: number,
    dlogits: number,
    losses: number,
    rows: number,
    classes: number,
    smoothing: number,
    scale: number,
  ): void;

  /** One step in place; a velocity of 0 is none. */
  sgd(
    weights: number,
    gradient: number,
    velocity: number,
    size: number,
    learningRate: number,
    momentum: number,
    weightDecay: number,
    nesterov: number,
  ): void;
  /** Step number `step`, from 1 on. */
  adam(
    weights: number,
    gradient: number,
    m: number,
    v: number,
    size: number,
    learningRate: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    weightDecay: number,
    step: number,
  ): void;
  /** {@linkcode adam} with decoupled weight decay. */
  adamW(
    weights: number,
    gradient: number,
    m: number,
    v: number,
    size: number,
    learningRate: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    weightDecay: number,
    step: number,
  ): void;

  /** `iterations` turns of 96 floating-point operations each, without loads: what the processor can do. */
  peak(iterations: number): number;
}

/** The two builds: plain 128-bit SIMD, and relaxed SIMD with its fused multiply-add. */
export type Build = "simd" | "relaxed";

/** The kernels in use; {@linkcode loadKernels} sets them. */
export let kernels: Kernels;

/** The build they are from. */
export let build: Build;

/** Reads a build. */
export async function readKernels(wanted: Build): Promise<ArrayBuffer> {
  const response = await fetch(new URL(`kernels_${wanted}.wasm`, import.meta.url));
  if (!response.ok) throw new Error(`Cannot load the ${wanted} kernels: HTTP ${response.status}`);
  return await response.arrayBuffer();
}

/** Puts a build in use. Throws when its file cannot be read, `false` when the runtime lacks its SIMD. */
export async function loadKernels(wanted: Build): Promise<boolean> {
  const binary = await readKernels(wanted);
  if (!WebAssembly.validate(binary)) return false;
  const { instance } = await WebAssembly.instantiate(binary, { env: { memory, scratch } });
  kernels = instance.exports as unknown as Kernels;
  build = wanted;
  return true;
}

if (!await loadKernels("relaxed") && !await loadKernels("simd")) {
  throw new Error("Cannot load the engine's kernels: the runtime has no 128-bit WebAssembly SIMD");
}
