import type { Json } from "../engine/json.ts";
import type { Rng } from "../engine/rng.ts";
import type { EvaluateRecipe } from "../space/evaluate.ts";
import type { SearchSpace } from "../space/space.ts";
import type { Trial } from "./trial.ts";

/** What a strategy wants tried next. Plain JSON. */
export interface Proposal<A> {
  /** The architecture. */
  readonly arch: A;
  /** How many epochs to train it for; as many as the evaluation does by itself when absent. */
  readonly epochs?: number;
  /** The indices of the trials that it descends from. */
  readonly parents?: readonly number[];
  /** What the strategy has to say of itself at this point, e.g. the entropy of its policy. */
  readonly notes?: { readonly [name: string]: number };
}

/**
 * Chooses what to try next.
 *
 * The search asks for architectures and tells the outcome of each, in the order in which they were
 * asked for. Several may be asked for before the first is told, so that workers stay busy. Only a
 * rejected architecture is told at once, before any other is asked for.
 *
 * {@linkcode strategyContract} checks that a strategy keeps its promises.
 */
export interface Strategy<A> {
  /**
   * What to try next; `undefined` when there is nothing to try before more has been
   * told. The search ends when that is the answer and no outcome is outstanding.
   */
  ask(): Proposal<A> | undefined;
  /** Learns the outcome of a proposal. The trial must not be changed. */
  tell(trial: Trial<A>): void;
  /** The whole state as plain JSON. */
  snapshot(): Json;
  /** Goes back to a state that `snapshot` gave, in this or another process. */
  restore(state: Json): void;
}

/**
 * Makes a strategy for a space; all that it draws comes from `rng`.
 *
 * A strategy that draws for its `n`-th ask from `rng.split(n)` needs no more of the generator in its
 * snapshot than the number `n`.
 */
export interface StrategyMaker {
  /** Identifies the strategy and its options; a journal is refused by another one. */
  readonly strategyName: string;
  /**
   * How another thread makes the same: with the exported function that made it, and its arguments,
   * among which may be other strategies that have a recipe. Absent where it cannot.
   */
  readonly recipe?: EvaluateRecipe;
  /** A fresh strategy for one goal or several. Throws a `RangeError` for more than it can pursue. */
  <A>(space: SearchSpace<A>, rng: Rng, goals: readonly Goal[]): Strategy<A>;
}

/** What a strategy is to look for: an objective and its direction. */
export interface Goal {
  /** The metric's name. */
  readonly metric: string;
  /** Whether more of it is better. */
  readonly direction: "maximize" | "minimize";
}

/**
 * The goal of as much of a metric as possible.
 *
 * @throws {TypeError} When the metric has no name.
 *
 * @example
 * ```ts
 * import { maximize } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maximize("accuracy"), { metric: "accuracy", direction: "maximize" });
 * ```
 */
export function maximize(metric: string): Goal {
  return { metric: named(metric, "maximize"), direction: "maximize" };
}

/**
 * The goal of as little of a metric as possible.
 *
 * @throws {TypeError} When the metric has no name.
 *
 * @example
 * ```ts
 * import { minimize } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(minimize("loss"), { metric: "loss", direction: "minimize" });
 * ```
 */
export function minimize(metric: string): Goal {
  return { metric: named(metric, "minimize"), direction: "minimize" };
}

/**
 * Gives the function that makes a strategy its name.
 *
 * @param strategyName Names the strategy and all options that change what it asks for.
 * @param make Makes the strategy for a space.
 * @param recipe How another thread makes it, so that {@linkcode compare} can use all cores.
 * @throws {TypeError} When the name is empty.
 *
 * @example A strategy that walks the first decision and leaves the others at 0
 * ```ts
 * import { defineStrategy, strategyContract } from "naskit";
 *
 * const firstDecision = defineStrategy("firstDecision", (space) => {
 *   let next = 0;
 *   return {
 *     ask: () => {
 *       if (next >= space.decisions[0]!.options.length) return undefined;
 *       return { arch: space.fromChoices(space.decisions.map((_, i) => i === 0 ? next++ : 0)) };
 *     },
 *     tell: () => {},
 *     snapshot: () => next,
 *     restore: (state) => next = state as number,
 *   };
 * });
 * await strategyContract(firstDecision, { runs: 5 });
 * ```
 */
export function defineStrategy(
  strategyName: string,
  make: <A>(space: SearchSpace<A>, rng: Rng, goals: readonly Goal[]) => Strategy<A>,
  recipe?: EvaluateRecipe,
): StrategyMaker {
  if (typeof strategyName !== "string" || strategyName === "") {
    throw new TypeError(
      `Cannot define a strategy: strategyName must be a text, got ${strategyName}`,
    );
  }
  const maker = <A>(space: SearchSpace<A>, rng: Rng, goals: readonly Goal[]) =>
    make(space, rng, goals);
  return Object.assign(maker, { strategyName }, recipe === undefined ? {} : { recipe });
}

/**
 * The goal of a strategy that can pursue one only.
 *
 * @throws {RangeError} When there are several.
 *
 * @example
 * ```ts
 * import { maximize, minimize, soleGoal } from "naskit";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const accurate = maximize("accuracy");
 * assertEquals(soleGoal([accurate], "hillClimbing"), accurate);
 * assertThrows(() => soleGoal([accurate, minimize("macs")], "hillClimbing"), RangeError);
 * ```
 */
export function soleGoal(goals: readonly Goal[], strategyName: string): Goal {
  if (goals.length === 1) return goals[0] as Goal;
  throw new RangeError(
    `Cannot search: ${strategyName} pursues one objective, got ${goals.length} (${
      goals.map(({ metric }) => metric).join(", ")
    }); nsga2() pursues several`,
  );
}

function named(metric: string, verb: string): string {
  if (typeof metric !== "string" || metric === "") {
    throw new TypeError(`Cannot ${verb}: metric must be the name of a metric, got "${metric}"`);
  }
  return metric;
}
