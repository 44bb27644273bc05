import { bracketsInTurn } from "./halving/in_turn.ts";
import { checkHalving, type HalvingOptions, rungEpochs, rungsOf } from "./halving/rungs.ts";
import { randomSearch } from "./random_search.ts";
import { defineStrategy, type StrategyMaker } from "./strategy.ts";

/** How {@linkcode successiveHalving} halves. */
export interface SuccessiveHalvingOptions extends HalvingOptions {
  /** How many proposals begin; `eta` to the power of the number of promotions when absent. */
  readonly count?: number;
  /** What makes the proposals; `randomSearch()` when absent. */
  readonly strategy?: StrategyMaker;
}

/**
 * Successive halving: many proposals are trained for a few epochs, the best of them, one in `eta`,
 * for `eta` times as many, and so on; then the next round begins (Jamieson & Talwalkar 2016,
 * "Non-stochastic Best Arm Identification and Hyperparameter Optimization"). The search's budget ends
 * it, best given in epochs: `budget: { epochs: 200 }`.
 *
 * Each promoted architecture is trained anew, from scratch and for more epochs; its trial names the
 * one before as its parent, and its rung as a note. The strategy that proposes is told what came of
 * the shortest trainings. A rung's proposals can run at once; the next rung waits for all of them.
 *
 * @throws {RangeError} When an option makes no sense.
 * @throws {TypeError} When `strategy` is no strategy.
 *
 * @example Nine for one epoch, three for three, one for nine
 * ```ts
 * import { maximize, nasBench201, search, successiveHalving } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: successiveHalving({ maxEpochs: 9 }),
 *   evaluate: (_arch, { graph, epochs = 9 }) => ({ score: graph.nodes.length - 1 / epochs }),
 *   objective: maximize("score"),
 *   budget: { trials: 13 },
 *   seed: "example",
 * });
 * const epochs = study.trials.map((trial) => trial.epochs);
 * assertEquals(epochs, [1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 9]);
 * ```
 */
export function successiveHalving(options: SuccessiveHalvingOptions): StrategyMaker {
  const task = "Cannot halve successively";
  const halving = checkHalving(task, options);
  const epochs = rungEpochs(halving);
  const { count = Math.round(halving.eta ** (epochs.length - 1)), strategy = randomSearch() } =
    options;
  if (!(Number.isSafeInteger(count) && count >= 1)) {
    throw new RangeError(`${task}: count must be a whole number from 1 up, got ${count}`);
  }
  checkProposer(task, strategy);
  const { maxEpochs, minEpochs, eta } = halving;
  const name = `successiveHalving(epochs: ${minEpochs} to ${maxEpochs}, eta: ${eta}, ` +
    `count: ${count}, strategy: ${strategy.strategyName})`;
  const kinds = [rungsOf(count, epochs, eta)];
  return defineStrategy(name, (space, rng, goals) => {
    return bracketsInTurn({ name: "successiveHalving()", kinds, propose: strategy }, {
      space,
      rng,
      goals,
    });
  }, { module: import.meta.url, factory: "successiveHalving", args: [options] });
}

/** Throws a `TypeError` for what is no strategy to propose. */
export function checkProposer(task: string, strategy: StrategyMaker): void {
  if (typeof strategy === "function" && typeof strategy.strategyName === "string") return;
  throw new TypeError(
    `${task}: strategy must be a strategy such as randomSearch(), got ${strategy}`,
  );
}
