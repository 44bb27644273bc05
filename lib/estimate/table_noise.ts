import { spearman } from "../stats/mod.ts";

/** How far two trainings of an architecture agree. */
export interface TableNoise {
  /** Architectures with more than one training, of which the figures are. */
  readonly architectures: number;
  /** Of accuracies on the validation images. */
  readonly accuracy: NoiseFigures;
  /** Of accuracies on the test images. */
  readonly testAccuracy: NoiseFigures;
}

/** Figures of noise; `NaN` where there are too few trainings. */
export interface NoiseFigures {
  /**
   * Spearman's rank correlation between two repeats, the mean over all pairs of them: the noise
   * ceiling of comparisons with one training. A score that knows the true ranking correlates with
   * one training by about the square root of it, and no score can do better.
   */
  readonly rankCorrelation: number;
  /** Standard deviation between the trainings of an architecture. */
  readonly betweenRuns: number;
  /** Standard deviation between architectures, without what the noise of the trainings adds. */
  readonly betweenArchitectures: number;
}

type Measured = { readonly [name in "accuracy" | "testAccuracy"]: number };

/** The noise of the architectures that were trained more than once. */
export function describeNoise(
  entries: readonly { readonly runs: readonly Measured[] }[],
): TableNoise {
  const repeated = entries.map(({ runs }) => runs).filter((runs) => runs.length > 1);
  const figures = (name: keyof Measured) =>
    noiseOf(repeated.map((runs) => runs.map((run) => run[name])));
  return {
    architectures: repeated.length,
    accuracy: figures("accuracy"),
    testAccuracy: figures("testAccuracy"),
  };
}

/** Noise of repeated measurements, an array for each architecture with two numbers or more. */
function noiseOf(groups: readonly (readonly number[])[]): NoiseFigures {
  const squares = sum(groups.map((group) => (group.length - 1) * variance(group)));
  const within = squares / sum(groups.map((group) => group.length - 1));
  // The mean of k trainings still has a k-th part of the variance of one.
  const left = within * mean(groups.map((group) => 1 / group.length));
  const between = variance(groups.map(mean)) - left;
  const correlations: number[] = [];
  const repeats = Math.max(0, ...groups.map((group) => group.length));
  for (let b = 1; b < repeats; b++) {
    for (let a = 0; a < b; a++) {
      const both = groups.filter((group) => group.length > b);
      const column = (repeat: number) => both.map((group) => group[repeat] as number);
      const rho = spearman(column(a), column(b));
      if (!Number.isNaN(rho)) correlations.push(rho);
    }
  }
  return {
    rankCorrelation: mean(correlations),
    betweenRuns: Math.sqrt(within),
    betweenArchitectures: Math.sqrt(Math.max(0, between)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return sum(values.map((value) => (value - middle) ** 2)) / (values.length - 1);
}
