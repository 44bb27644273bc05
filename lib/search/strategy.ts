import type { Json } from "../engine/json.ts";
import type { Rng } from "../engine/rng.ts";
import type { SearchSpace } from "../space/space.ts";
import type { Trial } from "./trial.ts";

/**
 * Chooses what to try next.
 *
 * The search asks for architectures and tells the outcome of each, in the order in which they were
 * asked for. Several may be asked for before the first is told, so that workers stay busy.
 */
export interface Strategy<A> {
  /** The next architecture to try; `undefined` when there is nothing left to try. */
  ask(): A | undefined;
  /** Learns the outcome of an architecture that was asked for. */
  tell(trial: Trial<A>): void;
  /** The whole state as plain JSON. */
  snapshot(): Json;
  /** Goes back to a state that `snapshot` gave, in this or another process. */
  restore(state: Json): void;
}

/** Makes a strategy for a space; all that it draws comes from `rng`. */
export interface StrategyMaker {
  /** Identifies the strategy and its options; a journal is refused by another one. */
  readonly strategyName: string;
  <A>(space: SearchSpace<A>, rng: Rng, goal: Goal): Strategy<A>;
}

/** What a strategy is to look for: an objective and its direction. */
export interface Goal {
  /** The metric's name. */
  readonly metric: string;
  /** Whether more of it is better. */
  readonly direction: "maximize" | "minimize";
}
