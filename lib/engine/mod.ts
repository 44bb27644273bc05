/**
 * The floor everything stands on: TensorFlow.js on its WebAssembly backend, and seeded randomness.
 *
 * @module
 */
export { cpuSeconds } from "./cpu_seconds.ts";
export { type EngineInfo, engineInfo } from "./engine_info.ts";
export { heapInUse } from "./heap.ts";
export type { Json } from "./json.ts";
export { type MachinePeak, measurePeak } from "./machine_peak.ts";
export {
  avgPool,
  batchNorm,
  type BatchNormOptions,
  type BatchNormResult,
  conv2d,
  type ConvOptions,
  depthwiseConv2d,
  maxPool,
  type PoolOptions,
  softmaxCrossEntropy,
  type SoftmaxCrossEntropyOptions,
  type WindowOptions,
} from "./ops.ts";
export { nextTask, type Progress, type ProgressListener } from "./progress.ts";
export { quickRng } from "./quick_rng.ts";
export { createRng, type Rng } from "./rng.ts";
export { Sgd, type SgdOptions } from "./sgd.ts";
export {
  type LayersModel,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tf,
  type Variable,
} from "./tensor.ts";
