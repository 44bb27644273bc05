import type { Rng } from "../../engine/rng.ts";
import { normalDensity, normalProbability } from "../../stats/normal.ts";
import type { Prediction } from "./predictor.ts";

/**
 * How a candidate is chosen by what is predicted of all: the one that is expected to surpass the best
 * by most, or the one with the best of one draw from each prediction.
 */
export type Acquisition = "expectedImprovement" | "thompsonSampling";

/** All of them. */
export const acquisitions: readonly Acquisition[] = ["expectedImprovement", "thompsonSampling"];

/**
 * By how much a normally distributed value is expected to surpass another, 0 counting where it does not
 * (Mockus 1975; Jones et al. 1998).
 */
export function expectedImprovement({ mean, deviation }: Prediction, best: number): number {
  if (deviation === 0) return Math.max(mean - best, 0);
  const z = (mean - best) / deviation;
  return deviation * (z * normalProbability(z) + normalDensity(z));
}

/** A candidate's prediction, and how likely it is to keep the constraints. */
export interface Prospect extends Prediction {
  /** The probability that it keeps the constraints. */
  readonly feasible: number;
}

/**
 * The scores of candidates; the largest is chosen.
 *
 * Expected improvement is weighted by the probability that a candidate keeps the constraints
 * (Gardner et al. 2014). Thompson sampling draws each value for itself (as White et al. 2021 found to
 * be best), and whether it keeps them.
 */
export function score(
  prospects: readonly Prospect[],
  { acquisition, best, rng }: {
    readonly acquisition: Acquisition;
    readonly best: number;
    readonly rng: Rng;
  },
): number[] {
  switch (acquisition) {
    case "expectedImprovement":
      return prospects.map((each) => each.feasible * expectedImprovement(each, best));
    case "thompsonSampling":
      return prospects.map(({ mean, deviation, feasible }) => {
        const value = mean + deviation * rng.normal();
        // Those that are drawn to break a constraint stand behind all others, in their order.
        return rng() < feasible ? value : value - 1e6;
      });
    default:
      acquisition satisfies never;
      throw new RangeError(`Cannot score: unknown acquisition ${acquisition}`);
  }
}
