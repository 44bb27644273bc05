import { type Acquisition, acquisitions } from "./acquisition.ts";
import { type ArchFeature, featureNames } from "./features.ts";

/** How `bayesianOptimisation` works. */
export interface BayesianOptimisationOptions {
  /** A Gaussian process or an ensemble of small networks; the first when absent. */
  readonly predictor?: "gaussianProcess" | "ensemble";
  /**
   * What the predictor sees of an architecture; when absent, its decisions, its paths where the space
   * has them, and its costs where the space counts them without building networks.
   */
  readonly features?: readonly ArchFeature[];
  /** How the candidate is chosen; `"expectedImprovement"` when absent. */
  readonly acquisition?: Acquisition;
  /** Architectures that are drawn before any is predicted, at least 2; 10 when absent. */
  readonly initial?: number;
  /** How many of the best trials are mutated into candidates; 5 when absent. */
  readonly parents?: number;
  /** Mutants that become candidates with each ask; 10 when absent. */
  readonly mutants?: number;
  /** Architectures drawn that become candidates with each ask; 5 when absent. */
  readonly samples?: number;
  /** The number of candidates, the least promising of which leave; 80 when absent. */
  readonly capacity?: number;
}

/** {@linkcode BayesianOptimisationOptions}, complete. */
export interface BayesianPlan extends Required<Omit<BayesianOptimisationOptions, "features">> {
  /** What the predictor sees; `undefined` for what the space offers. */
  readonly features: readonly ArchFeature[] | undefined;
}

const defaults = {
  predictor: "gaussianProcess",
  acquisition: "expectedImprovement",
  initial: 10,
  parents: 5,
  mutants: 10,
  samples: 5,
  capacity: 80,
} as const;

const predictors: readonly string[] = ["gaussianProcess", "ensemble"];

/** The least that each number may be. */
const least = { initial: 2, parents: 1, mutants: 0, samples: 0, capacity: 1 } as const;

/**
 * Fills in what is absent.
 *
 * @throws {TypeError} When a predictor, a feature or an acquisition is something else.
 * @throws {RangeError} When a number is too small or not whole, no feature is left, or there are
 * neither mutants nor samples.
 */
export function planBayesian(options: BayesianOptimisationOptions): BayesianPlan {
  const plan = { ...defaults, features: undefined, ...options };
  const fail = (name: string, must: string, got: unknown) =>
    `Cannot make bayesianOptimisation: ${name} must be ${must}, got ${got}`;
  const known = (name: string, value: unknown, names: readonly string[]) => {
    if (names.includes(value as string)) return;
    throw new TypeError(fail(name, `one of ${names.join(", ")}`, value));
  };
  known("predictor", plan.predictor, predictors);
  known("acquisition", plan.acquisition, acquisitions);
  plan.features?.forEach((feature) => known("features", feature, featureNames));
  if (plan.features?.length === 0 || new Set(plan.features).size < (plan.features?.length ?? 0)) {
    throw new RangeError(fail("features", "one or more, each once", `[${plan.features}]`));
  }
  for (const [name, bound] of Object.entries(least)) {
    const value = plan[name as keyof typeof least];
    if (Number.isSafeInteger(value) && value >= bound) continue;
    throw new RangeError(fail(name, `a whole number of at least ${bound}`, value));
  }
  if (plan.mutants + plan.samples === 0) {
    throw new RangeError(fail("mutants + samples", "at least 1", 0));
  }
  return plan;
}
