import { type Direction, paretoFront } from "../stats/pareto.ts";
import { short } from "./short.ts";
import type { Goal } from "./strategy.ts";
import { type StudyRow, toCsv, toRow } from "./table.ts";
import { fidelityOf, type Trial } from "./trial.ts";

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
  /** That trial's value of the metric to report, where it has it. */
  readonly reported?: number;
}

/** What {@linkcode Study.incumbent} follows: a goal, the search's objective when absent. */
export interface IncumbentOptions extends Partial<Goal> {
  /** Another metric of the best trial to tell, e.g. `"testAccuracy"` of what validation chose. */
  readonly report?: string;
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
  /** The candidates that were turned away, numbered from 0 in the order of asking. */
  readonly rejected: readonly Trial<A>[];
  /** Why the search ended. */
  readonly stopped: StopReason;
  /**
   * How long the search took, in seconds, earlier parts of a resumed one included; where the time of
   * evaluations is simulated, the sum of it.
   */
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
   * The complete trial with the best value of the objective, of those that were trained for the most
   * epochs; the earliest of equals.
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
   * Only those compete that were trained for the most epochs.
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
    const complete = competing(this.trials);
    const points = complete.map((trial) => metrics.map((metric) => valueOf(trial, metric)));
    return paretoFront(points, Object.values(directions)).map((i) => complete[i]!);
  }

  /**
   * The best trial so far, trial by trial, from the first complete one on.
   *
   * Where a strategy asks for different numbers of epochs, only trials with the most epochs seen so
   * far compete: the first longer training takes the place of the best shorter one, whatever its value.
   *
   * @param options What is best, and what is worth knowing of it.
   * @throws {RangeError} When the search had several objectives and none is named, a trial lacks its
   * metric, or no trial has the metric to report.
   *
   * @example What is chosen by validation, and what it is worth on test images
   * ```ts
   * import { fashion201, tabular, maximize, randomSearch, search } from "naskit";
   * import { assertEquals } from "@std/assert";
   *
   * const table = await fashion201();
   * const study = await search({
   *   space: table.known,
   *   strategy: randomSearch(),
   *   evaluate: tabular(table),
   *   objective: maximize("accuracy"),
   *   budget: { trials: 20 },
   *   seed: "nas",
   * });
   * const { trial, reported } = study.incumbent({ report: "testAccuracy" }).at(-1)!;
   * assertEquals(trial, study.best());
   * assertEquals(reported, trial.metrics.testAccuracy);
   * ```
   */
  incumbent({ report, ...goal }: IncumbentOptions = {}): Incumbent<A>[] {
    const { metric, direction } = this.#goal(goal);
    const curve: Incumbent<A>[] = [];
    let best: Trial<A> | undefined;
    let seconds = 0;
    for (const trial of this.trials) {
      seconds += trial.seconds;
      if (trial.status === "complete") {
        const value = valueOf(trial, metric);
        if (best === undefined || takesOver(trial, value, best)) best = trial;
      }
      if (best === undefined) continue;
      const reported = report === undefined ? undefined : best.metrics[report];
      curve.push({
        index: trial.index,
        value: best.metrics[metric] as number,
        seconds,
        trial: best,
        ...(reported === undefined ? {} : { reported }),
      });
    }
    if (report !== undefined && curve.length > 0) {
      if (!curve.some(({ reported }) => reported !== undefined)) valueOf(best!, report);
    }
    return curve;

    function takesOver(trial: Trial<A>, value: number, best: Trial<A>): boolean {
      const longer = fidelityOf(trial) - fidelityOf(best);
      // Two of no stated length are equally long; their difference is not a number.
      if (longer > 0 || longer < 0) return longer > 0;
      const gain = value - best.metrics[metric]!;
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
      early: "stopped early",
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

  /** A goal that is given, or the search's. */
  #goal({ metric, direction }: Partial<Goal>): Goal {
    if (metric !== undefined && direction !== undefined) return { metric, direction };
    if (metric !== undefined || direction !== undefined) {
      throw new TypeError(
        `Cannot rank: a goal must have a metric and a direction, got ${metric} and ${direction}`,
      );
    }
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

/** The complete trials that were trained for the most epochs. */
function competing<A>(trials: readonly Trial<A>[]): Trial<A>[] {
  const complete = trials.filter(({ status }) => status === "complete");
  const longest = complete.reduce((most, trial) => Math.max(most, fidelityOf(trial)), 0);
  return complete.filter((trial) => fidelityOf(trial) === longest);
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
