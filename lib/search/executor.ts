import type { Evaluate, EvaluateContext, Metrics } from "../space/evaluate.ts";

/** Where evaluations run. */
export interface Executor {
  /** How many run at once. */
  readonly size: number;
  /**
   * Gets ready to run an evaluate function; a search opens one runner and closes it at its end.
   * Several may be open at the same time, each with room for `size` runs.
   */
  open<A>(evaluate: Evaluate<A>): Promise<Runner<A>> | Runner<A>;
}

/** An {@linkcode Executor} at work for one search. */
export interface Runner<A> {
  /**
   * Evaluates one architecture; at most `size` calls are outstanding. Rejects with what the
   * evaluation threw. When `context.signal` aborts, it settles soon, either way.
   */
  run(arch: A, context: EvaluateContext): Promise<Metrics>;
  /** Lets go of everything; no run is outstanding. */
  close(): Promise<void>;
}

/**
 * Runs evaluations one after another in this thread. An evaluation that does not watch its signal
 * cannot be interrupted: an aborted search waits for it.
 *
 * @example
 * ```ts
 * import { inline } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(inline().size, 1);
 * ```
 */
export function inline(): Executor {
  return {
    size: 1,
    open: (evaluate) => ({
      run: async (arch, context) => await evaluate(arch, context),
      close: () => Promise.resolve(),
    }),
  };
}
