/**
 * Searching: strategies that choose architectures, the loop that evaluates them, and the study that
 * is left.
 *
 * @example Random search for a small network with many nodes
 * ```ts
 * import { atMost, maximize, nasBench201, randomSearch, search } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: randomSearch(),
 *   evaluate: (_arch, { graph }) => ({ nodes: graph.nodes.length }),
 *   objective: maximize("nodes"),
 *   constraints: [atMost("params", 10_000)],
 *   budget: { trials: 20 },
 *   seed: "nas",
 * });
 * assertEquals(study.incumbent().at(-1)!.trial, study.best());
 * ```
 *
 * @module
 */
export { agingEvolution, type AgingEvolutionOptions } from "./aging_evolution.ts";
export { asha, type AshaOptions } from "./asha.ts";
export type { Acquisition } from "./bayesian/acquisition.ts";
export type { ArchFeature } from "./bayesian/features.ts";
export type { BayesianOptimisationOptions } from "./bayesian/options.ts";
export { bayesianOptimisation } from "./bayesian_optimisation.ts";
export { compare, type CompareOptions } from "./compare/compare.ts";
export {
  type ComparedRun,
  Comparison,
  type ComparisonCurve,
  type ComparisonCurveOptions,
  type ComparisonData,
  type ComparisonRanking,
  type ComparisonRow,
  type ComparisonView,
  type PairedTest,
} from "./compare/comparison.ts";
export { expectedRandom, type ExpectedRandomOptions } from "./compare/expected_random.ts";
export { strategyContract, type StrategyContractOptions } from "./contract/strategy_contract.ts";
export {
  Controller,
  type ControllerOutcome,
  type ControllerStep,
  type ControllerWalk,
  type MarginalsOptions,
} from "./controller/controller.ts";
export type { ControllerOptions } from "./controller/options.ts";
export type { CostScaledReward, RewardShape } from "./controller/reward.ts";
export {
  EvaluationError,
  type EvaluationErrorOptions,
  InfeasibleError,
  JournalError,
} from "./errors.ts";
export {
  evaluateNetworks,
  type EvaluateNetworksOptions,
  type NetworkOutcomes,
} from "./evaluate_networks.ts";
export { evolution, type EvolutionOptions } from "./evolution.ts";
export { type Executor, inline, type Runner } from "./executor.ts";
export { gridSearch, type GridSearchOptions } from "./grid_search.ts";
export type { Guess, Guessed } from "./guess.ts";
export type { HalvingOptions } from "./halving/rungs.ts";
export { hyperband, type HyperbandOptions } from "./hyperband.ts";
export type { HypervolumeReference, HypervolumeStep } from "./hypervolume_steps.ts";
export type { DecisionImportance, DecisionSpace, ImportanceOptions } from "./importance.ts";
export type { Incumbent, IncumbentOptions } from "./incumbent.ts";
export { type JournalRecord, readJournal } from "./journal.ts";
export type { JournalHeader } from "./journal_format.ts";
export { localSearch, type LocalSearchOptions } from "./local_search.ts";
export { mergeJournals } from "./merge_journals.ts";
export { nsga2, type Nsga2Options } from "./nsga2.ts";
export type { SearchBudget, SearchOptions } from "./options.ts";
export { patience } from "./patience.ts";
export { proposeByGuess, type ProposeByGuessOptions } from "./propose_by_guess.ts";
export { randomSearch, type RandomSearchOptions } from "./random_search.ts";
export { reinforce, type ReinforceOptions } from "./reinforce.ts";
export { runFile } from "./run_file.ts";
export { search } from "./search.ts";
export { startFrom } from "./start_from.ts";
export {
  defineStrategy,
  type Goal,
  maximize,
  minimize,
  type Proposal,
  soleGoal,
  type Strategy,
  type StrategyMaker,
} from "./strategy.ts";
export { Study } from "./study.ts";
export type { ParetoDirections, StopReason, StudyData, StudyJsonOptions } from "./study_data.ts";
export { successiveHalving, type SuccessiveHalvingOptions } from "./successive_halving.ts";
export type { StudyRow } from "./table.ts";
export type { SearchState } from "./tally.ts";
export type { Trial } from "./trial.ts";
export { type Scored, warmUp, type WarmUpOptions } from "./warm_up.ts";
export { workers, type WorkersOptions } from "./workers.ts";
