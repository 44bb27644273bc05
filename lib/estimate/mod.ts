/**
 * How good a network is, measured: by training it.
 *
 * @module
 */
export { evaluateModel, type EvaluateModelOptions, type Evaluation } from "./evaluate_model.ts";
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
