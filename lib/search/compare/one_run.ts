import type { Constraint } from "../../cost/constraint.ts";
import { madeFrom } from "../../space/made_from.ts";
import {
  type Evaluate,
  type EvaluateRecipe,
  type Metrics,
  portable,
} from "../../space/evaluate.ts";
import type { Benchmark } from "../../space/benchmark.ts";
import type { SearchSpace } from "../../space/space.ts";
import type { SearchBudget } from "../options.ts";
import { search } from "../search.ts";
import type { Goal, StrategyMaker } from "../strategy.ts";
import type { Study } from "../study.ts";
import { type PackedStrategy, packStrategy, unpackStrategy } from "./pack.ts";

/** What all runs of a comparison have in common. Plain data. */
export interface RunSettings {
  readonly objective: Goal;
  readonly report?: string;
  readonly budget: SearchBudget;
  readonly inFlight: number;
  readonly constraints: readonly Constraint[];
  readonly maxRejections?: number;
}

/** A run to make: the seed, and the name of the strategy. */
export type Job = readonly [seed: string, strategy: string];

/** What makes the runs of a comparison. */
export interface RunParts<A> {
  readonly space: SearchSpace<A>;
  readonly evaluate: Evaluate<A>;
  readonly strategies: { readonly [name: string]: StrategyMaker };
}

/**
 * A function that makes a run, as an evaluator of jobs, so that what runs evaluations can run it. It
 * gives how many trials there were, what time they took, and as curves the incumbents and all that was
 * tried.
 */
export function runner<A>(parts: RunParts<A>, settings: RunSettings): Evaluate<Job> {
  const { space, evaluate, strategies } = parts;
  const run: Evaluate<Job> = async ([seed, name], { signal }) => {
    const study = await search<A>({
      space,
      strategy: strategies[name] as StrategyMaker,
      evaluate,
      ...settings,
      seed,
      signal,
    });
    signal.throwIfAborted();
    return courseOf(study, evaluate, settings);
  };
  const recipe = recipeOf(parts, settings);
  return recipe === undefined ? run : portable(recipe, run);
}

/** The same in a worker. */
export async function runnerOf<A>(
  recipe: EvaluateRecipe,
  packed: { readonly [name: string]: PackedStrategy },
  settings: RunSettings,
): Promise<Evaluate<Job>> {
  const evaluate = await madeFrom<Benchmark<A>>(recipe);
  const strategies = await Promise.all(
    Object.entries(packed).map(async ([name, each]) => [name, await unpackStrategy(each)]),
  );
  const parts = { space: evaluate.space, evaluate, strategies: Object.fromEntries(strategies) };
  return runner(parts, settings);
}

/** How a worker makes the runner; `undefined` where it cannot make all that it takes. */
function recipeOf<A>(
  { space, evaluate, strategies }: RunParts<A>,
  settings: RunSettings,
): EvaluateRecipe | undefined {
  if (evaluate.recipe === undefined || (evaluate as Partial<Benchmark<A>>).space !== space) {
    return undefined;
  }
  const packed = Object.entries(strategies).map(([name, each]) => [name, packStrategy(each)]);
  if (packed.some(([, each]) => each === undefined)) return undefined;
  const args = [evaluate.recipe, Object.fromEntries(packed), settings];
  return { module: import.meta.url, factory: "runnerOf", args };
}

/** Whether an evaluator knows beforehand what it gives. */
export function knows<A>(evaluate: Evaluate<A>): evaluate is Benchmark<A> {
  return "lookUp" in evaluate;
}

/**
 * A study as the steps of its incumbent: after which trial, its value, what is reported, the time. A
 * trial without the metric to report, such as a training cut short, is no step. And of each trial its
 * value, and which architecture it had.
 */
function courseOf<A>(
  study: Study<A>,
  evaluate: Evaluate<A> | Benchmark<A>,
  { report, objective }: RunSettings,
): Metrics {
  const metric = report ?? objective.metric;
  const changes = study.incumbent().filter(({ trial }, i, all) => trial !== all[i - 1]?.trial);
  const steps = report === undefined
    ? changes
    : changes.filter(({ trial }) => trial.metrics[report] !== undefined);
  if (steps.length === 0 && changes.length > 0) {
    throw new RangeError(`no trial that was the best has the metric "${report}" to report`);
  }
  return {
    trials: study.trials.length,
    spent: study.trials.reduce((sum, { seconds }) => sum + seconds, 0),
    at: steps.map(({ index }) => index + 1),
    values: steps.map(({ value }) => value),
    reports: report === undefined ? [] : steps.map(({ trial }) => trial.metrics[report] as number),
    known: knows(evaluate) ? steps.map(({ trial }) => evaluate.lookUp(trial.arch, metric)) : [],
    times: steps.map(({ seconds }) => seconds),
    tried: study.trials.map(({ metrics }) => metrics[objective.metric] as number),
    archs: numbered(study.trials.map(({ key }) => key)),
  };
}

/** Texts as numbers, from 0 in the order in which they first appear. */
function numbered(texts: readonly string[]): number[] {
  const numbers = new Map<string, number>();
  return texts.map((text) => {
    if (!numbers.has(text)) numbers.set(text, numbers.size);
    return numbers.get(text) as number;
  });
}
