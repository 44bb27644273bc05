import { gain } from "./incumbent.ts";
import { short } from "./short.ts";
import type { Goal } from "./strategy.ts";
import { fidelityOf, type Trial } from "./trial.ts";

/** A search as it stands, for callbacks: what its strategy was told so far. */
export interface SearchState<A> {
  /** The complete and failed trials, by index; grows as the search goes on. */
  readonly trials: readonly Trial<A>[];
  /** The best complete trial; `undefined` before there is one and for several objectives. */
  readonly best: Trial<A> | undefined;
  /**
   * The index of the last trial that was an improvement: better than all before it or, for several
   * objectives, dominated by none of them and equal to none. `undefined` before the first one.
   */
  readonly improved: number | undefined;
  /** How many trials stand on the Pareto front of the objectives. */
  readonly front: number;
  /** How many trials failed. */
  readonly failed: number;
  /** How many trials repeat the outcome of an earlier one. */
  readonly reused: number;
  /** How many candidates were turned away. */
  readonly rejected: number;
}

/** Keeps count of what a strategy was told. */
export class Tally<A> implements SearchState<A> {
  readonly trials: Trial<A>[] = [];
  improved: number | undefined;
  failed = 0;
  reused = 0;
  rejected = 0;
  readonly #goals: readonly Goal[];
  /** The trials on the front of those that were trained longest. */
  #front: Trial<A>[] = [];

  constructor(goals: readonly Goal[]) {
    this.#goals = goals;
  }

  get best(): Trial<A> | undefined {
    return this.#goals.length === 1 ? this.#front[0] : undefined;
  }

  get front(): number {
    return this.#front.length;
  }

  /** Counts a complete or failed trial. */
  add(trial: Trial<A>): void {
    this.trials.push(trial);
    if (trial.repeats !== undefined) this.reused++;
    if (trial.status === "failed") this.failed++;
    else this.#learn(trial);
  }

  #learn(trial: Trial<A>): void {
    const longest = this.#front.length === 0 ? 0 : fidelityOf(this.#front[0] as Trial<A>);
    if (fidelityOf(trial) < longest) return;
    // What was trained shorter is no match for it.
    const rivals = fidelityOf(trial) > longest ? [] : this.#front;
    const [first] = rivals;
    if (this.#goals.length === 1 && first !== undefined) {
      if (gain(trial, first, this.#goals[0] as Goal) <= 0) return;
      this.improved = trial.index;
      this.#front = [trial];
      return;
    }
    if (rivals.some((rival) => this.#dominates(rival, trial))) return;
    const isNew = !rivals.some((rival) =>
      this.#goals.every((goal) => gain(trial, rival, goal) === 0)
    );
    if (isNew) this.improved = trial.index;
    this.#front = [...rivals.filter((rival) => !this.#dominates(trial, rival)), trial];
  }

  #dominates(a: Trial<A>, b: Trial<A>): boolean {
    const gains = this.#goals.map((goal) => gain(a, b, goal));
    return gains.every((gain) => gain >= 0) && gains.some((gain) => gain > 0);
  }

  /** What is worth seeing beside a bar. */
  toString(): string {
    const [goal] = this.#goals as [Goal];
    const { best } = this;
    return [
      ...(best === undefined ? [] : [`best ${goal.metric} ${short(best.metrics[goal.metric]!)}`]),
      ...(best === undefined && this.front > 0 ? [`${this.front} on the Pareto front`] : []),
      ...(["failed", "reused", "rejected"] as const).flatMap((fate) =>
        this[fate] > 0 ? [`${this[fate]} ${fate}`] : []
      ),
    ].join(" · ");
  }
}
