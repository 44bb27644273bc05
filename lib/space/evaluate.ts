import type { Graph } from "../graph/graph.ts";

/** Numbers that say how good a candidate is or what it costs; an array holds one number an epoch. */
export type Metrics = { readonly [name: string]: number | readonly number[] };

/** What an evaluation is given beside the architecture. */
export interface EvaluateContext {
  /** The network, lowered by the space when it is first looked at. */
  readonly graph: Graph;
  /** Determines all that the evaluation draws. */
  readonly seed: string;
  /** How many epochs to train for; as many as the function does by itself when absent. */
  readonly epochs?: number;
  /** The seeds of the trials that this one descends from, where the strategy told of any. */
  readonly parents?: readonly string[];
  /** Aborted when the evaluation is to stop; it then throws `signal.reason`. */
  readonly signal: AbortSignal;
}

/** Scores an architecture; the only thing in a search that costs time. */
export interface Evaluate<A> {
  /** Returns at least the metric that the search's objective names. */
  (arch: A, context: EvaluateContext): Metrics | Promise<Metrics>;
  /** How to make the same function in a worker; see {@linkcode portable}. */
  readonly recipe?: EvaluateRecipe;
  /** How many epochs it trains for when it is not told; absent where it does not count in epochs. */
  readonly epochs?: number;
  /**
   * Marks an evaluation whose time is not that by the clock, as it is looked up or measured otherwise: the
   * metric `seconds` that it returns is the time that it stands for, and a search counts that time as if it
   * had passed.
   */
  readonly simulated?: true;
}

/** How another thread makes an {@linkcode Evaluate}, or a space: by calling an exported function. */
export interface EvaluateRecipe {
  /** The module's address, usually `import.meta.url`. */
  readonly module: string;
  /** The name of the exported function that returns what is to be made, or a promise of it. */
  readonly factory: string;
  /** Its arguments: anything that can be structured-cloned, typed arrays included. */
  readonly args: readonly unknown[];
}

/** What {@linkcode portable} can say of the function beside its recipe. */
export interface PortableOptions {
  /** How many epochs it trains for when it is not told. */
  readonly epochs?: number;
  /** Whether the time that it takes is the metric `seconds` that it returns. */
  readonly simulated?: true;
}

/**
 * Marks an evaluate function with the way to make it again in a worker. A function cannot be sent to
 * another thread, but the name of the exported function that made it, and its arguments, can.
 *
 * @example An evaluator that workers can run
 * ```ts
 * import { type Evaluate, portable } from "naskit";
 *
 * export function depthScore(weight: number): Evaluate<unknown> {
 *   return portable(
 *     { module: import.meta.url, factory: "depthScore", args: [weight] },
 *     (_arch, { graph }) => ({ score: weight * graph.nodes.length }),
 *   );
 * }
 * ```
 */
export function portable<A>(
  recipe: EvaluateRecipe,
  evaluate: Evaluate<A>,
  { epochs, simulated }: PortableOptions = {},
): Evaluate<A> {
  const run: Evaluate<A> = (arch, context) => evaluate(arch, context);
  return Object.assign(
    run,
    { recipe },
    epochs === undefined ? {} : { epochs },
    simulated ? { simulated: true } as const : {},
  );
}
