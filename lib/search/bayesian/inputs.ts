import type { Described } from "./features.ts";

/** The inputs of a network that are not 0. */
export interface SparseInput {
  /** Which they are. */
  readonly indices: ArrayLike<number>;
  /** Their values. */
  readonly values: ArrayLike<number>;
}

/**
 * Architectures as inputs of a network: one for each option of each decision, one for each path, as
 * often as it is there, and costs, standardised. Paths that none of the architectures behind it has are
 * left out, as the truncated path encoding of White et al. (2021) leaves out rare ones.
 */
export class Inputs {
  readonly #offsets: number[] = [];
  readonly #paths = new Map<number, number>();
  readonly #scales: { readonly mean: number; readonly deviation: number }[];
  readonly #firstCost: number;

  /** The number of inputs. */
  readonly size: number;

  /**
   * @param options How many options each decision has, where decisions are looked at.
   * @param known The architectures that are learned from, at least one.
   */
  constructor(options: readonly number[], known: readonly Described<unknown>[]) {
    let size = 0;
    const [{ decisions, costs }] = known as readonly [Described<unknown>];
    for (let i = 0; i < decisions.length; i++) {
      this.#offsets.push(size);
      size += options[i] as number;
    }
    for (const { paths } of known) {
      for (let i = 0; i < paths.length; i++) {
        if (!this.#paths.has(paths[i] as number)) this.#paths.set(paths[i] as number, size++);
      }
    }
    this.#firstCost = size;
    this.#scales = Array.from(
      costs,
      (_, i) => scaleOf(known.map(({ costs }) => costs[i] as number)),
    );
    this.size = size + this.#scales.length;
  }

  /** The inputs of an architecture. */
  of({ decisions, paths, costs }: Described<unknown>): SparseInput {
    const indices = this.#offsets.map((offset, i) => offset + (decisions[i] as number));
    const values = indices.map(() => 1);
    for (let i = 0; i < paths.length; i++) {
      const index = this.#paths.get(paths[i] as number);
      if (index === undefined) continue;
      const at = indices.indexOf(index);
      if (at >= 0) values[at]! += 1;
      else {
        indices.push(index);
        values.push(1);
      }
    }
    this.#scales.forEach(({ mean, deviation }, i) => {
      indices.push(this.#firstCost + i);
      values.push(((costs[i] as number) - mean) / deviation);
    });
    return { indices, values };
  }
}

function scaleOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}
