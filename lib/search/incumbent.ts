import type { Goal } from "./strategy.ts";
import { fidelityOf, type Trial } from "./trial.ts";

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

/** The best trial so far, trial by trial; see {@linkcode Study.incumbent}. */
export function incumbents<A>(
  trials: readonly Trial<A>[],
  goal: Goal,
  report: string | undefined,
): Incumbent<A>[] {
  const { metric } = goal;
  const curve: Incumbent<A>[] = [];
  let best: Trial<A> | undefined;
  let seconds = 0;
  for (const trial of trials) {
    seconds += trial.seconds;
    if (trial.status === "complete") {
      valueOf(trial, metric);
      if (best === undefined || takesOver(trial, best, goal)) best = trial;
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
  if (report !== undefined && curve.every(({ reported }) => reported === undefined)) {
    for (const { trial } of curve.slice(0, 1)) valueOf(trial, report);
  }
  return curve;
}

function takesOver(trial: Trial<unknown>, best: Trial<unknown>, goal: Goal): boolean {
  const [length, bestLength] = [fidelityOf(trial), fidelityOf(best)];
  return length > bestLength || length === bestLength && gain(trial, best, goal) > 0;
}

/** By how much a complete trial is better than another. */
export function gain(
  a: Trial<unknown>,
  b: Trial<unknown>,
  { metric, direction }: Goal,
): number {
  const difference = (a.metrics[metric] as number) - (b.metrics[metric] as number);
  return direction === "maximize" ? difference : -difference;
}

/** The complete trials that were trained for the most epochs. */
export function competing<A>(trials: readonly Trial<A>[]): Trial<A>[] {
  const complete = trials.filter(({ status }) => status === "complete");
  const longest = complete.reduce((most, trial) => Math.max(most, fidelityOf(trial)), 0);
  return complete.filter((trial) => fidelityOf(trial) === longest);
}

/** A complete trial's value of a metric. Throws a `RangeError` that lists those it has. */
export function valueOf(trial: Trial<unknown>, metric: string): number {
  const value = trial.metrics[metric];
  if (value !== undefined) return value;
  throw new RangeError(
    `Cannot rank: trial ${trial.index} has no metric "${metric}", only ${
      Object.keys(trial.metrics).map((name) => `"${name}"`).join(", ")
    }`,
  );
}
