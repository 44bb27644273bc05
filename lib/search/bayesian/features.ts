import type { SearchSpace } from "../../space/space.ts";
import { spaceCosts, type TotalCosts } from "../../space/space_costs.ts";

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
  readonly decisions: ArrayLike<number>;
  /** The numbers of its paths, in increasing order, each as often as it has the path. */
  readonly paths: Int32Array;
  /** Logarithms of costs. */
  readonly costs: ArrayLike<number>;
}

const countedCosts = ["params", "macs", "activations"] as const;

/** What the networks of a space cost is learned once for all searches in it. */
const knownCosts = new WeakMap<object, (arch: never) => TotalCosts>();

function costsIn<A>(space: SearchSpace<A>): (arch: A) => TotalCosts {
  const costsOf = knownCosts.get(space) as ((arch: A) => TotalCosts) | undefined ??
    spaceCosts(space);
  knownCosts.set(space, costsOf);
  return costsOf;
}

/** How many descriptions are kept at most. */
const mostKept = 50_000;

/** The features that a space can give without building a network for each architecture. */
export function featuresOf<A>(space: SearchSpace<A>): ArchFeature[] {
  return featureNames.filter((name) =>
    name === "decisions" || (name === "paths" ? space.paths : space.chain) !== undefined
  );
}

/**
 * Makes the function that describes the architectures of a space.
 *
 * @throws {RangeError} When the space has no paths and they are among the features.
 */
export function describer<A>(
  space: SearchSpace<A>,
  features: readonly ArchFeature[],
): (arch: A) => Described<A> {
  const { paths: pathsOf } = space;
  if (features.includes("paths") && pathsOf === undefined) {
    throw new RangeError(
      `Cannot search: features must be without "paths" in space "${space.name}", which has none`,
    );
  }
  const sees = (feature: ArchFeature) => features.includes(feature);
  const costsOf = sees("costs") ? costsIn(space) : undefined;
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
      decisions: sees("decisions") ? space.toChoices(arch) : [],
      paths: Int32Array.from(paths, numberOf).sort(),
      costs: costs === undefined ? [] : countedCosts.map((name) => Math.log1p(costs[name])),
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

/** The share of the decisions in which two architectures differ. */
export function decisionDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let differing = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) differing++;
  return differing / a.length;
}

/** The squared distance of two counts of paths, each given as a sorted list. */
export function pathDistance(a: Int32Array, b: Int32Array): number {
  const [n, m] = [a.length, b.length];
  let sum = 0;
  for (let i = 0, j = 0; i < n || j < m;) {
    const isFromA = j >= m || (i < n && (a[i] as number) < (b[j] as number));
    const path = isFromA ? a[i] : b[j];
    let more = 0;
    for (; i < n && a[i] === path; i++) more++;
    for (; j < m && b[j] === path; j++) more--;
    sum += more * more;
  }
  return sum;
}

/** The mean squared difference of the logarithms of costs. */
export function costDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return sum / a.length;
}
