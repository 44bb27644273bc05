import type { Described } from "./features.ts";
import { Inputs, type SparseInput } from "./inputs.ts";

/** How many architectures of each kind are learned from, the latest ones. */
const mostLearned = 300;
const steps = 100;
/** How strongly weights are drawn to 0. */
const decay = 0.001;

/**
 * Learns which architectures keep the constraints from those that did and those that were rejected, by
 * logistic regression on their decisions, paths and costs: most constraints bound what adds up over
 * the decisions.
 */
export class Feasibility {
  readonly #options: readonly number[];
  #model: { readonly inputs: Inputs; readonly weights: Float64Array } | undefined;

  /** @param options How many options each decision of the space has. */
  constructor(options: readonly number[]) {
    this.#options = options;
  }

  /** Takes over what is known, before probabilities are asked for. */
  learn(kept: readonly Described<unknown>[], rejected: readonly Described<unknown>[]): void {
    this.#model = undefined;
    if (rejected.length === 0) return;
    const [good, bad] = [kept.slice(-mostLearned), rejected.slice(-mostLearned)];
    const known = [...good, ...bad];
    const inputs = new Inputs(this.#options, known);
    const examples = known.map((each) => inputs.of(each));
    this.#model = { inputs, weights: logistic(examples, inputs.size, good.length) };
  }

  /** The probability that a candidate keeps the constraints. */
  of(candidate: Described<unknown>): number {
    if (this.#model === undefined) return 1;
    const { inputs, weights } = this.#model;
    return sigmoid(logit(inputs.of(candidate), weights));
  }
}

/** The weights of a logistic regression and its bias; the first `positive` examples are positive. */
export function logistic(
  examples: readonly SparseInput[],
  size: number,
  positive: number,
): Float64Array {
  const weights = new Float64Array(size + 1);
  const ahead = new Float64Array(size + 1);
  const gradient = new Float64Array(size + 1);
  // The slope of the loss changes by at most a quarter of the squared length of an example.
  const lengths = examples.map(({ values }) =>
    Array.from(values).reduce((sum, value) => sum + value * value, 1)
  );
  const rate = 1 / (lengths.reduce((most, length) => Math.max(most, length), 0) / 4 + decay);
  for (let step = 1; step <= steps; step++) {
    gradient.fill(0);
    examples.forEach((example, i) => {
      const error = sigmoid(logit(example, ahead)) - (i < positive ? 1 : 0);
      const { indices, values } = example;
      gradient[size]! += error;
      for (let k = 0; k < indices.length; k++) {
        gradient[indices[k] as number]! += error * (values[k] as number);
      }
    });
    // Nesterov's method (1983).
    for (let i = 0; i <= size; i++) {
      const before = weights[i] as number;
      const slope = (gradient[i] as number) / examples.length + decay * (ahead[i] as number);
      weights[i] = (ahead[i] as number) - rate * slope;
      ahead[i] = (weights[i] as number) + (step - 1) / (step + 2) * (weights[i] as number - before);
    }
  }
  return weights;
}

function logit({ indices, values }: SparseInput, weights: Float64Array): number {
  let sum = weights[weights.length - 1] as number;
  for (let k = 0; k < indices.length; k++) {
    sum += (weights[indices[k] as number] as number) * (values[k] as number);
  }
  return sum;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
