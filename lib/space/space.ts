import type { Rng } from "../engine/rng.ts";
import type { Graph } from "../graph/graph.ts";

/** One categorical choice of a search space. */
export interface Decision {
  /** What is decided, e.g. `"edge 0→1"`. */
  readonly name: string;
  /** The names of the options; a choice is an index into them. */
  readonly options: readonly string[];
}

/**
 * A set of architectures, each a plain JSON value of type `A`.
 *
 * Strategies walk `decisions` or call `sample`, `mutate` and `crossover`; they never see a network.
 * `lower` turns an architecture into the graph that is trained, scored and costed.
 *
 * @typeParam A The architecture: plain JSON, no functions, classes, `undefined` or `NaN` in it.
 */
export interface SearchSpace<A> {
  /** Identifies the space and its options; a journal is refused by a space of another name. */
  readonly name: string;
  /** The exact number of architectures. */
  readonly size: bigint;
  /** The choices that make an architecture, in the order in which a controller makes them. */
  readonly decisions: readonly Decision[];
  /** The architecture with these choices, one index a decision. Throws a `RangeError` on others. */
  fromChoices(choices: readonly number[]): A;
  /** The inverse of `fromChoices`. */
  toChoices(arch: A): number[];
  /** An architecture drawn uniformly. */
  sample(rng: Rng): A;
  /** All architectures, one by one, each once. */
  enumerate(): Iterable<A>;
  /** All architectures that differ from this one in exactly one decision. */
  neighbours(arch: A): Iterable<A>;
  /**
   * A changed copy. Without `rate` exactly one decision changes; with it, each decision is redrawn
   * with that probability (which may leave it as it was).
   */
  mutate(arch: A, rng: Rng, rate?: number): A;
  /** A child that takes each decision from one of the two parents. */
  crossover(a: A, b: A, rng: Rng): A;
  /** The canonical text of an architecture: equal architectures, equal text. */
  encode(arch: A): string;
  /** The inverse of `encode`. Throws a `SyntaxError` that says what is wrong and where. */
  decode(text: string): A;
  /** The network that the architecture describes. */
  lower(arch: A): Graph;
}
