import type { Logits } from "./logits.ts";

/** How logits are moved: by Adam (Kingma & Ba 2015) with L2 weight decay. */
export interface LogitAdamSettings {
  /** The step's length. */
  readonly learningRate: number;
  /** Share of the last mean of gradients that is kept, in [0, 1). */
  readonly beta1: number;
  /** Share of the last mean of squared gradients that is kept, in [0, 1). */
  readonly beta2: number;
  /** Added to the root of the mean square. */
  readonly epsilon: number;
  /** Pull of each logit towards 0, as a part of its gradient. */
  readonly weightDecay: number;
}

/** What {@linkcode LogitAdam} remembers. */
export interface LogitAdamState {
  /** Steps taken. */
  readonly steps: number;
  /** Means of gradients, choice after choice. */
  readonly means: Float64Array;
  /** Means of squared gradients, likewise. */
  readonly squares: Float64Array;
}

/** Adam over the logits of a search; those of options that are no candidates stay. */
export class LogitAdam {
  readonly #settings: LogitAdamSettings;
  readonly #means: Float64Array;
  readonly #squares: Float64Array;
  #steps = 0;

  /** At rest. */
  constructor(logits: Logits, settings: LogitAdamSettings) {
    this.#settings = settings;
    const size = logits.choices.reduce((sum, choice) => sum + logits.of(choice).length, 0);
    this.#means = new Float64Array(size);
    this.#squares = new Float64Array(size);
  }

  /** Moves the logits against a gradient. */
  step(logits: Logits, gradient: ReadonlyMap<string, ArrayLike<number>>): void {
    const { learningRate, beta1, beta2, epsilon, weightDecay } = this.#settings;
    this.#steps++;
    const meanShare = 1 - beta1 ** this.#steps, squareShare = 1 - beta2 ** this.#steps;
    let first = 0;
    for (const choice of logits.choices) {
      const values = logits.of(choice), slopes = gradient.get(choice);
      for (const place of logits.candidatesOf(choice)) {
        const at = first + place, value = values[place] as number;
        const slope = (slopes?.[place] ?? 0) + weightDecay * value;
        const mean = beta1 * (this.#means[at] as number) + (1 - beta1) * slope;
        const square = beta2 * (this.#squares[at] as number) + (1 - beta2) * slope * slope;
        this.#means[at] = mean;
        this.#squares[at] = square;
        values[place] = value -
          learningRate * (mean / meanShare) / (Math.sqrt(square / squareShare) + epsilon);
      }
      first += values.length;
    }
  }

  /** A copy of what it remembers. */
  get state(): LogitAdamState {
    return { steps: this.#steps, means: this.#means.slice(), squares: this.#squares.slice() };
  }

  /** Puts a copy back. */
  restore({ steps, means, squares }: LogitAdamState): void {
    this.#steps = steps;
    this.#means.set(means);
    this.#squares.set(squares);
  }
}
