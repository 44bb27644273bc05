import { curveFamilies, type CurveFamily, type CurveFamilyName } from "./curve_families.ts";
import { fitCurve, type FittedCurve } from "./fit_curve.ts";

/** Options of {@linkcode extrapolateCurve}. */
export interface ExtrapolateCurveOptions {
  /** The families of curves; all when absent. */
  readonly families?: readonly CurveFamilyName[];
  /**
   * The standard deviation of each accuracy around its curve; when absent 0.005, 0.01, 0.02 and 0.04 are
   * weighed against each other.
   */
  readonly noise?: number;
}

/** How much a family of curves has to say. */
export interface CurveFamilyShare {
  /** Its name. */
  readonly name: CurveFamilyName;
  /** Its weight among all, which sum to 1. */
  readonly weight: number;
  /** The parameters of its most probable curve, by name. */
  readonly parameters: { readonly [name: string]: number };
}

/** What is expected of an accuracy to come. */
export interface ExtrapolatedAccuracy {
  /** The accuracy expected. */
  readonly mean: number;
  /** How far off that may be: the standard deviation, with the noise of a single epoch in it. */
  readonly spread: number;
}

/** A learning curve that is carried on. */
export interface Extrapolation {
  /** The families, the one with most weight first. */
  readonly families: readonly CurveFamilyShare[];
  /**
   * What is expected after so many epochs.
   *
   * @throws {RangeError} When `epoch` is not at least 1.
   */
  at(epoch: number): ExtrapolatedAccuracy;
}

/** A fit with its noise. */
interface Candidate {
  readonly family: CurveFamily;
  readonly noise: number;
  readonly fit: FittedCurve;
}

const noises = [0.04, 0.02, 0.01, 0.005];

/**
 * Carries a learning curve on beyond its last epoch, by a weighted family of parametric curves (Domhan,
 * Springenberg & Hutter 2015, "Speeding Up Automatic Hyperparameter Optimization of Deep Neural
 * Networks by Extrapolation of Learning Curves"). Each shape is fitted with a belief about its
 * parameters, by {@linkcode leastSquares}; it counts as much as it makes the accuracies
 * probable, which Laplace's approximation tells where the paper draws samples. The spread has what
 * shapes disagree about in it, what is left open of their parameters, and the noise.
 *
 * Of the paper's eleven shapes, Janoschek's and exp4 are Weibull's with other parameters and the log power
 * is Hill's; in place of the power law of four parameters there is the plain exponential.
 *
 * The shapes know nothing of a learning rate schedule: where the rate falls to zero, accuracy rises
 * towards the end more than any of them expects.
 *
 * @param accuracies The accuracy after each epoch from the first on, shares in [0, 1].
 * @throws {RangeError} When there are fewer than three accuracies or one is not a share, `families` is
 * empty or names another one, or `noise` is not a positive number.
 *
 * @example
 * ```ts
 * import { extrapolateCurve } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const curve = (epoch: number) => 0.9 - 0.5 / epoch;
 * const { mean } = extrapolateCurve([1, 2, 3, 4, 5, 6].map(curve)).at(20);
 * assertAlmostEquals(mean, curve(20), 0.02);
 * ```
 */
export function extrapolateCurve(
  accuracies: readonly number[],
  { families = curveFamilies.map(({ name }) => name), noise }: ExtrapolateCurveOptions = {},
): Extrapolation {
  check(accuracies, families, noise);
  const candidates = families.flatMap((name) => {
    const family = curveFamilies.find((each) => each.name === name) as CurveFamily;
    let start: ArrayLike<number> | undefined;
    return (noise === undefined ? noises : [noise]).map((noise): Candidate => {
      const fit = fitCurve(family, accuracies, noise, start);
      start = fit.parameters;
      return { family, noise, fit };
    });
  });
  const highest = Math.max(...candidates.map(({ fit }) => fit.logEvidence));
  const raw = candidates.map(({ fit }) => Math.exp(fit.logEvidence - highest));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const weights = raw.map((weight) => weight / total);
  return {
    families: families.map((name) => shareOf(name, candidates, weights))
      .sort((a, b) => b.weight - a.weight),
    at(epoch) {
      if (!(epoch >= 1 && epoch < Infinity)) {
        throw new RangeError(`Cannot extrapolate: epoch must be at least 1, got ${epoch}`);
      }
      let [mean, square] = [0, 0];
      candidates.forEach(({ noise, fit }, i) => {
        const { mean: own, variance } = fit.at(epoch);
        const share = Math.min(Math.max(own, 0), 1);
        mean += weights[i]! * share;
        square += weights[i]! * (share ** 2 + variance + noise ** 2);
      });
      return { mean, spread: Math.sqrt(Math.max(square - mean ** 2, 0)) };
    },
  };
}

/** A family's weight at all noises, and its parameters at the one that says most. */
function shareOf(
  name: CurveFamilyName,
  candidates: readonly Candidate[],
  weights: readonly number[],
): CurveFamilyShare {
  const own = candidates.flatMap((candidate, i) =>
    candidate.family.name === name ? [{ ...candidate, weight: weights[i]! }] : []
  );
  const { family, fit } = own.reduce((best, each) => each.weight > best.weight ? each : best);
  return {
    name,
    weight: own.reduce((sum, { weight }) => sum + weight, 0),
    parameters: Object.fromEntries(
      family.parameters.map(({ name }, k) =>
        name.startsWith("ln ")
          ? [name.slice(3), Math.exp(fit.parameters[k]!)]
          : [name, fit.parameters[k]!]
      ),
    ),
  };
}

function check(
  accuracies: readonly number[],
  families: readonly CurveFamilyName[],
  noise: number | undefined,
): void {
  const fail = (rule: string): never => {
    throw new RangeError(`Cannot extrapolate: ${rule}`);
  };
  if (accuracies.length < 3) {
    fail(`accuracies must be of three epochs or more, got ${accuracies.length}`);
  }
  const bad = accuracies.findIndex((accuracy) => !(accuracy >= 0 && accuracy <= 1));
  if (bad >= 0) fail(`accuracies[${bad}] must be a share in [0, 1], got ${accuracies[bad]}`);
  if (families.length === 0) fail("families must have at least one");
  const known = curveFamilies.map(({ name }) => name);
  const other = families.find((name) => !known.includes(name));
  if (other !== undefined) fail(`families must be of ${known.join(", ")}, got ${other}`);
  const twice = families.find((name, i) => families.indexOf(name) < i);
  if (twice !== undefined) fail(`families must differ, got ${twice} twice`);
  if (noise !== undefined && !(noise > 0 && noise < Infinity)) {
    fail(`noise must be a positive number, got ${noise}`);
  }
}
