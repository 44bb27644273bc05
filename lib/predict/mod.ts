/**
 * How good an architecture is, predicted from those whose accuracy is known.
 *
 * @module
 */
export { type ArchFeatures, archFeatures, type ArchFeaturesOptions } from "./arch_features.ts";
export { gaussianProcess } from "./gaussian_process.ts";
export { networkEnsemble, type NetworkEnsembleOptions } from "./network_ensemble.ts";
export { predictedAccuracy } from "./predicted_accuracy.ts";
export type { ArchPredictor, ExpectedValue, FittedPredictor } from "./predictor.ts";
export {
  type PredictionAgreement,
  type PredictorCurve,
  predictorCurves,
  type PredictorCurvesOptions,
  type PredictorFit,
} from "./predictor_curves.ts";
export { randomForest, type RandomForestOptions } from "./random_forest.ts";
export { ridge, type RidgeOptions } from "./ridge.ts";
