/**
 * How good a network is, measured by training it or looked up where its training is on record, and how
 * long it takes, measured by running it.
 *
 * @module
 */
export { evaluateModel, type EvaluateModelOptions, type Evaluation } from "./evaluate_model.ts";
export { fashion201, type Fashion201Options } from "./fashion_201.ts";
export { lookUp, type LookUpOptions } from "./look_up.ts";
export type { NoiseFigures, TableNoise } from "./table_noise.ts";
export type { TableRecipe } from "./table_recipe.ts";
export type { TableRow } from "./table_rows.ts";
export { loadLatencyTable, saveLatencyTable } from "./latency_files.ts";
export {
  checkLatency,
  type CheckLatencyOptions,
  type LatencyMeasurement,
  measureLatency,
  type MeasureLatencyOptions,
  type NetworkLatency,
} from "./measure_latency.ts";
export {
  type TrainCurves,
  type TrainData,
  trainModel,
  type TrainOptions,
  type TrainRecipe,
  type TrainResult,
} from "./train.ts";
export {
  type ScratchOptions,
  type TrainedModel,
  trainFromScratch,
  trainGraph,
} from "./train_from_scratch.ts";
export {
  type TrainedArch,
  type TrainedFigures,
  type TrainedRun,
  TrainedTable,
  type TrainedTableData,
} from "./trained_table.ts";
