import type { Rng } from "../../engine/rng.ts";
import type { Policy } from "./policy.ts";

/** How far from zero the logits begin. */
const spread = 1e-3;

/** A logit for every option of every decision, whatever was chosen before. */
export class LogitsPolicy implements Policy {
  readonly parameters: Float64Array;
  readonly #rows: readonly Float64Array[];
  readonly #offsets: readonly number[];
  readonly #walk: number[] = [];

  /** @param counts How many options each decision has. */
  constructor(counts: readonly number[], rng: Rng) {
    let end = 0;
    this.#offsets = counts.map((count) => (end += count) - count);
    this.parameters = Float64Array.from({ length: end }, () => spread * rng.normal());
    this.#rows = counts.map((count, decision) => {
      const offset = this.#offsets[decision] as number;
      return this.parameters.subarray(offset, offset + count);
    });
  }

  forget(): void {}

  begin(): void {
    this.#walk.length = 0;
  }

  logits(decision: number): Float64Array {
    this.#walk.push(decision);
    return this.#rows[decision] as Float64Array;
  }

  choose(): void {}

  backward(slopes: readonly Float64Array[], gradient: Float64Array): void {
    this.#walk.forEach((decision, step) => {
      const offset = this.#offsets[decision] as number;
      (slopes[step] as Float64Array).forEach((slope, option) => {
        gradient[offset + option]! += slope;
      });
    });
  }
}
