import type { Rng } from "../engine/rng.ts";
import type { Graph } from "../graph/graph.ts";
import type { BlockChain } from "./blocks.ts";
import type { EvaluateRecipe } from "./evaluate.ts";
import type { Relaxed, RelaxOptions } from "./relaxed.ts";

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
 * The list of decisions is the same for all architectures. A decision is made where `allowed` leaves
 * it more than one option; elsewhere (the kernel of a block beyond the chosen depth) its choice is
 * the one option that is left.
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
  /**
   * The options that decision `prefix.length` may take after these choices, in increasing order;
   * each leads to at least one architecture. The prefix is one that `allowed` has led to. Throws a
   * `RangeError` when no decision is left.
   */
  allowed(prefix: readonly number[]): readonly number[];
  /** The architecture with these choices, one index a decision. Throws a `RangeError` on others. */
  fromChoices(choices: readonly number[]): A;
  /** The inverse of `fromChoices`. */
  toChoices(arch: A): number[];
  /** An architecture drawn uniformly: each of them as likely, however its decisions nest. */
  sample(rng: Rng): A;
  /** All architectures, one by one, each once, in the order of their choices. */
  enumerate(): Iterable<A>;
  /**
   * All architectures that differ from this one in exactly one of the decisions that both make, one
   * by one. Where that leaves other decisions to be made which this one does not make, all ways of
   * making them are neighbours; so this architecture is a neighbour of each of its neighbours.
   */
  neighbours(arch: A): Iterable<A>;
  /**
   * A changed copy. Without `rate` exactly one decision changes; with it, each decision is redrawn
   * with that probability (which may leave it as it was). Decisions that are only made after the
   * change, or whose choice is no longer allowed, are drawn, each option as likely. Throws a
   * `RangeError` when there is only one architecture.
   */
  mutate(arch: A, rng: Rng, rate?: number): A;
  /**
   * A child that takes each decision from one of the two parents, from a parent that makes it; what
   * neither can give is drawn.
   */
  crossover(a: A, b: A, rng: Rng): A;
  /** The canonical text of an architecture: equal architectures, equal text. */
  encode(arch: A): string;
  /** The inverse of `encode`. Throws a `SyntaxError` that says what is wrong and where. */
  decode(text: string): A;
  /** The network that the architecture describes. */
  lower(arch: A): Graph;
  /** The same network as a chain of blocks, where the space has one; {@linkcode spaceCosts} adds up their costs. */
  readonly chain?: (arch: A) => BlockChain;
  /**
   * The chains of operations that lead from the input of its cell to the output, as texts, each as
   * often as there is one; those of equal networks are the same. For spaces of one small cell.
   */
  readonly paths?: (arch: A) => readonly string[];
  /** A text that is the same for architectures whose networks are, where the space can tell. */
  readonly network?: (arch: A) => string;
  /** All its networks in one, where it can make that; {@linkcode supernetOf} does. */
  readonly relax?: (options?: RelaxOptions) => Relaxed<A>;
  /** How another thread makes the same space: by an exported function that returns it. */
  readonly recipe?: EvaluateRecipe;
}
