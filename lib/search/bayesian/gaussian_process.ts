import { Cholesky, dot } from "../../stats/cholesky.ts";
import type { Described } from "./features.ts";
import { Kernel, type KernelAt } from "./kernel.ts";
import type { ArchFeature } from "./features.ts";
import type { Prediction, Predictor } from "./predictor.ts";
import { Scale } from "./scale.ts";

/** Where a candidate stands to the architectures behind the factor. */
interface Solution {
  /** The factorisation it belongs to. */
  version: number;
  /** How many of its numbers are known. */
  known: number;
  /** The solution `v` of `L v = k`, with `k` its correlations to them. */
  numbers: Float64Array;
}

/** What a Gaussian process keeps in a snapshot. */
export type GaussianProcessState = {
  /** Its place on the grid of lengths and noises. */
  readonly point: readonly number[];
  /** How many outcomes make it look for a better one. */
  readonly nextFit: number;
};

/**
 * A Gaussian process over architectures (Rasmussen & Williams 2006, algorithm 2.1), with the
 * correlations of {@linkcode Kernel} and the variance that is most likely given them.
 *
 * The factor of the correlations grows by a row an outcome, and so do the solutions that candidates
 * keep, which makes a prediction for a candidate that stays linear in the outcomes. The lengths and
 * the noise are sought anew, from where they were, each time the outcomes have grown by a quarter.
 *
 * Architectures in flight stand behind the others in the factor. They are taken to come out as
 * predicted (the Kriging believer of Ginsbourger et al. 2010): what the process expects elsewhere
 * stays as it is, what it knows near them grows.
 */
export class GaussianProcess implements Predictor {
  readonly #kernel: Kernel;
  #at: KernelAt;
  #point: number[];
  #nextFit = 0;
  readonly #rows: Described<unknown>[] = [];
  /** Row by row, the distances to the rows before it, all features of one behind each other. */
  readonly #distances: Float64Array[] = [];
  readonly #factor = new Cholesky();
  #version = 0;
  #solutions = new WeakMap<Described<unknown>, Solution>();
  #scale = new Scale(Float64Array.of(0));
  /** The solution `z` of `L z = y`; 0 for those in flight. */
  #innovations: Float64Array = new Float64Array(0);
  #variance = 1;

  constructor(features: readonly ArchFeature[]) {
    this.#kernel = new Kernel(features);
    this.#point = this.#kernel.start;
    this.#at = this.#kernel.at(this.#point);
  }

  learn(
    tried: readonly Described<unknown>[],
    values: Float64Array,
    inFlight: readonly Described<unknown>[],
  ): void {
    this.#follow([...tried, ...inFlight]);
    this.#scale = new Scale(values);
    if (values.length >= this.#nextFit) {
      this.#nextFit = Math.ceil(values.length * 1.25);
      this.#fit();
    }
    while (this.#factor.size < this.#rows.length) {
      this.#factor.append(correlations(this.#at, this.#distances, this.#factor.size));
    }
    this.#innovations = this.#factor.solveLower(this.#scale.values);
    this.#variance = varianceOf(this.#innovations);
  }

  predict(candidate: Described<unknown>): Prediction {
    const { numbers } = this.#solved(candidate);
    const mean = dot(numbers, this.#innovations, this.#innovations.length);
    const rest = Math.max(1 - dot(numbers, numbers, this.#rows.length), 1e-12);
    return { mean, deviation: Math.sqrt(this.#variance * rest) };
  }

  best(): number {
    // Behind the noise: the expected value of each architecture that was tried.
    const weights = solvedUpTo(this.#factor, this.#innovations);
    return this.#scale.values.reduce(
      (best, value, i) => Math.max(best, value - this.#at.noise * (weights[i] as number)),
      -Infinity,
    );
  }

  get scale(): Scale {
    return this.#scale;
  }

  snapshot(): GaussianProcessState {
    return { point: [...this.#point], nextFit: this.#nextFit };
  }

  restore(state: unknown): void {
    const { point, nextFit } = state as GaussianProcessState;
    this.#move([...point]);
    this.#nextFit = nextFit;
  }

  /** Keeps the rows that are still the same, and replaces the others. */
  #follow(rows: readonly Described<unknown>[]): void {
    let same = 0;
    while (same < this.#rows.length && this.#rows[same] === rows[same]) same++;
    if (same < this.#rows.length) {
      this.#rows.length = this.#distances.length = same;
      if (same < this.#factor.size) {
        this.#factor.truncate(same);
        this.#version++;
      }
    }
    const { features } = this.#kernel;
    for (const row of rows.slice(same)) {
      const into = new Float64Array(features * this.#rows.length);
      this.#rows.forEach((other, j) =>
        this.#kernel.measure(row, other, { into, at: features * j })
      );
      this.#rows.push(row);
      this.#distances.push(into);
    }
  }

  #move(point: number[]): void {
    this.#point = point;
    this.#at = this.#kernel.at(point);
    this.#factor.truncate(0);
    this.#version++;
  }

  /** Climbs the grid to where the outcomes are most likely, a step along one coordinate at a time. */
  #fit(): void {
    const { grid } = this.#kernel;
    const known = new Map<string, number>();
    const likelihood = (point: readonly number[]) => {
      const name = point.join();
      const found = known.get(name) ??
        logLikelihood(this.#kernel.at(point), this.#distances, this.#scale.values);
      known.set(name, found);
      return found;
    };
    let point = this.#point;
    let best = likelihood(point);
    let still = 0;
    for (let turn = 0; still < grid.length && turn < 4 * grid.length; turn++) {
      const coordinate = turn % grid.length;
      still++;
      for (const step of [-1, 1]) {
        while (true) {
          const next = point.with(coordinate, (point[coordinate] as number) + step);
          const place = next[coordinate] as number;
          if (place < 0 || place >= (grid[coordinate] as number)) break;
          const found = likelihood(next);
          if (!(found > best)) break;
          [point, best, still] = [next, found, 0];
        }
      }
    }
    if (point !== this.#point) this.#move(point);
  }

  #solved(candidate: Described<unknown>): Solution {
    const n = this.#rows.length;
    let solution = this.#solutions.get(candidate);
    if (solution === undefined || solution.version !== this.#version) {
      solution = { version: this.#version, known: 0, numbers: new Float64Array(n + 32) };
      this.#solutions.set(candidate, solution);
    }
    if (solution.numbers.length < n) {
      const longer = new Float64Array(2 * n);
      longer.set(solution.numbers);
      solution.numbers = longer;
    }
    const { numbers } = solution;
    const distances = new Float64Array(this.#kernel.features);
    for (; solution.known < n; solution.known++) {
      const i = solution.known;
      this.#kernel.measure(candidate, this.#rows[i] as Described<unknown>, {
        into: distances,
        at: 0,
      });
      numbers[i] = this.#factor.nextOfSolution(numbers, this.#at.correlation(distances, 0), i);
    }
    return solution;
  }
}

/** The correlations of row `i` with those before it and, with the noise, itself. */
function correlations(
  kernel: KernelAt,
  distances: readonly Float64Array[],
  i: number,
): Float64Array {
  const own = distances[i] as Float64Array;
  const row = new Float64Array(i + 1);
  const features = i === 0 ? 0 : own.length / i;
  for (let j = 0; j < i; j++) row[j] = kernel.correlation(own, features * j);
  row[i] = 1 + kernel.noise;
  return row;
}

/**
 * The logarithm of the likelihood of values, at the variance that makes it largest, without its
 * constant: `-n/2 log(yᵀ C⁻¹ y / n) - 1/2 log |C|`.
 */
export function logLikelihood(
  kernel: KernelAt,
  distances: readonly Float64Array[],
  values: Float64Array,
): number {
  const factor = new Cholesky();
  for (let i = 0; i < values.length; i++) factor.append(correlations(kernel, distances, i));
  const variance = varianceOf(factor.solveLower(values));
  return -(values.length * Math.log(variance) + factor.logDeterminant) / 2;
}

function varianceOf(innovations: Float64Array): number {
  return Math.max(dot(innovations, innovations, innovations.length) / innovations.length, 1e-12);
}

/** The solution of `Lᵀ x = z` for the first rows of a factor, as many as `z` has numbers. */
function solvedUpTo(factor: Cholesky, z: Float64Array): Float64Array {
  const padded = new Float64Array(factor.size);
  padded.set(z);
  return factor.solveUpper(padded);
}
