import { median } from "../../stats/quantile.ts";

/**
 * Values, of which more is better, as predictors learn them: mean 0 and standard deviation 1. Those
 * below the median are drawn towards it, by the logarithm of their distance over that of the best, so
 * that a few networks that did not learn at all do not flatten the differences between good ones.
 */
export class Scale {
  readonly #middle: number;
  readonly #spread: number;
  readonly #mean: number;

  /** The values on this scale. */
  readonly values: Float64Array;

  /** What 1 on this scale is above the median. */
  readonly unit: number;

  /** @param values At least one. */
  constructor(values: Float64Array) {
    this.#middle = median([...values]);
    let [lowest, highest] = [Infinity, -Infinity];
    for (let i = 0; i < values.length; i++) {
      lowest = Math.min(lowest, values[i]!);
      highest = Math.max(highest, values[i]!);
    }
    // Where the best half is all but equal, the others still keep their differences.
    this.#spread = Math.max(highest - this.#middle, (this.#middle - lowest) / 100);
    const drawn = this.values = values.slice();
    let sum = 0;
    for (let i = 0; i < drawn.length; i++) {
      const below = this.#middle - drawn[i]!;
      if (below > 0 && this.#spread !== 0) {
        drawn[i] = this.#middle - this.#spread * Math.log1p(below / this.#spread);
      }
      sum += drawn[i]!;
    }
    this.#mean = sum / drawn.length;
    let squares = 0;
    for (let i = 0; i < drawn.length; i++) squares += (drawn[i]! - this.#mean) ** 2;
    this.unit = Math.sqrt(squares / drawn.length) || 1;
    for (let i = 0; i < drawn.length; i++) drawn[i] = (drawn[i]! - this.#mean) / this.unit;
  }

  /** The value that stands at a place of this scale. */
  valueAt(place: number): number {
    const drawn = this.#mean + this.unit * place;
    const below = this.#middle - drawn;
    if (below <= 0 || this.#spread === 0) return drawn;
    return this.#middle - this.#spread * Math.expm1(below / this.#spread);
  }
}
