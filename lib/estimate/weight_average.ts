import type { Plan } from "../model/mod.ts";
import type { WeightSnapshot } from "./weight_snapshot.ts";

/** How weights are averaged over the steps of a training, exponentially (Polyak & Juditsky 1992). */
export interface WeightAverageOptions {
  /** Share of the average that is kept at each step, in [0, 1). 0.999 remembers about a thousand steps. */
  readonly decay: number;
  /**
   * Whether the first steps keep less, (1 + n) / (10 + n) after n of them, so that the average is not held
   * back by the weights that the training began with; `true` when absent.
   */
  readonly warmUp?: boolean;
}

/** What an average remembers. */
export interface WeightAverageState {
  /** How often weights were taken in. */
  readonly count: number;
  /** The average, nothing before the first time. */
  readonly values: WeightSnapshot;
}

/** An exponential moving average of a plan's weights and running statistics. */
export class WeightAverage {
  readonly #decay: number;
  readonly #warmUp: boolean;
  readonly #names: readonly string[];
  readonly #values = new Map<string, Float32Array>();
  #count = 0;

  /** Of the arrays of these names. */
  constructor({ decay, warmUp }: Required<WeightAverageOptions>, names: readonly string[]) {
    this.#decay = decay;
    this.#warmUp = warmUp;
    this.#names = names;
  }

  /** Takes in a plan's weights: the first time they are the average. */
  take(plan: Plan): void {
    const n = this.#count++;
    const kept = this.#warmUp ? Math.min(this.#decay, (1 + n) / (10 + n)) : this.#decay;
    for (const name of this.#names) {
      const values = plan.weights(name), mean = this.#values.get(name);
      if (mean === undefined) {
        this.#values.set(name, values);
        continue;
      }
      for (let i = 0; i < mean.length; i++) {
        const old = mean[i] as number;
        mean[i] = old + (1 - kept) * ((values[i] as number) - old);
      }
    }
  }

  /** The average: no copy. */
  get values(): WeightSnapshot {
    return this.#values;
  }

  /** What it remembers: no copy. */
  get state(): WeightAverageState {
    return { count: this.#count, values: this.#values };
  }

  /** Goes on from what an average remembered. */
  restore({ count, values }: WeightAverageState): void {
    this.#count = count;
    for (const [name, mean] of values) this.#values.set(name, mean.slice());
  }
}
