import type { Direction } from "../stats/mod.ts";

/** Scores from here on count as infinite. */
const infinite = 1e300;
/** Stands for a score that is not defined. */
const undefinedScore = 2e300;

/**
 * A score as a metric: metrics are finite, so that JSON can hold them. An infinity is ±1e300, and what
 * is not defined ranks behind it: 2e300 where less is better, −2e300 where more is.
 *
 * @example
 * ```ts
 * import { metricOfScore, scoreOfMetric } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(metricOfScore(0.5, "maximize"), 0.5);
 * assertEquals(metricOfScore(-Infinity, "maximize"), -1e300);
 * assertEquals(metricOfScore(NaN, "maximize"), -2e300);
 * assertEquals(scoreOfMetric(-2e300), NaN);
 * ```
 */
export function metricOfScore(score: number, direction: Direction): number {
  if (Number.isNaN(score)) return direction === "maximize" ? -undefinedScore : undefinedScore;
  return Math.min(Math.max(score, -infinite), infinite);
}

/** The score that {@linkcode metricOfScore} made a metric of; scores themselves stay as they are. */
export function scoreOfMetric(metric: number): number {
  if (Math.abs(metric) === undefinedScore) return NaN;
  return Math.abs(metric) >= infinite ? Math.sign(metric) * Infinity : metric;
}
