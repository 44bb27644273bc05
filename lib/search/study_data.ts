import type { Direction } from "../stats/pareto.ts";
import type { Goal } from "./strategy.ts";
import type { Trial } from "./trial.ts";

/**
 * Why a search ended: its budget was used up, its strategy had nothing left to try, its rule
 * `stopWhen` said so, it was aborted, or it threw, and the error carries the study.
 */
export type StopReason = "budget" | "exhausted" | "early" | "aborted" | "failed";

/** Everything that happened in one search, as plain data. */
export interface StudyData<A> {
  /** The space's name. */
  readonly space: string;
  /** The strategy's name. */
  readonly strategy: string;
  /** The search's seed. */
  readonly seed: string;
  /** What was looked for. */
  readonly goals: readonly Goal[];
  /** The complete and failed trials, by index. */
  readonly trials: readonly Trial<A>[];
  /** The candidates that were turned away, numbered from 0 in the order of asking. */
  readonly rejected: readonly Trial<A>[];
  /** Why the search ended. */
  readonly stopped: StopReason;
  /**
   * How long the search took, in seconds, earlier parts of a resumed one included; where the time of
   * evaluations is simulated, the sum of it.
   */
  readonly seconds: number;
}

/** Whether each metric is to be as large or as small as possible. */
export interface ParetoDirections {
  /** The direction of the metric of this name. */
  readonly [metric: string]: Direction;
}

/** What {@linkcode Study.toJSON} leaves out. */
export interface StudyJsonOptions {
  /** Whether times are kept; `true` when absent. Without them equal searches give equal data. */
  readonly times?: boolean;
}
