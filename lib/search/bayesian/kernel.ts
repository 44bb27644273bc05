import {
  type ArchFeature,
  costDistance,
  decisionDistance,
  type Described,
  pathDistance,
} from "./features.ts";

/** What two architectures have in common, feature by feature, and how far that carries. */
interface Metric {
  /** Such that `exp(-distance / length)` is a positive definite function of the two. */
  readonly distance: (a: Described<unknown>, b: Described<unknown>) => number;
  /** The lengths to choose from, in increasing order; the largest all but leave the feature out. */
  readonly lengths: readonly number[];
  /** The index of the length to begin with. */
  readonly start: number;
}

const metrics: { readonly [feature in ArchFeature]: Metric } = {
  decisions: {
    distance: (a, b) => decisionDistance(a.decisions, b.decisions),
    lengths: [0.125, 0.25, 0.5, 1, 2, 4, 8, 16],
    start: 4,
  },
  paths: {
    distance: (a, b) => pathDistance(a.paths, b.paths),
    lengths: [1, 2, 4, 8, 16, 32, 64, 128],
    start: 4,
  },
  costs: {
    distance: (a, b) => costDistance(a.costs, b.costs),
    lengths: [0.05, 0.15, 0.5, 1.5, 5, 15, 50],
    start: 4,
  },
};

/** How much of the variance is noise, as a share of that of the function. */
const noises = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1] as const;

/**
 * How similar the values of two architectures are taken to be: the product over the features of
 * `exp(-distance / length)`. Over decisions this is the exponential of the overlap, over paths and
 * costs the Gaussian kernel. The lengths and the noise are points of a grid.
 */
export class Kernel {
  readonly #metrics: readonly Metric[];

  constructor(features: readonly ArchFeature[]) {
    this.#metrics = features.map((feature) => metrics[feature]);
  }

  /** The number of features. */
  get features(): number {
    return this.#metrics.length;
  }

  /** For each coordinate of the grid, the number of its points: the features, then the noise. */
  get grid(): number[] {
    return [...this.#metrics.map(({ lengths }) => lengths.length), noises.length];
  }

  /** Where the search for the best point begins. */
  get start(): number[] {
    return [...this.#metrics.map(({ start }) => start), 3];
  }

  /** The distances of two architectures, one a feature, into `into` from `at` on. */
  measure(
    a: Described<unknown>,
    b: Described<unknown>,
    { into, at }: { readonly into: Float64Array; readonly at: number },
  ): void {
    for (let f = 0; f < this.#metrics.length; f++) {
      into[at + f] = (this.#metrics[f] as Metric).distance(a, b);
    }
  }

  /** The kernel at a point of the grid. */
  at(point: readonly number[]): KernelAt {
    const rates = this.#metrics.map(({ lengths }, f) =>
      1 / (lengths[point[f] as number] as number)
    );
    return new KernelAt(Float64Array.from(rates), noises[point[rates.length] as number] as number);
  }
}

/** A kernel with its lengths. */
export class KernelAt {
  readonly #rates: Float64Array;

  /** The variance of the noise, as a share of that of the function. */
  readonly noise: number;

  constructor(rates: Float64Array, noise: number) {
    this.#rates = rates;
    this.noise = noise;
  }

  /** The correlation of two architectures whose distances are in `distances` from `at` on. */
  correlation(distances: Float64Array, at: number): number {
    let sum = 0;
    for (let f = 0; f < this.#rates.length; f++) {
      sum += (distances[at + f] as number) * (this.#rates[f] as number);
    }
    return Math.exp(-sum);
  }
}
