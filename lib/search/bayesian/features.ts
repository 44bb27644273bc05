import type { SearchSpace } from "../../space/space.ts";
import { spaceCosts } from "../../space/space_costs.ts";

/**
 * One kind of what a predictor sees of an architecture: its choices; the chains of operations from the
 * input of its cell to the output; the logarithms of its parameters, MACs and activations.
 */
export type ArchFeature = "decisions" | "paths" | "costs";

/** All of them. */
export const featureNames: readonly ArchFeature[] = ["decisions", "paths", "costs"];

/** An architecture as predictors see it; what they do not look at is empty. */
export interface Described<A> {
  /** The architecture. */
  readonly arch: A;
  /** Its canonical text. */
  readonly key: string;
  /** What architectures with the same network share; the canonical text where the space cannot tell. */
  readonly network: string;
  /** The choice at each decision. */
  readonly decisions: Int32Array;
  /** The numbers of its paths in the order in which the space gives them, each as often as it has it. */
  readonly paths: Int32Array;
  /** Logarithms of costs. */
  readonly costs: Float64Array;
}

const countedCosts = ["params", "macs", "activations"] as const;

/** How many descriptions are kept at most. */
const mostKept = 50_000;

/** The features that a space can give without building a network for each architecture. */
export function featuresOf<A>(space: SearchSpace<A>): ArchFeature[] {
  return featureNames.filter((name) =>
    name === "decisions" || (name === "paths" ? space.paths : space.chain) !== undefined
  );
}

type Describe<A> = (arch: A) => Described<A>;

/** By space and features, what describes: searches in one space share what is known of it. */
const describers = new WeakMap<object, Map<string, Describe<never>>>();

/**
 * The function that describes the architectures of a space.
 *
 * @throws {RangeError} When the space has no paths and they are among the features.
 */
export function describer<A>(
  space: SearchSpace<A>,
  features: readonly ArchFeature[],
): Describe<A> {
  const bySpace = describers.get(space) ?? new Map<string, Describe<never>>();
  describers.set(space, bySpace);
  const name = features.join();
  const found = bySpace.get(name) as Describe<A> | undefined ?? makeDescriber(space, features);
  bySpace.set(name, found as unknown as Describe<never>);
  return found;
}

function makeDescriber<A>(space: SearchSpace<A>, features: readonly ArchFeature[]): Describe<A> {
  const { paths: pathsOf } = space;
  if (features.includes("paths") && pathsOf === undefined) {
    throw new RangeError(
      `Cannot search: features must be without "paths" in space "${space.name}", which has none`,
    );
  }
  const sees = (feature: ArchFeature) => features.includes(feature);
  const costsOf = sees("costs") ? spaceCosts(space) : undefined;
  const numbers = new Map<string, number>();
  const numberOf = (path: string) => {
    const number = numbers.get(path) ?? numbers.size;
    numbers.set(path, number);
    return number;
  };
  const describe = (arch: A, key: string): Described<A> => {
    const paths = sees("paths") ? pathsOf?.(arch) ?? [] : [];
    const costs = costsOf?.(arch);
    return {
      arch,
      key,
      network: space.network?.(arch) ?? key,
      decisions: Int32Array.from(sees("decisions") ? space.toChoices(arch) : []),
      paths: Int32Array.from(paths, numberOf),
      costs: Float64Array.from(
        costs === undefined ? [] : countedCosts.map((name) => Math.log1p(costs[name])),
      ),
    };
  };
  const known = new Map<string, Described<A>>();
  return (arch) => {
    const key = space.encode(arch);
    const found = known.get(key) ?? describe(arch, key);
    if (known.size >= mostKept) known.clear();
    known.set(key, found);
    return found;
  };
}
