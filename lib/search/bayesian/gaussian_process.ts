import { Cholesky } from "../../stats/cholesky.ts";
import { dot } from "../../stats/substitution.ts";
import type { ArchFeature, Described } from "./features.ts";
import { Kernel, type KernelAt } from "./kernel.ts";
import type { Prediction, Predictor } from "./predictor.ts";
import { Rows } from "./rows.ts";
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
  readonly #rows: Rows;
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
    this.#rows = new Rows(features);
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
    extend(this.#factor, this.#at, this.#distances);
    this.#innovations = this.#factor.solveLower(this.#scale.values);
    this.#variance = varianceOf(this.#innovations);
  }

  predict(candidates: readonly Described<unknown>[]): Prediction[] {
    return this.#solved(candidates).map(({ numbers }) => {
      const mean = dot(numbers, this.#innovations, this.#innovations.length);
      const rest = Math.max(1 - dot(numbers, numbers, this.#rows.size), 1e-12);
      return { mean, deviation: Math.sqrt(this.#variance * rest) };
    });
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
    const known = this.#rows;
    let same = 0;
    while (same < known.size && known.at(same) === rows[same]) same++;
    known.truncate(same);
    this.#distances.length = same;
    if (same < this.#factor.size) {
      this.#factor.truncate(same);
      this.#version++;
    }
    for (const row of rows.slice(same)) {
      const into = new Float64Array(known.features * known.size);
      known.measure(row, { from: 0, into });
      this.#distances.push(into);
      known.push(row);
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

  /** Where candidates stand; those of whom as much is known go on together. */
  #solved(candidates: readonly Described<unknown>[]): Solution[] {
    const n = this.#rows.size;
    const solutions = candidates.map((candidate) => this.#begun(candidate));
    const open = new Map(
      solutions.map((solution, c) => [solution, candidates[c]!] as const)
        .filter(([{ known }]) => known < n),
    );
    const distances = new Float64Array(this.#rows.features * n);
    for (const [{ numbers, known }, candidate] of open) {
      this.#rows.measure(candidate, { from: known, into: distances });
      this.#at.correlate(distances, n - known, numbers, known);
    }
    for (const [known, alike] of Map.groupBy(open.keys(), (each) => each.known)) {
      this.#factor.solveRest(alike.map(({ numbers }) => numbers), known);
      for (const each of alike) each.known = n;
    }
    return solutions;
  }

  /** What is known of where a candidate stands, with room for what is not. */
  #begun(candidate: Described<unknown>): Solution {
    const n = this.#rows.size;
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
    return solution;
  }
}

/** Adds the rows to a factor that it lacks: correlations with the rows before and, with the noise, itself. */
function extend(factor: Cholesky, kernel: KernelAt, distances: readonly Float64Array[]): void {
  const rows = distances.slice(factor.size).map((own, k) => {
    const i = factor.size + k;
    const row = new Float64Array(i + 1);
    kernel.correlate(own, i, row);
    row[i] = 1 + kernel.noise;
    return row;
  });
  factor.adopt(rows);
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
  extend(factor, kernel, distances.slice(0, values.length));
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
