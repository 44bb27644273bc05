import { friedman, type FriedmanTest } from "../../stats/friedman.ts";
import { holm } from "../../stats/holm.ts";
import { quantile } from "../../stats/quantile.ts";
import { wilcoxon } from "../../stats/wilcoxon.ts";
import type { SearchBudget } from "../options.ts";
import type { Goal } from "../strategy.ts";
import { stepsAt } from "./steps.ts";

/**
 * The course of one run: a step for each trial that was the best so far, and what was tried. Plain
 * JSON.
 */
export interface ComparedRun {
  /** The name of the strategy. */
  readonly strategy: string;
  /** The seed of the search. */
  readonly seed: string;
  /** How many trials it made. */
  readonly trials: number;
  /** How long they took, in seconds, simulated or by the clock. */
  readonly seconds: number;
  /** After how many trials each step was reached. */
  readonly at: readonly number[];
  /** The objective at each step. */
  readonly values: readonly number[];
  /** The metric to report at each step, as that trial had it. */
  readonly reports: readonly number[];
  /** The same as the benchmark knows it of that architecture, where it is one; otherwise empty. */
  readonly known: readonly number[];
  /** After how many seconds each step was reached. */
  readonly times: readonly number[];
  /** The objective of each trial. */
  readonly tried: readonly number[];
  /** Which architecture each trial had: a number, from 0 in the order in which they were new. */
  readonly archs: readonly number[];
}

/** Everything that a comparison found, as plain JSON. */
export interface ComparisonData {
  /** The space's name. */
  readonly space: string;
  /** The strategies: the names that they were given, and their own with all options. */
  readonly strategies: readonly { readonly name: string; readonly strategy: string }[];
  /** What they looked for. */
  readonly goal: Goal;
  /** The metric that counts in the end. */
  readonly report: string;
  /** What each run was given. */
  readonly budget: SearchBudget;
  /** Whether seconds are simulated. */
  readonly simulated: boolean;
  /** The best that any architecture is known to have of the metric to report. */
  readonly optimum?: number;
  /** The runs, those with the same seed together. */
  readonly runs: readonly ComparedRun[];
}

/** Which numbers of a comparison are looked at. */
export interface ComparisonView {
  /**
   * `"report"`, when absent: the metric to report of the best trial so far, of that one training.
   * `"known"`: the same as the benchmark knows it of the architecture, the mean of its trainings,
   * free of what luck that one had. `"regret"`: how far this is from the best there is. `"value"`:
   * the objective, by which the trial was the best.
   *
   * Two more are not of the best trial but of all: `"tried"`, the mean of their objectives, and
   * `"different"`, how many different architectures they had.
   */
  readonly of?: "report" | "known" | "regret" | "value" | "tried" | "different";
  /** Of how many trials before that point `"tried"` and `"different"` are; of all when absent. */
  readonly last?: number;
  /** After how many trials; at the end when absent. */
  readonly trials?: number;
  /** After how many seconds, instead. */
  readonly seconds?: number;
}

/** Which curves {@linkcode Comparison.curves} gives. */
export interface ComparisonCurveOptions extends Pick<ComparisonView, "of" | "last"> {
  /** What is along the curve; `"trials"` when absent. */
  readonly over?: "trials" | "seconds";
  /** The shares of runs below the two ends of the band; the quartiles when absent. */
  readonly band?: readonly [low: number, high: number];
  /** At how many points, evenly spread; when absent, each trial, or 100 points in time. */
  readonly points?: number;
}

/** The course of a strategy over all seeds. */
export interface ComparisonCurve {
  /** The name of the strategy. */
  readonly name: string;
  /** Trials or seconds, from where every run has something to show. */
  readonly x: readonly number[];
  /** Means over the seeds. */
  readonly mean: readonly number[];
  /** The lower end of the band. */
  readonly lower: readonly number[];
  /** The upper end of the band. */
  readonly upper: readonly number[];
}

/** How a strategy did at the end, over all seeds. */
export interface ComparisonRow {
  /** The name of the strategy. */
  readonly name: string;
  /** The mean over the seeds. */
  readonly mean: number;
  /** The standard deviation between seeds. */
  readonly sd: number;
  /** The standard error of the mean. */
  readonly error: number;
  /** The middle seed. */
  readonly median: number;
  /** The share of the other strategies' runs with the same seed that it beats, ties counted half. */
  readonly winRate: number;
  /** Trials of a run, in the mean. */
  readonly trials: number;
  /** Seconds of a run, in the mean. */
  readonly seconds: number;
}

/** Two strategies, seed by seed. */
export interface PairedTest {
  /** The name of the one with the better mean. */
  readonly better: string;
  /** The name of the other. */
  readonly worse: string;
  /** By how much the first is better, in the mean. */
  readonly gain: number;
  /** With how many seeds it is better. */
  readonly wins: number;
  /** With how many it is worse. */
  readonly losses: number;
  /** The probability of Wilcoxon's signed-rank test, two-sided. */
  readonly p: number;
  /** The same, corrected for the number of pairs by Holm's procedure. */
  readonly corrected: number;
}

/** The strategies' mean ranks over the seeds; 1 would be the best with every seed. */
export interface ComparisonRanking extends FriedmanTest {
  /** The names, as the ranks are. */
  readonly names: readonly string[];
}

/**
 * What several strategies reached with equal budgets and equal seeds, and how sure it is. Made by
 * {@linkcode compare}. Only seeds count with which every strategy has a run.
 */
export class Comparison {
  /** All that is known. */
  readonly data: ComparisonData;
  /** The names of the strategies. */
  readonly names: readonly string[];
  /** The seeds with which every strategy has a run. */
  readonly seeds: readonly string[];
  /** By strategy, the runs with these seeds. */
  readonly #runs: readonly (readonly ComparedRun[])[];

  /** A comparison of this data, e.g. what {@linkcode Comparison.toJSON} gave. */
  constructor(data: ComparisonData) {
    this.data = data;
    this.names = data.strategies.map(({ name }) => name);
    const bySeed = Map.groupBy(data.runs, ({ seed }) => seed);
    const complete = [...bySeed].filter(([, runs]) => runs.length === this.names.length);
    this.seeds = complete.map(([seed]) => seed);
    this.#runs = this.names.map((name) =>
      complete.map(([, runs]) => runs.find(({ strategy }) => strategy === name) as ComparedRun)
    );
  }

  /**
   * What each strategy had with each seed, in the order of `names` and `seeds`; `NaN` where a run had
   * no complete trial yet.
   *
   * @throws {RangeError} When regret is asked for and the best is not known, what was tried after some
   * seconds, or `last` is no positive whole number.
   */
  finals(view: ComparisonView = {}): number[][] {
    return this.#runs.map((runs) => this.#valuesOf(runs, view));
  }

  /**
   * Means and bands over the seeds, as the runs go on.
   *
   * @throws {RangeError} When regret is asked for and the best is not known, or an option is bad.
   */
  curves(options: ComparisonCurveOptions = {}): ComparisonCurve[] {
    const { of = "report", last, over = "trials", band = [0.25, 0.75] } = options;
    const all = this.#runs.flat();
    const end = all.reduce((most, run) => Math.max(most, run[over]), 0);
    const points = options.points ?? (over === "trials" ? end : 100);
    if (!Number.isSafeInteger(points) || points < 1) {
      throw new RangeError(`Cannot draw curves: points must be a positive number, got ${points}`);
    }
    const what = { of, ...(last === undefined ? {} : { last }) };
    return this.#runs.map((runs, i) => {
      const [xs, mean]: [number[], number[]] = [[], []];
      const [lower, upper]: [number[], number[]] = [[], []];
      for (let k = 1; k <= points; k++) {
        const x = over === "trials" ? Math.ceil(end * k / points) : end * k / points;
        const values = this.#valuesOf(runs, { ...what, [over]: x });
        if (values.some(Number.isNaN)) continue;
        xs.push(x);
        mean.push(meanOf(values));
        lower.push(quantile(values, band[0]));
        upper.push(quantile(values, band[1]));
      }
      return { name: this.names[i] as string, x: xs, mean, lower, upper };
    });
  }

  /** A row of figures for each strategy. */
  table(view: ComparisonView = {}): ComparisonRow[] {
    const finals = this.finals(view);
    const sign = this.#sign(view);
    return finals.map((values, i) => {
      const mean = meanOf(values);
      const sd = Math.sqrt(
        values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1),
      );
      const points = finals.flatMap((others, k) =>
        k === i ? [] : others.map((other, seed) => score(sign * (values[seed]! - other)))
      );
      const runs = this.#runs[i] as readonly ComparedRun[];
      return {
        name: this.names[i] as string,
        mean,
        sd,
        error: sd / Math.sqrt(values.length),
        median: quantile(values, 0.5),
        winRate: meanOf(points),
        trials: meanOf(runs.map(({ trials }) => trials)),
        seconds: meanOf(runs.map(({ seconds }) => seconds)),
      };
    });
  }

  /**
   * For each pair of strategies whether the one is better than the other, by Wilcoxon's signed-rank
   * test over the seeds, corrected for the number of pairs; the surest first.
   */
  tests(view: ComparisonView = {}): PairedTest[] {
    const finals = this.finals(view);
    const sign = this.#sign(view);
    const pairs = finals.flatMap((a, i) =>
      finals.slice(i + 1).map((b, k) => {
        const gains = a.map((value, seed) => sign * (value - b[seed]!));
        const gain = meanOf(gains);
        const [wins, losses] = [1, -1].map((way) => gains.filter((g) => g * way > 0).length);
        const [one, other] = [this.names[i] as string, this.names[i + 1 + k] as string];
        const { p } = wilcoxon(a, b);
        return gain >= 0
          ? { better: one, worse: other, gain, wins: wins!, losses: losses!, p }
          : { better: other, worse: one, gain: -gain, wins: losses!, losses: wins!, p };
      })
    );
    const corrected = holm(pairs.map(({ p }) => p));
    return pairs.map((pair, i) => ({ ...pair, corrected: corrected[i] as number }))
      .sort((a, b) => a.p - b.p);
  }

  /**
   * Mean ranks over the seeds, with Friedman's test and Nemenyi's critical difference.
   *
   * @throws {RangeError} When there are less than two strategies or two seeds.
   */
  ranking(view: ComparisonView & { readonly alpha?: number } = {}): ComparisonRanking {
    const finals = this.finals(view);
    const rows = this.seeds.map((_, seed) => finals.map((values) => values[seed] as number));
    const direction = this.#sign(view) > 0 ? "maximize" : "minimize";
    const { alpha } = view;
    return {
      names: this.names,
      ...friedman(rows, { direction, ...(alpha === undefined ? {} : { alpha }) }),
    };
  }

  /**
   * How often the strategy of the row beats that of the column with the same seed, ties counted half;
   * `NaN` for itself.
   */
  winRates(view: ComparisonView = {}): number[][] {
    const finals = this.finals(view);
    const sign = this.#sign(view);
    return finals.map((a, i) =>
      finals.map((b, k) =>
        i === k ? NaN : meanOf(a.map((value, seed) => score(sign * (value - b[seed]!))))
      )
    );
  }

  /** Plain data that `new Comparison` takes back; `JSON.stringify` calls it. */
  toJSON(): ComparisonData {
    return this.data;
  }

  /** The strategies from best to worst, a line each. */
  toString(): string {
    const { report, space } = this.data;
    const sign = this.#sign({});
    const rows = this.table().sort((a, b) => sign * (b.mean - a.mean)).map(
      ({ name, mean, error }) =>
        `${name}: ${report} ${mean.toPrecision(4)} ± ${error.toPrecision(2)}`,
    );
    return [`${this.names.length} strategies on ${space}, ${this.seeds.length} seeds`, ...rows]
      .join("\n");
  }

  /** How a notebook shows a comparison. */
  [Symbol.for("Jupyter.display")](): { "text/plain": string } {
    return { "text/plain": this.toString() };
  }

  #valuesOf(runs: readonly ComparedRun[], view: ComparisonView): number[] {
    const { of = "report", trials, seconds } = view;
    const best = this.data.optimum;
    if (of === "regret" && best === undefined) {
      throw new RangeError(
        "Cannot tell the regret: the best is known of benchmarks alone, without constraints",
      );
    }
    if (of === "known" && runs.some(({ at, known }) => known.length < at.length)) {
      throw new RangeError("Cannot tell what is known: evaluate must be a benchmark");
    }
    if (of === "tried" || of === "different") return runs.map((run) => recentOf(run, view));
    const column = of === "value" ? "values" : of === "report" ? "reports" : "known";
    return runs.map((run) => {
      const step = seconds !== undefined
        ? stepsAt(run.times, seconds)
        : stepsAt(run.at, trials ?? Infinity);
      const value = run[column][step] ?? NaN;
      return of === "regret" ? this.#sign({}) * (best! - value) : value;
    });
  }

  /** 1 where more is better, −1 where less is. */
  #sign({ of }: ComparisonView): 1 | -1 {
    if (of === "regret") return -1;
    if (of === "different") return 1;
    return this.data.goal.direction === "maximize" ? 1 : -1;
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What the trials before a point were like, all or the last of them. */
function recentOf(run: ComparedRun, { of, trials, seconds, last }: ComparisonView): number {
  if (seconds !== undefined) {
    throw new RangeError("Cannot tell what was tried after some seconds: give trials instead");
  }
  if (last !== undefined && !(Number.isSafeInteger(last) && last > 0)) {
    throw new RangeError(
      `Cannot tell what was tried: last must be a positive whole number, got ${last}`,
    );
  }
  const recent = (of === "tried" ? run.tried : run.archs)
    .slice(0, trials).slice(-(last ?? Infinity));
  return of === "tried" ? meanOf(recent) : new Set(recent).size;
}

/** A point for a win, half of one for a tie. */
function score(gain: number): number {
  return gain > 0 ? 1 : gain === 0 ? 0.5 : 0;
}
