import { paretoFront } from "../stats/pareto.ts";
import {
  type HypervolumeReference,
  type HypervolumeStep,
  hypervolumeSteps,
} from "./hypervolume_steps.ts";
import {
  type DecisionImportance,
  type DecisionSpace,
  type ImportanceOptions,
  importances,
} from "./importance.ts";
import {
  competing,
  gain,
  type Incumbent,
  type IncumbentOptions,
  incumbents,
  valueOf,
} from "./incumbent.ts";
import { mergeStudies } from "./merge_studies.ts";
import { short } from "./short.ts";
import type { Goal } from "./strategy.ts";
import type { ParetoDirections, StopReason, StudyData, StudyJsonOptions } from "./study_data.ts";
import { type StudyRow, toCsv, toRow } from "./table.ts";
import type { Trial } from "./trial.ts";

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
   * import { fashion201, maximize, randomSearch, search, tabular } from "naskit";
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
    return incumbents(this.trials, this.#goal(goal), report);
  }

  /**
   * How much the Pareto front dominates, trial by trial, from the first complete one on; see
   * {@linkcode hypervolume}. Where a strategy asks for different numbers of epochs, only trials with
   * the most epochs seen so far make the front, which may fall back when longer ones begin.
   *
   * @param reference The worst value that counts of each metric.
   * @param directions The metrics that count, each with its direction; the search's objectives when
   * absent.
   * @throws {RangeError} When no metric is named, the reference lacks one, or a trial does.
   */
  hypervolume(
    reference: HypervolumeReference,
    directions: ParetoDirections = this.#directions(),
  ): HypervolumeStep[] {
    return hypervolumeSteps(this.trials, reference, directions);
  }

  /**
   * Which decisions the objective depends on: the share of its variance that each one explains by
   * itself, by {@linkcode mainEffects} of the trials that were trained for the most epochs. A few
   * hundred trials tell the large shares well.
   *
   * The share of a decision that does not matter is not 0, because a forest also learns what is
   * chance. `chance` tells how much: the largest share of a shuffled copy of the decision in ten
   * forests that had such copies of all decisions beside them (after Kursa & Rudnicki 2010, "Boruta").
   *
   * @param space The space that was searched.
   * @param options Which objective, and the seed of the forests.
   * @returns By decision, in the space's order; shares that do not exceed `chance` mean nothing.
   * @throws {RangeError} When the study is of another space, fewer than 10 trials are complete, or the
   * search had several objectives and none is named.
   *
   * @example
   * ```ts
   * import { maximize, nasBench201, randomSearch, search, table } from "naskit";
   * import { assert, assertEquals } from "@std/assert";
   *
   * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
   * const study = await search({
   *   space,
   *   strategy: randomSearch(),
   *   // Only the first edge matters.
   *   evaluate: (arch) => ({ score: space.toChoices(arch)[0]! }),
   *   objective: maximize("score"),
   *   budget: { trials: 100 },
   *   seed: "nas",
   * });
   * const importance = study.importance(space);
   * assert(importance[0]!.share > 0.95);
   * assert(importance.slice(1).every(({ share }) => share < 0.05));
   * assertEquals(table(importance).columns, ["decision", "share", "chance"]);
   * ```
   */
  importance(
    space: DecisionSpace<A>,
    { seed = "importance", ...goal }: ImportanceOptions = {},
  ): DecisionImportance[] {
    if (space.name !== this.space) {
      throw new RangeError(
        `Cannot rank decisions: the study is of ${this.space}, got space ${space.name}`,
      );
    }
    return importances(this.trials, { space, goal: this.#goal(goal), seed });
  }

  /**
   * The best trials as flat records, for a table: `rank` from 1, the objective, and then what
   * {@linkcode Study.toRows} gives but for what is of no use there. Only trials that were trained
   * for the most epochs compete, and none that repeats another.
   *
   * @param count How many.
   * @param goal What is best; the search's objective when absent.
   * @throws {RangeError} When `count` is not a positive integer, the search had several objectives and
   * `goal` is absent, or a trial lacks its metric.
   *
   * @example
   * ```ts
   * import { fashion201, maximize, randomSearch, search, table, tabular } from "naskit";
   * import { assertEquals } from "@std/assert";
   *
   * const known = await fashion201();
   * const study = await search({
   *   space: known.known,
   *   strategy: randomSearch(),
   *   evaluate: tabular(known),
   *   objective: maximize("accuracy"),
   *   budget: { trials: 20 },
   *   seed: "nas",
   * });
   * const best = table(study.top(5), { columns: ["rank", "accuracy", "testAccuracy", "macs"] });
   * assertEquals(best.cells.map(([rank]) => rank), ["1", "2", "3", "4", "5"]);
   * ```
   */
  top(count: number, goal: Partial<Goal> = {}): StudyRow[] {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new RangeError(`Cannot rank: count must be a positive integer, got ${count}`);
    }
    const { metric, direction } = this.#goal(goal);
    return competing(this.trials)
      .filter(({ repeats }) => repeats === undefined)
      .map((trial) => ({ trial, value: valueOf(trial, metric) }))
      .sort((a, b) => gain(b.trial, a.trial, { metric, direction }))
      .slice(0, count)
      .map(({ trial, value }, i) => {
        const { status: _, seed: __, [metric]: ___, ...row } = toRow(trial);
        return { rank: i + 1, [metric]: value, ...row };
      });
  }

  /**
   * Several studies as one: what a strategy found with several seeds, or several strategies. Trials
   * are numbered on from study to study, and keep their seeds.
   *
   * @throws {RangeError} When there is none, one comes twice, or they are of different spaces or goals.
   *
   * @example
   * ```ts
   * import { maximize, nasBench201, randomSearch, search, Study } from "naskit";
   * import { assertEquals } from "@std/assert";
   *
   * const studies = await Promise.all(["a", "b"].map((seed) =>
   *   search({
   *     space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
   *     strategy: randomSearch(),
   *     evaluate: (_arch, { graph }) => ({ nodes: graph.nodes.length }),
   *     objective: maximize("nodes"),
   *     budget: { trials: 5 },
   *     seed,
   *   })
   * ));
   * const both = Study.merge(studies);
   * assertEquals([both.seed, both.trials.length], ["a, b", 10]);
   * assertEquals(both.trials[7]!.seed, "b/trial/2");
   * ```
   */
  static merge<A>(studies: readonly Study<A>[]): Study<A> {
    return new Study(mergeStudies(studies));
  }

  /**
   * The trials as flat records: `index`, `key`, `status`, `seed`, `seconds` and, where they are,
   * `epochs`, `parents` (with spaces between), `repeats`, the metrics by name, the notes as
   * `notes.<name>`, the `failures` before the last attempt and the `reason` of the last. A metric that
   * has one of these names becomes `metrics.<name>`.
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
