import { bracketsInTurn } from "./halving/in_turn.ts";
import { checkHalving, type HalvingOptions, hyperbandBrackets } from "./halving/rungs.ts";
import { randomSearch } from "./random_search.ts";
import { defineStrategy, type StrategyMaker } from "./strategy.ts";
import { checkProposer } from "./successive_halving.ts";

/** How {@linkcode hyperband} halves. */
export interface HyperbandOptions extends HalvingOptions {
  /** What makes the proposals; `randomSearch()` when absent. */
  readonly strategy?: StrategyMaker;
}

/**
 * Hyperband: rounds of successive halving that differ in how short the first trainings are, so that
 * neither long nor short ones have to be trusted beforehand (Li et al. 2018, "Hyperband: A Novel
 * Bandit-Based Approach to Hyperparameter Optimization"). After the last bracket, where all train for
 * `maxEpochs`, the first begins again; the search's budget ends it.
 *
 * Each bracket has a strategy of its own that proposes and is told what came of the bracket's shortest
 * trainings, since accuracies after different epochs cannot be compared. With a strategy that learns
 * this is what BOHB does (Falkner et al. 2018). Trials name their bracket and rung as notes.
 *
 * @throws {RangeError} When an option makes no sense.
 * @throws {TypeError} When `strategy` is no strategy.
 *
 * @example The three brackets of at most nine epochs
 * ```ts
 * import { hyperband, maximize, nasBench201, search } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: hyperband({ maxEpochs: 9 }),
 *   evaluate: (_arch, { graph, epochs = 9 }) => ({ score: graph.nodes.length - 1 / epochs }),
 *   objective: maximize("score"),
 *   budget: { trials: 22 },
 *   seed: "example",
 * });
 * const count = (epochs: number) => study.trials.filter((trial) => trial.epochs === epochs).length;
 * assertEquals([1, 3, 9].map(count), [9, 3 + 5, 1 + 1 + 3]);
 * ```
 */
export function hyperband(options: HyperbandOptions): StrategyMaker {
  const task = "Cannot make Hyperband";
  const halving = checkHalving(task, options);
  const { strategy = randomSearch() } = options;
  checkProposer(task, strategy);
  const { maxEpochs, minEpochs, eta } = halving;
  const name = `hyperband(epochs: ${minEpochs} to ${maxEpochs}, eta: ${eta}, ` +
    `strategy: ${strategy.strategyName})`;
  const kinds = hyperbandBrackets(halving);
  return defineStrategy(name, (space, rng, goals) => {
    return bracketsInTurn({ name: "hyperband()", kinds, propose: strategy }, { space, rng, goals });
  }, { module: import.meta.url, factory: "hyperband", args: [options] });
}
