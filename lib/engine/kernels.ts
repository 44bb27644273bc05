import { memory, scratch } from "./backend.ts";

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

/** What `assembly/index.ts` exports. Tensors are addresses in the backend's memory. */
export interface Kernels {
  conv(x: number, filter: number, y: number, ...sizes: ConvSizes): void;
  convInputGrad(dy: number, filter: number, dx: number, ...sizes: ConvSizes): void;
  convFilterGrad(x: number, dy: number, g: number, ...sizes: ConvSizes): void;
  depthwise(x: number, filter: number, y: number, ...sizes: DepthwiseSizes): void;
  depthwiseInputGrad(dy: number, filter: number, dx: number, ...sizes: DepthwiseSizes): void;
  depthwiseFilterGrad(x: number, dy: number, g: number, ...sizes: DepthwiseSizes): void;
  avgPool(x: number, y: number, ...sizes: PoolSizes): void;
  avgPoolGrad(dy: number, dx: number, ...sizes: PoolSizes): void;
  maxPool(x: number, y: number, ...sizes: PoolSizes): void;
  maxPoolGrad(x: number, y: number, dy: number, dx: number, ...sizes: PoolSizes): void;
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
  add(a: number, b: number, y: number, size: number): void;
  clippedGrad(x: number, dy: number, dx: number, size: number, ceiling: number): void;
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
}

/** The two builds: plain 128-bit SIMD, and relaxed SIMD with its fused multiply-add. */
export type Build = "simd" | "relaxed";

/** The kernels in use; {@linkcode loadKernels} sets them. */
export let kernels: Kernels;

/** The build they are from. */
export let build: Build;

/** Puts a build in use. Throws when its file cannot be read, `false` when the runtime lacks its SIMD. */
export async function loadKernels(wanted: Build): Promise<boolean> {
  const response = await fetch(new URL(`kernels_${wanted}.wasm`, import.meta.url));
  if (!response.ok) throw new Error(`Cannot load the ${wanted} kernels: HTTP ${response.status}`);
  const binary = await response.arrayBuffer();
  if (!WebAssembly.validate(binary)) return false;
  const { instance } = await WebAssembly.instantiate(binary, { env: { memory, scratch } });
  kernels = instance.exports as unknown as Kernels;
  build = wanted;
  return true;
}

if (!await loadKernels("relaxed") && !await loadKernels("simd")) {
  throw new Error("Cannot load the engine's kernels: the runtime has no 128-bit WebAssembly SIMD");
}
