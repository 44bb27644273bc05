import type { ArchFeature } from "./features.ts";

/** How far what two architectures have in common carries, by one feature. */
interface Reach {
  /** The lengths to choose from, in increasing order; the largest all but leave the feature out. */
  readonly lengths: readonly number[];
  /** The index of the length to begin with. */
  readonly start: number;
}

const reaches: { readonly [feature in ArchFeature]: Reach } = {
  decisions: { lengths: [0.125, 0.25, 0.5, 1, 2, 4, 8, 16], start: 4 },
  paths: { lengths: [1, 2, 4, 8, 16, 32, 64, 128], start: 4 },
  costs: { lengths: [0.05, 0.15, 0.5, 1.5, 5, 15, 50], start: 4 },
};

/** How much of the variance is noise, as a share of that of the function. */
const noises = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1] as const;

/**
 * How similar the values of two architectures are taken to be: the product over the features of
 * `exp(-distance / length)`. Over decisions this is the exponential of the overlap, over paths and
 * costs the Gaussian kernel. The lengths and the noise are points of a grid.
 */
export class Kernel {
  readonly #reaches: readonly Reach[];

  constructor(features: readonly ArchFeature[]) {
    this.#reaches = features.map((feature) => reaches[feature]);
  }

  /** For each coordinate of the grid, the number of its points: the features, then the noise. */
  get grid(): number[] {
    return [...this.#reaches.map(({ lengths }) => lengths.length), noises.length];
  }

  /** Where the search for the best point begins. */
  get start(): number[] {
    return [...this.#reaches.map(({ start }) => start), 3];
  }

  /** The kernel at a point of the grid. */
  at(point: readonly number[]): KernelAt {
    const rates = this.#reaches.map(({ lengths }, f) => 1 / lengths[point[f]!]!);
    return new KernelAt(Float64Array.from(rates), noises[point[rates.length]!]!);
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

  /**
   * The correlations of an architecture to others whose distances are known.
   *
   * @param distances As `Rows` gives them.
   * @param count How many others there are.
   * @param into Where the correlations go, from the `at`-th on.
   */
  correlate(distances: Float64Array, count: number, into: Float64Array, at = 0): void {
    const rates = this.#rates;
    for (let j = 0, d = 0; j < count; j++) {
      let sum = 0;
      for (let f = 0; f < rates.length; f++) sum += distances[d++]! * rates[f]!;
      into[at + j] = Math.exp(-sum);
    }
  }
}
