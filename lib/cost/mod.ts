/**
 * What a network costs before it is run, and limits on it.
 *
 * @module
 */
export {
  type AllOf,
  allOf,
  type AnyOf,
  anyOf,
  atLeast,
  atMost,
  brokenLimits,
  type Constraint,
  describeConstraint,
  type Limit,
  violated,
} from "./constraint.ts";
export { cost, type CostOptions, type Costs, type NodeCost } from "./cost.ts";
export {
  type Device,
  devices,
  phoneCore,
  stm32F412,
  stm32F746,
  stm32F765,
  stm32H743,
} from "./device.ts";
export { type EnergyModel, float32Energy, int8Energy, int8OnChipEnergy } from "./energy.ts";
export { formatQuantity, parseQuantity } from "./quantity.ts";
export {
  estimateLatency,
  type EstimateLatencyOptions,
  type LatencyEstimate,
  type NodeLatency,
} from "./estimate_latency.ts";
export {
  describeFit,
  deviceLimits,
  type Fit,
  fits,
  type FitsOptions,
  type LimitUse,
  type Reserve,
} from "./fits.ts";
export {
  fitLatency,
  type FitLatencyOptions,
  type HeldOutError,
  type LatencyPredictor,
} from "./latency_predictor.ts";
export {
  type LatencyEntry,
  type LatencyTable,
  parseLatencyTable,
  predictLatency,
  type PredictLatencyOptions,
} from "./latency_table.ts";
export { type LatencyUnit, latencyUnits } from "./latency_units.ts";
export type { StorageOptions } from "./liveness.ts";
export {
  type AliveValue,
  type MemoryOptions,
  type MemoryProfile,
  memoryProfile,
  type MemoryStep,
} from "./memory_profile.ts";
export { summary } from "./summary.ts";
export type { WeightFormat } from "./survey.ts";
