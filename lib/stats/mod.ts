/**
 * Statistics for comparing candidates and methods.
 *
 * @module
 */
export { type Direction, paretoFront } from "./pareto.ts";
export { averageRanks, spearman } from "./rank_correlation.ts";
