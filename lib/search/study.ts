import { type Direction, paretoFront } from "../stats/pareto.ts";
import type { Goal } from "./strategy.ts";
import { type StudyRow, toCsv, toRow } from "./table.ts";
import type { Trial } from "./trial.ts";

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
  /** The candidates that broke a constraint, numbered from 0 in the order of asking. */
  readonly rejected: readonly Trial<A>[];
  /** Why the search ended. `failed`: it threw, and the error carries this study. */
  readonly stopped: "budget" | "exhausted" | "aborted" | "failed";
  /** How long the search took, in seconds, earlier parts of a resumed one included. */
  readonly seconds: number;
}

/** The best trial so far, at one trial of a search. */
export interface Incumbent<A> {
  /** The index of the trial that had just ended. */
  readonly index: number;
  /** The best value of the objective so far. */
  readonly value: number;
  /** Seconds of evaluation so far, this trial and all failed ones included. */
  readonly seconds: number;
  /** The trial that holds the best value. */
  readonly trial: Trial<A>;
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

/**
 * The result of a search: its data and what follows from it.
 *
 * @example A study from saved data
 * ```ts
 * import { maximize, Study } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const trial = { status: "complete", curves: {}, seed: "s", seconds: 1 } as const;
 * const study = new Study({
 *   space: "letters", strategy: "by hand", seed: "s", goals: [maximize("score")],
 *   trials: [
 *     { ...trial, index: 0, arch: "a", key: "a", metrics: { score: 2, macs: 30 } },
 *     { ...trial, index: 1, arch: "b", key: "b", metrics: { score: 5, macs: 40 } },
 *     { ...trial, index: 2, arch: "c", key: "c", metrics: { score: 1, macs: 50 } },
 *   ],
 *   rejected: [], stopped: "budget", seconds: 3,
 * });
 * assertEquals(study.best().arch, "b");
 * assertEquals(study.incumbent().map(({ value }) => value), [2, 5, 5]);
 * const front = study.paretoFront({ score: "maximize", macs: "minimize" });
 * assertEquals(front.map(({ arch }) => arch), ["a", "b"]);
 * ```
 */
export class Study<A> implements StudyData<A> {
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
  /** The candidates that broke a constraint, numbered from 0 in the order of asking. */
  readonly rejected: readonly Trial<A>[];
  /** Why the search ended. `failed`: it threw, and the error carries this study. */
  readonly stopped: "budget" | "exhausted" | "aborted" | "failed";
  /** How long the search took, in seconds, earlier parts of a resumed one included. */
  readonly seconds: number;

  /** A study of this data, e.g. what {@linkcode Study.toJSON} gave. */
  constructor(data: StudyData<A>) {
    this.space = data.space;
    this.strategy = data.strategy;
    this.seed = data.seed;
    this.goals = data.goals;
    this.trials = data.trials;
    this.rejected = data.rejected;
    this.stopped = data.stopped;
    this.seconds = data.seconds;
  }

  /**
   * The complete trial with the best value of the objective; the earliest of equals.
   *
   * @param goal What is best; the search's objective when absent.
   * @throws {Error} When no trial completed, saying what happened to them.
   * @throws {RangeError} When the search had several objectives and `goal` is absent, or a trial
   * lacks its metric.
   */
  best(goal?: Goal): Trial<A> {
    const best = this.incumbent(goal).at(-1)?.trial;
    if (best !== undefined) return best;
    const reason = (this.trials[0] ?? this.rejected[0])?.reason;
    throw new Error(
      `Cannot name the best trial: none is complete, ${this.trials.length} failed and ` +
        `${this.rejected.length} were rejected` + (reason ? ` (the first: ${reason})` : ""),
    );
  }

  /**
   * The complete trials that no other beats in one metric without being worse in another, by index.
   *
   * @param directions The metrics that count, each with its direction; the search's objectives when
   * absent.
   * @throws {RangeError} When no metric is named, or a trial lacks one.
   */
  paretoFront(directions: ParetoDirections = this.#directions()): Trial<A>[] {
    const metrics = Object.keys(directions);
    if (metrics.length === 0) {
      throw new RangeError("Cannot find the Pareto front: directions names no metric");
    }
    const complete = this.trials.filter(({ status }) => status === "complete");
    const points = complete.map((trial) => metrics.map((metric) => valueOf(trial, metric)));
    return paretoFront(points, Object.values(directions)).map((i) => complete[i]!);
  }

  /**
   * The best trial so far, trial by trial, from the first complete one on.
   *
   * @param goal What is best; the search's objective when absent.
   * @throws {RangeError} When the search had several objectives and `goal` is absent, or a trial
   * lacks its metric.
   */
  incumbent(goal: Goal = this.#soleGoal()): Incumbent<A>[] {
    const { metric, direction } = goal;
    const curve: Incumbent<A>[] = [];
    let best: Trial<A> | undefined;
    let seconds = 0;
    for (const trial of this.trials) {
      seconds += trial.seconds;
      if (trial.status === "complete") valueOf(trial, metric);
      if (trial.status === "complete" && (best === undefined || beats(trial, best))) best = trial;
      if (best === undefined) continue;
      curve.push({ index: trial.index, value: best.metrics[metric]!, seconds, trial: best });
    }
    return curve;

    function beats(a: Trial<A>, b: Trial<A>): boolean {
      const gain = a.metrics[metric]! - b.metrics[metric]!;
      return direction === "maximize" ? gain > 0 : gain < 0;
    }
  }

  /**
   * The trials as flat records: `index`, `key`, `status`, `seed`, `seconds`, the metrics by name,
   * and the `reason` of a failure. A metric that has one of these names becomes `metrics.<name>`.
   */
  toRows(): StudyRow[] {
    return this.trials.map(toRow);
  }

  /** {@linkcode Study.toRows} as CSV (RFC 4180): a header line, CRLF line ends, quotes where needed. */
  toCSV(): string {
    return toCsv(this.toRows());
  }

  /** Plain data that `new Study` takes back; `JSON.stringify` calls it. */
  toJSON(options: StudyJsonOptions = {}): StudyData<A> {
    const data = { ...this };
    // JSON.stringify passes the name of the property, a text, which has no `times`.
    if (options.times ?? true) return data;
    const timeless = (trial: Trial<A>): Trial<A> => ({ ...trial, seconds: 0 });
    return {
      ...data,
      trials: this.trials.map(timeless),
      rejected: this.rejected.map(timeless),
      seconds: 0,
    };
  }

  /** A summary of two lines. */
  toString(): string {
    const failed = this.trials.filter(({ status }) => status === "failed").length;
    const counts = [
      `${this.trials.length} trials`,
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(this.rejected.length > 0 ? [`${this.rejected.length} rejected`] : []),
      `${this.seconds.toFixed(1)} s`,
    ];
    const ended = {
      budget: "stopped by its budget",
      exhausted: "nothing left to try",
      aborted: "aborted",
      failed: "ended by an error",
    }[this.stopped];
    return `${this.strategy} on ${this.space}, seed "${this.seed}": ${
      counts.join(", ")
    }; ${ended}\n${this.#found()}`;
  }

  /** What was found, in a line. */
  #found(): string {
    const metrics = this.goals.map(({ metric }) => metric);
    if (!this.trials.some(({ status }) => status === "complete")) {
      return `no ${metrics.join(", no ")} yet`;
    }
    if (metrics.length > 1) {
      return `${this.paretoFront().length} on the Pareto front of ${metrics.join(", ")}`;
    }
    const { value, trial } = this.incumbent().at(-1) as Incumbent<A>;
    return `best ${metrics[0]} ${short(value)} in trial ${trial.index}: ${trial.key}`;
  }

  #soleGoal(): Goal {
    if (this.goals.length === 1) return this.goals[0] as Goal;
    const metrics = this.goals.map(({ metric }) => metric).join(", ");
    throw new RangeError(
      `Cannot name the best trial: the search had several objectives (${metrics}); ` +
        "name a goal, or ask for the paretoFront()",
    );
  }

  #directions(): ParetoDirections {
    return Object.fromEntries(this.goals.map(({ metric, direction }) => [metric, direction]));
  }

  /** How a notebook shows a study: as its summary. */
  [Symbol.for("Jupyter.display")](): { "text/plain": string } {
    return { "text/plain": this.toString() };
  }
}

function valueOf(trial: Trial<unknown>, metric: string): number {
  const value = trial.metrics[metric];
  if (value !== undefined) return value;
  throw new RangeError(
    `Cannot rank: trial ${trial.index} has no metric "${metric}", only ${
      Object.keys(trial.metrics).map((name) => `"${name}"`).join(", ")
    }`,
  );
}

/** A number with four digits, for people. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
