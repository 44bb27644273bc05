/**
 * How good a network is, measured by training it or looked up where its training is on record, and how
 * long it takes, measured by running it.
 *
 * @module
 */
export type { BenchmarkRun, BenchmarkTable } from "./benchmark_table.ts";
export { type ClassReport, classReport, type ClassScore } from "./class_report.ts";
export type { OperationsPart } from "./complete_parts.ts";
export type { EarlyStopOptions } from "./early_stop.ts";
export { epochSeconds, type EpochSecondsOptions } from "./epoch_seconds.ts";
export { evaluateModel, type EvaluateModelOptions, type Evaluation } from "./evaluate_model.ts";
export { fashion201, type Fashion201Options } from "./fashion_201.ts";
export { heirModel } from "./heir_model.ts";
export { inCpuSeconds } from "./in_cpu_seconds.ts";
export { loadLatencyTable, saveLatencyTable } from "./latency_files.ts";
export {
  type LearningRateRange,
  learningRateRange,
  type LearningRateRangeOptions,
} from "./learning_rate_range.ts";
export { loadTrialModel } from "./load_trial_model.ts";
export {
  checkLatency,
  type CheckLatencyOptions,
  type LatencyMeasurement,
  measureLatency,
  type MeasureLatencyOptions,
  type NetworkLatency,
} from "./measure_latency.ts";
export {
  type NasBench201Data,
  type NasBench201Dataset,
  type NasBench201Entry,
  type NasBench201Fitness,
  NasBench201Table,
  nasBench201Table,
  type NasBench201TableOptions,
} from "./nas_bench_201_table.ts";
export {
  type NasBenchMacroData,
  type NasBenchMacroEntry,
  NasBenchMacroTable,
  nasBenchMacroTable,
  type NasBenchMacroTableOptions,
} from "./nas_bench_macro_table.ts";
export type { CurveFamilyName } from "./signals/curve_families.ts";
export {
  type CurveFamilyShare,
  extrapolateCurve,
  type ExtrapolateCurveOptions,
  type ExtrapolatedAccuracy,
  type Extrapolation,
} from "./signals/extrapolate_curve.ts";
export {
  MedianStopping,
  type MedianStoppingOptions,
  type StoppedTraining,
} from "./signals/median_stopping.ts";
export {
  type Fidelity,
  trainAtFidelity,
  type TrainAtFidelityOptions,
} from "./signals/train_at_fidelity.ts";
export { sumOfLosses, type SumOfLossesOptions } from "./signals/training_losses.ts";
export { rateFactor, type RateSchedule, type StepPlace } from "./rate_schedule.ts";
export type { NoiseFigures, TableNoise } from "./table_noise.ts";
export type { TableRecipe } from "./table_recipe.ts";
export type { TableRow } from "./table_rows.ts";
export { tabular, type TabularOptions } from "./tabular.ts";
export {
  type EpochReport,
  type TrainCurves,
  type TrainData,
  trainEpochs,
  trainModel,
  type TrainOptions,
  type TrainResult,
} from "./train.ts";
export {
  type ScratchOptions,
  type TrainedModel,
  trainFromScratch,
  trainGraph,
} from "./train_from_scratch.ts";
export { type InheritingOptions, trainInheriting } from "./train_inheriting.ts";
export type { TrainRecipe } from "./train_recipe.ts";
export {
  type TablePart,
  type TrainedArch,
  type TrainedFigures,
  type TrainedRun,
  TrainedTable,
  type TrainedTableData,
} from "./trained_table.ts";
export {
  type TriedLearningRates,
  tryLearningRates,
  type TryLearningRatesOptions,
} from "./try_learning_rates.ts";
export type { WeightAverageOptions } from "./weight_average.ts";
