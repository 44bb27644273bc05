import type { Rng } from "../engine/rng.ts";
import type { Decision } from "../space/mod.ts";
import { gatesOf, type Gating, pullBackGates } from "./gating.ts";

/** How logits begin. */
export interface LogitsOptions {
  /** What they say of their options. */
  readonly gating: Gating;
  /** Draws them. */
  readonly rng: Rng;
  /** Their standard deviation about 0. */
  readonly deviation: number;
}

/** What a search knows of its choices, to put back. */
export interface LogitsState {
  /** The logits of each choice. */
  readonly values: ReadonlyMap<string, ArrayLike<number>>;
  /** The places of the options that are to be had. */
  readonly candidates: ReadonlyMap<string, readonly number[]>;
}

/** The logits of a search by gradients: a number for each option of each choice, from which gates follow. */
export class Logits {
  readonly #gating: Gating;
  readonly #values: ReadonlyMap<string, Float64Array>;
  readonly #candidates: Map<string, readonly number[]>;

  /** Draws those of some choices. All options are candidates. */
  constructor(choices: readonly Decision[], { gating, rng, deviation }: LogitsOptions) {
    this.#gating = gating;
    this.#values = new Map(choices.map(({ name, options }) => {
      const own = rng.split(name);
      return [name, Float64Array.from(options, () => deviation * own.normal())];
    }));
    this.#candidates = new Map(
      choices.map(({ name, options }) => [name, options.map((_, place) => place)]),
    );
  }

  /** The choices. */
  get choices(): readonly string[] {
    return [...this.#values.keys()];
  }

  /** The logits of a choice, not a copy. Throws a `RangeError` when there is no such choice. */
  of(choice: string): Float64Array {
    const found = this.#values.get(choice);
    if (found) return found;
    throw new RangeError(`Cannot find logits: there is no choice "${choice}"`);
  }

  /** The places of the options of a choice that are still to be had, in order. */
  candidatesOf(choice: string): readonly number[] {
    return this.#candidates.get(choice) ?? [];
  }

  /** The gates that the logits come to, at most 1; 0 for options that are no candidates. */
  probabilities(): Map<string, Float64Array> {
    return new Map(
      [...this.#values].map(([choice, values]) => {
        const candidates = this.candidatesOf(choice);
        return [choice, gatesOf(values, { gating: this.#gating, candidates })];
      }),
    );
  }

  /** The slope by the logits of something whose slope by these gates is known; 0 for choices left out. */
  pullBack(slopes: ReadonlyMap<string, ArrayLike<number>>): Map<string, Float64Array> {
    return new Map(
      [...this.probabilities()].map(([choice, gates]) => [
        choice,
        pullBackGates(gates, slopes.get(choice) ?? new Float64Array(gates.length), {
          gating: this.#gating,
        }),
      ]),
    );
  }

  /** Leaves each choice so many candidates, those of the highest logits. */
  drop(keep: number): void {
    for (const [choice, values] of this.#values) {
      const best = this.candidatesOf(choice).toSorted((a, b) =>
        (values[b] as number) - (values[a] as number) || a - b
      );
      this.#candidates.set(choice, best.slice(0, keep).sort((a, b) => a - b));
    }
  }

  /** Copies of all. */
  get state(): LogitsState {
    return {
      values: new Map([...this.#values].map(([choice, values]) => [choice, values.slice()])),
      candidates: new Map(this.#candidates),
    };
  }

  /** Puts copies back. */
  restore({ values, candidates }: LogitsState): void {
    for (const [choice, own] of this.#values) {
      own.set(values.get(choice) ?? []);
      this.#candidates.set(choice, candidates.get(choice) ?? []);
    }
  }
}
