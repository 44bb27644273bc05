/**
 * All networks of a space in one, searches of it by gradients, and the way back from it to one network.
 *
 * @module
 */
export {
  addLinearCost,
  type AddLinearCostOptions,
  mulLogCost,
  type MulLogCostOptions,
} from "./cost_forms.ts";
export {
  addCost,
  type CostForm,
  type CostLoss,
  type CostPoint,
  type CostSlopes,
  expectedOf,
} from "./cost_loss.ts";
export { costSweep, type CostSweepOptions, type CostSweepPoint } from "./cost_sweep.ts";
export { darts, type DartsOptions } from "./darts.ts";
export {
  describeSupernet,
  type DescribeSupernetOptions,
  type SupernetDescription,
  type SupernetStep,
} from "./describe.ts";
export { discretise } from "./discretise.ts";
export {
  type AdditiveCost,
  type CostMeasure,
  type ExpectedCost,
  expectedCost,
  type ExpectedCostOptions,
  pathCost,
} from "./expected_cost.ts";
export type { Gating } from "./gating.ts";
export { drawGumbel, gdas, type GdasOptions, type GumbelDraw } from "./gdas.ts";
export type {
  GradientMethod,
  GradientStep,
  LogitSettings,
  LogitSlopes,
} from "./gradient_method.ts";
export type { Drop, GradientOptions, SkipOptions, SupernetTraining } from "./gradient_options.ts";
export {
  type GradientEpoch,
  gradientEpochs,
  type GradientResult,
  gradientSearch,
  type SearchData,
} from "./gradient_search.ts";
export { inheritWeights } from "./inherit_weights.ts";
export type { LogitAdamSettings } from "./logit_adam.ts";
export { Logits, type LogitsOptions, type LogitsState } from "./logits.ts";
export { oneShot, type OneShotOptions } from "./one_shot.ts";
export {
  type KnownNetwork,
  type OneShotAgreement,
  oneShotAgreement,
  type OneShotAgreementOptions,
  type OneShotRow,
} from "./one_shot_agreement.ts";
export { oneShotEvaluate, type OneShotEvaluateOptions } from "./one_shot_evaluate.ts";
export { pathGates } from "./path.ts";
export { proxyless, type ProxylessOptions } from "./proxyless.ts";
export { recalibrate } from "./recalibrate.ts";
export { keepWeights, shiftWeights } from "./shift_weights.ts";
export { countSkips } from "./skips.ts";
export { type Supernet, supernetOf } from "./supernet.ts";
export {
  type UnrolledGradient,
  unrolledGradient,
  type UnrolledOptions,
} from "./unrolled_gradient.ts";
