/**
 * Statistics for comparing candidates and methods.
 *
 * @module
 */
export { Cholesky } from "./cholesky.ts";
export { crowdingDistance } from "./crowding_distance.ts";
export { expectedBest, type ExpectedBestOptions } from "./expected_best.ts";
export { friedman, type FriedmanOptions, type FriedmanTest } from "./friedman.ts";
export { mainEffects, type MainEffectsOptions } from "./functional_anova.ts";
export { holm } from "./holm.ts";
export { hypervolume } from "./hypervolume.ts";
export { nonDominatedSort } from "./non_dominated_sort.ts";
export { normalDensity, normalProbability } from "./normal.ts";
export { type Direction, paretoFront } from "./pareto.ts";
export { quantile } from "./quantile.ts";
export { averageRanks, spearman } from "./rank_correlation.ts";
export { rangeProbability, rangeQuantile } from "./studentized_range.ts";
export { symmetricEigenvalues } from "./symmetric_eigenvalues.ts";
export { chiSquareTail, fTail } from "./tails.ts";
export { type SignedRankTest, wilcoxon } from "./wilcoxon.ts";
