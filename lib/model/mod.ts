/**
 * Networks with weights: build, run, save and load.
 *
 * @module
 */
export { exportLayersModel } from "./export/export_layers_model.ts";
export { exportOnnx } from "./export/export_onnx.ts";
export { toLayersModel } from "./export/layers_model.ts";
export {
  type HessianVectorOptions,
  type HessianVectorOutcome,
  hessianVectorProduct,
} from "./hessian/hessian_vector_product.ts";
export { type Init, inits } from "./init.ts";
export { addBranch, type AddBranchOptions } from "./net2net/add_branch.ts";
export { type Activation, deepen, type DeepenOptions } from "./net2net/deepen.ts";
export { growKernel, type GrowKernelOptions } from "./net2net/grow_kernel.ts";
export { inherit, type Inheritance, type InheritOptions } from "./net2net/inherit.ts";
export { inheritOptimiser } from "./net2net/inherit_optimiser.ts";
export type { ChannelStatistics } from "./net2net/insert.ts";
export { measureChannels, type MeasureChannelsOptions } from "./net2net/measure_channels.ts";
export { type Morphism, type MorphismKind, sequence } from "./net2net/morphism.ts";
export { morphisms, type MorphismsOptions, type MorphismStep } from "./net2net/morphisms.ts";
export { outputChange } from "./net2net/output_change.ts";
export { modelWith, type Weights, weightsOf } from "./net2net/weights.ts";
export { type CopyFractions, widen, type WidenOptions } from "./net2net/widen.ts";
export { compile } from "./plan/compile.ts";
export { type Forecast, forecast, type ForecastOptions } from "./plan/forecast.ts";
export { liveNodes } from "./plan/live_nodes.ts";
export type { DecayOptions, PlanAdam, PlanOptimiser, PlanSgd } from "./plan/optimiser.ts";
export type {
  BackwardOptions,
  BatchEvaluation,
  BatchOutcome,
  LossOptions,
  OptimiserSlots,
  OptimiserState,
  Plan,
  PlanBatch,
  PlanForwardOptions,
  PlanGateGradients,
  PlanGradients,
  PlanParam,
  PlanSlopes,
  PlanStatisticsOptions,
  PullBackOptions,
  SampleMode,
  SetGatesOptions,
  StepOutcome,
  TrainStepOptions,
} from "./plan/plan.ts";
export type { CompileOptions } from "./plan/prepare.ts";
export type { ProfileOptions, ProfileRow } from "./plan/profile.ts";
export { type RemapOptions, type RemappedWeights, remapWeights } from "./net2net/remap_weights.ts";
export { settleBatchNorms } from "./net2net/settle_batch_norms.ts";
export { type Phase, type PlanStatistics, planStatistics } from "./plan/schedule.ts";
export { compileThreaded, type CompileThreadedOptions } from "./plan/threads/compile_threaded.ts";
export type { Work } from "./plan/work.ts";
export {
  buildModel,
  type BuildOptions,
  type ForwardOptions,
  type Gates,
  type Model,
} from "./model.ts";
export { loadModel, saveModel } from "./save.ts";
