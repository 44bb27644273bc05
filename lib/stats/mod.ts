/**
 * Statistics for comparing candidates and methods.
 *
 * @module
 */
export { bestAtTop } from "./best_at_top.ts";
export { bootstrapIntervals, type BootstrapOptions, type Interval } from "./bootstrap.ts";
export { Cholesky } from "./cholesky.ts";
export { correlate, type CorrelateOptions, type Correlation } from "./correlate.ts";
export { crowdingDistance } from "./crowding_distance.ts";
export { expectedBest, type ExpectedBestOptions } from "./expected_best.ts";
export { friedman, type FriedmanOptions, type FriedmanTest } from "./friedman.ts";
export { mainEffects, type MainEffectsOptions } from "./functional_anova.ts";
export { holm } from "./holm.ts";
export { hypervolume } from "./hypervolume.ts";
export { kendall } from "./kendall.ts";
export {
  leastSquares,
  type LeastSquaresProblem,
  type LeastSquaresSolution,
} from "./least_squares.ts";
export { type MeanAndError, meanAndError } from "./mean_and_error.ts";
export { nonDominatedSort } from "./non_dominated_sort.ts";
export { normalDensity, normalProbability } from "./normal.ts";
export { type Direction, paretoFront } from "./pareto.ts";
export { partialSpearman } from "./partial_spearman.ts";
export { quantile } from "./quantile.ts";
export { averageRanks, spearman } from "./rank_correlation.ts";
export { rangeProbability, rangeQuantile } from "./studentized_range.ts";
export { symmetricEigenvalues } from "./symmetric_eigenvalues.ts";
export { chiSquareTail, fTail } from "./tails.ts";
export { type SignedRankTest, wilcoxon } from "./wilcoxon.ts";
