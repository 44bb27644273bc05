import { Cholesky } from "../../stats/cholesky.ts";
import { leastSquares } from "../../stats/least_squares.ts";
import { dot } from "../../stats/substitution.ts";
import type { CurveFamily } from "./curve_families.ts";

/** A family's most probable curve through some accuracies. */
export interface FittedCurve {
  /** Its parameters. */
  readonly parameters: Float64Array;
  /** The logarithm of how probable the accuracies are under the family, by Laplace's approximation. */
  readonly logEvidence: number;
  /** The accuracy after so many epochs, and the variance that is left to the parameters. */
  at(epoch: number): { readonly mean: number; readonly variance: number };
}

/**
 * Fits a family by least squares, where what is believed of a parameter counts as one more observation:
 * the curve is the most probable one, and well defined however few accuracies there are.
 *
 * @param noise The standard deviation of each accuracy around the curve.
 * @param start Where the search begins; where the parameters are expected when absent.
 */
export function fitCurve(
  { parameters: beliefs, at }: CurveFamily,
  accuracies: readonly number[],
  noise: number,
  start: ArrayLike<number> = beliefs.map(({ mean }) => mean),
): FittedCurve {
  const count = accuracies.length;
  const { parameters, squares, slopes } = leastSquares({
    // In units of their deviations: those of the accuracies, then those of the parameters.
    residuals: (p) => [
      ...accuracies.map((accuracy, i) => (at(i + 1, p) - accuracy) / noise),
      ...beliefs.map(({ mean, deviation }, k) => (p[k]! - mean) / deviation),
    ],
    start,
  });
  const precision = new Cholesky();
  precision.adopt(beliefs.map((_, k) =>
    Float64Array.from(
      { length: k + 1 },
      (_, j) => slopes.reduce((sum, slope) => sum + slope[j]! * slope[k]!, 0),
    )
  ));
  const deviations = beliefs.reduce((sum, { deviation }) => sum + Math.log(deviation), 0);
  return {
    parameters,
    logEvidence: -squares / 2 - count * Math.log(noise * Math.sqrt(2 * Math.PI)) - deviations -
      precision.logDeterminant / 2,
    at: (epoch) => {
      const own = precision.solveLower(slopesAt(at, epoch, parameters));
      return { mean: at(epoch, parameters), variance: dot(own, own, own.length) };
    },
  };
}

/** How the accuracy after so many epochs changes with each parameter, by central differences. */
function slopesAt(
  at: CurveFamily["at"],
  epoch: number,
  parameters: Float64Array,
): Float64Array {
  return parameters.map((value, k) => {
    const step = 1e-5 * Math.max(1, Math.abs(value));
    const [above, below] = [step, -step].map((move) => at(epoch, parameters.with(k, value + move)));
    return (above! - below!) / (2 * step);
  });
}
