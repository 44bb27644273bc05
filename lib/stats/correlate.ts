import { createRng } from "../engine/rng.ts";
import { bestAtTop } from "./best_at_top.ts";
import { bootstrapIntervals, type Interval } from "./bootstrap.ts";
import type { Direction } from "./pareto.ts";
import { partialSpearman } from "./partial_spearman.ts";
import { RankPair } from "./rank_pair.ts";

/** Options of {@linkcode correlate}. */
export interface CorrelateOptions {
  /** Whether more or less of the score promises a better accuracy; `"maximize"` when absent. */
  readonly direction?: Direction;
  /**
   * What becomes of a score that is `NaN`: it ranks last, behind all others and an infinity as well, as
   * one who must choose by the score would treat it; or its row is dropped. `"last"` when absent.
   */
  readonly nan?: "last" | "drop";
  /** The share of rows, the most accurate, that the correlation at the top is of; 0.1 when absent. */
  readonly top?: number;
  /** What is taken out for the partial correlation, such as numbers of parameters; none when absent. */
  readonly control?: readonly number[];
  /** For how many of the highest scores the best accuracy is wanted; 1, 10 and 100 when absent. */
  readonly at?: readonly number[];
  /** Resamples for the intervals; 1,000 when absent, and with 0 they are `NaN`. */
  readonly resamples?: number;
  /** The share of resamples within an interval; 0.95 when absent. */
  readonly level?: number;
  /** Determines the resamples; `"correlate"` when absent. */
  readonly seed?: string | number;
}

/** How far scores rank as accuracies do. A number is `NaN` where it is not defined. */
export interface Correlation {
  /** How many rows count. */
  readonly count: number;
  /** How many scores were `NaN`. */
  readonly undefined: number;
  /** Spearman's correlation; 1 is the order of accuracies. */
  readonly spearman: number;
  /** Its bootstrap interval. */
  readonly spearmanInterval: Interval;
  /** Kendall's tau-b. */
  readonly kendall: number;
  /** Its bootstrap interval. */
  readonly kendallInterval: Interval;
  /** The same among the most accurate rows alone, and how many these are. */
  readonly top: {
    /** Rows at least as accurate as the last of the share asked for. */
    readonly count: number;
    /** Spearman's correlation. */
    readonly spearman: number;
    /** Kendall's tau-b. */
    readonly kendall: number;
  };
  /** Spearman's correlation with what `control` tells taken out; absent without one. */
  readonly partial?: number;
  /** The best accuracy among so many of the highest scores, see {@linkcode bestAtTop}. */
  readonly bestAt: { readonly [count: number]: number };
}

/**
 * How far scores rank networks as their accuracies do.
 *
 * @param scores A score a row; infinities rank as they are, and `NaN` as `nan` says.
 * @param accuracies An accuracy a row.
 * @throws {RangeError} When lengths differ, an accuracy or a control is `NaN`, or an option is out of
 * range.
 * @throws {TypeError} When `direction` or `nan` is something else.
 *
 * @example
 * ```ts
 * import { correlate } from "naskit";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const accuracies = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
 * const { spearman, spearmanInterval, bestAt } = correlate([3, 1, 2, 4, 6, 5], accuracies);
 * assert(spearman > 0.7 && spearmanInterval[0] < spearman);
 * assertEquals(bestAt[1], 0.9);
 * ```
 */
export function correlate(
  scores: readonly number[],
  accuracies: readonly number[],
  options: CorrelateOptions = {},
): Correlation {
  const { direction = "maximize", nan = "last", top = 0.1, at = [1, 10, 100] } = options;
  const { control, resamples = 1000, level = 0.95, seed = "correlate" } = options;
  check(scores, accuracies, { direction, nan, top, control });
  const rows = [...scores.keys()].filter((i) => nan === "last" || !Number.isNaN(scores[i]));
  const ranks = ranked(rows.map((i) => scores[i]!), direction);
  const values = rows.map((i) => accuracies[i]!);
  const pair = new RankPair(ranks, values);
  const [rho, tau] = [pair.spearman(), pair.kendall()];
  const [spearmanInterval, kendallInterval] = bootstrapIntervals(
    (times) => [pair.take(times).spearman(), pair.kendall()],
    { size: rows.length, resamples, level, rng: createRng(seed) },
  ) as [Interval, Interval];
  return {
    count: rows.length,
    undefined: scores.filter(Number.isNaN).length,
    spearman: rho,
    spearmanInterval,
    kendall: tau,
    kendallInterval,
    top: amongBest(ranks, values, top),
    ...(control === undefined
      ? {}
      : { partial: partialSpearman(ranks, values, rows.map((i) => control[i]!)) }),
    bestAt: Object.fromEntries(at.map((count) => [count, bestAtTop(ranks, values, count)])),
  };
}

function check(
  scores: readonly number[],
  accuracies: readonly number[],
  { direction, nan, top, control }:
    & Required<Pick<CorrelateOptions, "direction" | "nan" | "top">>
    & {
      readonly control: readonly number[] | undefined;
    },
): void {
  for (const [name, column] of Object.entries({ accuracies, control })) {
    if (column === undefined) continue;
    if (column.length !== scores.length) {
      throw new RangeError(
        `Cannot correlate: ${name} must have ${scores.length} values as scores, got ${column.length}`,
      );
    }
    const bad = column.findIndex((value) => Number.isNaN(value));
    if (bad >= 0) throw new RangeError(`Cannot correlate: ${name}[${bad}] is NaN`);
  }
  if (direction !== "maximize" && direction !== "minimize") {
    throw new TypeError(
      `Cannot correlate: direction must be maximize or minimize, got ${direction}`,
    );
  }
  if (nan !== "last" && nan !== "drop") {
    throw new TypeError(`Cannot correlate: nan must be "last" or "drop", got ${nan}`);
  }
  if (!(top > 0 && top <= 1)) {
    throw new RangeError(`Cannot correlate: top must be a share in (0, 1], got ${top}`);
  }
}

/** Scores as numbers in the same order of which more is better: finite, and the least for `NaN`. */
function ranked(scores: readonly number[], direction: Direction): number[] {
  const sign = direction === "maximize" ? 1 : -1;
  const signed = Float64Array.from(scores, (score) => sign * score);
  const defined = signed.filter((score) => !Number.isNaN(score)).sort();
  const places = new Map<number, number>();
  for (const score of defined) if (!places.has(score)) places.set(score, places.size + 1);
  return Array.from(signed, (score) => places.get(score) ?? 0);
}

function amongBest(
  scores: readonly number[],
  values: readonly number[],
  share: number,
): Correlation["top"] {
  const wanted = Math.ceil(share * values.length);
  const bar = Float64Array.from(values).sort()[values.length - wanted] ?? Infinity;
  const best = [...values.keys()].filter((i) => values[i]! >= bar);
  const pair = new RankPair(best.map((i) => scores[i]!), best.map((i) => values[i]!));
  return { count: best.length, spearman: pair.spearman(), kendall: pair.kendall() };
}
