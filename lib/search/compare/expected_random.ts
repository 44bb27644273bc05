import type { Benchmark } from "../../space/benchmark.ts";
import { expectedBest } from "../../stats/expected_best.ts";
import type { Goal } from "../strategy.ts";

/** Options of {@linkcode expectedRandom}. */
export interface ExpectedRandomOptions {
  /** What random search looks for. */
  readonly objective: Goal;
  /** The metric of the best that counts; the objective when absent. */
  readonly report?: string;
  /** After how many trials, one or several numbers. */
  readonly trials: readonly number[];
  /** Whether it may try an architecture again; `false` when absent, as `randomSearch()` does not. */
  readonly replacement?: boolean;
}

/**
 * What random search reaches on average on a benchmark, by {@linkcode expectedBest} and without a
 * search: the line that {@linkcode compare} would give with infinitely many seeds. Exact where each
 * architecture has one value; with several trainings of each, that of their means.
 *
 * @returns The mean after each number of trials.
 * @throws {RangeError} When the benchmark lacks a metric, or a number of trials is no positive whole
 * number.
 *
 * @example
 * ```ts
 * import { expectedRandom, fashion201, maximize, tabular } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const benchmark = tabular(await fashion201(), { repeat: "mean" });
 * const [few, many] = expectedRandom(benchmark, {
 *   objective: maximize("accuracy"),
 *   trials: [5, 50],
 * });
 * assert(few! < many!);
 * ```
 */
export function expectedRandom<A>(
  benchmark: Benchmark<A>,
  { objective, report = objective.metric, trials, replacement = false }: ExpectedRandomOptions,
): number[] {
  const options = {
    direction: objective.direction,
    replacement,
    report: benchmark.values(report),
  };
  const values = benchmark.values(objective.metric);
  return trials.map((draws) => expectedBest(values, draws, options));
}
