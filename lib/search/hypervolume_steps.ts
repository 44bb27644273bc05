import { hypervolume } from "../stats/hypervolume.ts";
import { valueOf } from "./incumbent.ts";
import type { ParetoDirections } from "./study_data.ts";
import { fidelityOf, type Trial } from "./trial.ts";

/** The worst value that counts of each metric. */
export interface HypervolumeReference {
  /** The worst value of the metric of this name. */
  readonly [metric: string]: number;
}

/** How much a Pareto front dominated, at one trial of a search. */
export interface HypervolumeStep {
  /** The index of the trial that had just ended. */
  readonly index: number;
  /** The hypervolume, in the product of the metrics' units. */
  readonly value: number;
  /** Seconds of evaluation so far, this trial and all failed ones included. */
  readonly seconds: number;
}

/** The hypervolume trial by trial; see {@linkcode Study.hypervolume}. */
export function hypervolumeSteps(
  trials: readonly Trial<unknown>[],
  reference: HypervolumeReference,
  directions: ParetoDirections,
): HypervolumeStep[] {
  const metrics = Object.keys(directions);
  if (metrics.length === 0) {
    throw new RangeError("Cannot measure a hypervolume: directions names no metric");
  }
  const worst = metrics.map((metric) => {
    const value = reference[metric];
    if (value !== undefined) return value;
    throw new RangeError(`Cannot measure a hypervolume: reference lacks "${metric}"`);
  });
  const ways = Object.values(directions);
  const steps: HypervolumeStep[] = [];
  let points: number[][] = [];
  let [longest, seconds, value] = [0, 0, 0];
  for (const trial of trials) {
    seconds += trial.seconds;
    if (trial.status === "complete" && fidelityOf(trial) >= longest) {
      if (fidelityOf(trial) > longest) [longest, points] = [fidelityOf(trial), []];
      const point = metrics.map((metric) => valueOf(trial, metric));
      if (!points.some((other) => isAsGood(other, point))) {
        points = [...points.filter((other) => !isAsGood(point, other)), point];
        value = hypervolume(points, worst, ways);
      }
    }
    if (longest > 0) steps.push({ index: trial.index, value, seconds });
  }
  return steps;

  function isAsGood(a: readonly number[], b: readonly number[]): boolean {
    return ways.every((way, k) => way === "maximize" ? a[k]! >= b[k]! : a[k]! <= b[k]!);
  }
}
