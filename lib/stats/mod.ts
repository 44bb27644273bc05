/**
 * Statistics for comparing candidates and methods.
 *
 * @module
 */
export { type Direction, paretoFront } from "./pareto.ts";
export { quantile } from "./quantile.ts";
export { averageRanks, spearman } from "./rank_correlation.ts";
