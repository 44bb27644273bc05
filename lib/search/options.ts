import type { ProgressListener } from "../engine/progress.ts";
import { createRng } from "../engine/rng.ts";
import { type Constraint, describeConstraint, limitsIn, takeApart } from "../cost/constraint.ts";
import type { Evaluate } from "../space/evaluate.ts";
import type { SearchSpace } from "../space/space.ts";
import type { Graph } from "../graph/graph.ts";
import { allViolated, assessor, type MoreCosts } from "./candidate.ts";
import { type Executor, inline } from "./executor.ts";
import type { Goal, StrategyMaker } from "./strategy.ts";
import type { SearchState } from "./tally.ts";
import type { Trial } from "./trial.ts";

/** How long a search goes on: until one of the limits, of which at least one is given. */
export interface SearchBudget {
  /** Trials, failed ones included, rejected ones not. */
  readonly trials?: number;
  /**
   * Seconds after which no evaluation is started; those that run go on to their end. What a resumed
   * search had used before counts. Which trials fit in depends on the machine, but for an evaluation
   * that is marked as simulated: there a trial is made when the seconds of all trials before it are
   * fewer than these.
   */
  readonly seconds?: number;
  /**
   * Epochs of training in all trials together, failed ones included. A trial counts as many as the
   * strategy asks for or, where it does not, as `evaluate.epochs` says; one that repeats another
   * counts none. The search ends before the first trial that would exceed them.
   */
  readonly epochs?: number;
}

/** What {@linkcode search} needs to know. */
export interface SearchOptions<A> {
  /** What can be built. */
  readonly space: SearchSpace<A>;
  /** How candidates are chosen. */
  readonly strategy: StrategyMaker;
  /** How good a candidate is. */
  readonly evaluate: Evaluate<NoInfer<A>>;
  /**
   * Which metric, of those that `evaluate` gives or of the costs, is to be large or small; several
   * where the strategy can pursue several.
   */
  readonly objective: Goal | readonly Goal[];
  /** When to stop. */
  readonly budget: SearchBudget;
  /** Determines all that is drawn: equal seeds, equal studies. */
  readonly seed: string | number;
  /** Limits on the costs of a candidate; none when absent. */
  readonly constraints?: readonly Constraint[];
  /**
   * More costs of a candidate, known before it is evaluated, e.g. a predicted latency. They are
   * metrics of its trial and can be limited by `constraints`. None when absent.
   */
  readonly costs?: (graph: Graph) => { readonly [name: string]: number };
  /** Where evaluations run; `inline()` when absent. */
  readonly executor?: Executor;
  /**
   * The path of a file that records every trial as it ends. A search with the journal of an earlier
   * one goes on where that stopped. None when absent.
   */
  readonly journal?: string;
  /** Stops the search when it aborts; the study of what was found by then is returned. */
  readonly signal?: AbortSignal;
  /**
   * Called at the start, after each trial, and at an end before the budget is used up; the search
   * waits for it.
   */
  readonly onProgress?: ProgressListener;
  /**
   * How many trials may be asked for before the first of them is told. Studies are equal when this
   * is, whatever the executor. When absent, what the journal says, otherwise 4 or the executor's
   * size, whichever is more.
   */
  readonly inFlight?: number;
  /**
   * Whether an evaluation that throws makes a failed trial instead of ending the search. A journal
   * does not bind it: a search that ended so can be resumed with it.
   */
  readonly catchErrors?: boolean;
  /**
   * How often an evaluation that throws is tried again, each time with another seed:
   * `<seed>/trial/<k>/retry/<r>`. Only then has it failed. 0 when absent. Nor does a journal bind this:
   * a search resumed with another number keeps its trials, and equals one that was never interrupted
   * only where no evaluation threw.
   */
  readonly retries?: number;
  /**
   * What becomes of an architecture that was asked for before, for as many epochs. `"evaluate"`, when
   * absent: it is evaluated again, with another seed. `"reuse"`: the trial gets the outcome of the
   * earlier one, in no time. `"skip"`: it is rejected.
   */
  readonly duplicates?: "evaluate" | "reuse" | "skip";
  /**
   * How many candidates in a row may bring nothing new, because they break the constraints or, unless
   * duplicates are evaluated, were asked for before; 1,000 when absent.
   */
  readonly maxRejections?: number;
  /**
   * Called with each complete or failed trial once the strategy was told of it, in order, those from
   * a journal included; the search waits for it.
   */
  readonly onTrial?: (trial: Trial<A>, state: SearchState<A>) => void | Promise<void>;
  /**
   * Asked after each trial whether to stop, e.g. {@linkcode patience}. What was already asked for is
   * still evaluated. A rule that depends on the state alone stops a resumed search at the same trial.
   */
  readonly stopWhen?: (state: SearchState<A>) => boolean;
}

/** Checked options with the defaults filled in. */
export interface SearchPlan<A> {
  readonly space: SearchSpace<A>;
  readonly strategy: StrategyMaker;
  readonly evaluate: Evaluate<A>;
  /** Whether the time of evaluations is what they say. */
  readonly simulated: boolean;
  readonly goals: readonly Goal[];
  readonly trials: number;
  readonly seconds: number;
  readonly epochs: number;
  readonly seed: string;
  readonly constraints: readonly Constraint[];
  readonly costs: MoreCosts | undefined;
  readonly executor: Executor;
  readonly inFlight: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ProgressListener | undefined;
  readonly catchErrors: boolean;
  readonly retries: number;
  readonly duplicates: NonNullable<SearchOptions<A>["duplicates"]>;
  readonly maxRejections: number;
  readonly onTrial: SearchOptions<A>["onTrial"];
  readonly stopWhen: SearchOptions<A>["stopWhen"];
}

/** Checks the options of a search. Throws as {@linkcode search} does. */
export function planSearch<A>(options: SearchOptions<A>): SearchPlan<A> {
  const { space, strategy, evaluate, objective, budget, seed, constraints = [] } = options;
  const { costs } = options;
  const { executor = inline(), catchErrors = false, maxRejections = 1000 } = options;
  const { retries = 0, duplicates = "evaluate", onTrial, stopWhen } = options;
  if (typeof space?.sample !== "function") fail("space must be a search space", space);
  if (typeof strategy !== "function" || typeof strategy.strategyName !== "string") {
    fail("strategy must be a strategy maker such as randomSearch()", strategy);
  }
  if (typeof evaluate !== "function") fail("evaluate must be a function", evaluate);
  const goals = checkGoals(objective);
  if (typeof seed !== "string" && !Number.isFinite(seed)) {
    fail("seed must be a text or a number", seed);
  }
  if (typeof executor?.open !== "function") {
    fail("executor must be inline() or workers(count)", executor);
  }
  for (const [name, callback] of Object.entries({ costs, onTrial, stopWhen })) {
    if (callback !== undefined && typeof callback !== "function") {
      fail(`${name} must be a function`, callback);
    }
  }
  if (!["evaluate", "reuse", "skip"].includes(duplicates)) {
    fail('duplicates must be "evaluate", "reuse" or "skip"', duplicates);
  }
  const inFlight = options.inFlight ?? Math.max(4, executor.size);
  checkCount("inFlight", inFlight);
  checkCount("maxRejections", maxRejections);
  if (!Number.isSafeInteger(retries) || retries < 0) {
    throw new RangeError(`Cannot search: retries must be a whole number from 0 up, got ${retries}`);
  }
  checkBudget(budget ?? {});
  checkConstraints(space, constraints, costs);
  return {
    space,
    strategy,
    evaluate,
    simulated: evaluate.simulated === true,
    goals,
    trials: budget.trials ?? Infinity,
    seconds: budget.seconds ?? Infinity,
    epochs: budget.epochs ?? Infinity,
    seed: String(seed),
    constraints,
    costs,
    executor,
    inFlight,
    signal: options.signal,
    onProgress: options.onProgress,
    catchErrors,
    retries,
    duplicates,
    maxRejections,
    onTrial,
    stopWhen,
  };
}

function checkGoals(objective: SearchOptions<unknown>["objective"]): Goal[] {
  const goals = (Array.isArray(objective) ? objective : [objective]) as readonly Goal[];
  if (goals.length === 0) {
    fail("objective must be one goal or several, such as maximize(metric)", objective);
  }
  const seen = new Set<string>();
  return goals.map((goal) => {
    if (typeof goal?.metric !== "string" || !/^(max|min)imize$/.test(goal.direction)) {
      fail("objective must be maximize(metric) or minimize(metric)", goal);
    }
    if (seen.has(goal.metric)) {
      throw new RangeError(`Cannot search: objective must name ${goal.metric} once, got it twice`);
    }
    seen.add(goal.metric);
    return { metric: goal.metric, direction: goal.direction };
  });
}

function checkBudget({ trials, seconds, epochs }: SearchBudget): void {
  if (trials === undefined && seconds === undefined && epochs === undefined) {
    throw new RangeError("Cannot search: budget must limit trials, seconds or epochs, got none");
  }
  if (trials !== undefined) checkCount("budget.trials", trials);
  if (epochs !== undefined) checkCount("budget.epochs", epochs);
  if (seconds !== undefined && !(seconds > 0 && seconds < Infinity)) {
    throw new RangeError(
      `Cannot search: budget.seconds must be a positive number, got ${seconds}`,
    );
  }
}

function checkConstraints<A>(
  space: SearchSpace<A>,
  constraints: readonly Constraint[],
  costs: MoreCosts | undefined,
): void {
  const limits = takeApart(constraints).flatMap((each) => "anyOf" in each ? [] : [each]);
  for (const upper of limits.filter(({ bound }) => bound === "atMost")) {
    const lower = limits.find(({ metric, bound, limit }) =>
      metric === upper.metric && bound === "atLeast" && limit > upper.limit
    );
    if (lower !== undefined) {
      throw new RangeError(
        `Cannot search: constraints ${describeConstraint(upper)} and ${
          describeConstraint(lower)
        } contradict each other`,
      );
    }
  }
  // All architectures have the same costs by name; one tells whether a constraint names another.
  if (constraints.length > 0) {
    const arch = space.sample(createRng("constraints"));
    allViolated(limitsIn(constraints), assessor(space, costs)(arch).costs);
  }
}

function checkCount(name: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`Cannot search: ${name} must be a positive integer, got ${count}`);
  }
}

function fail(rule: string, got: unknown): never {
  throw new TypeError(`Cannot search: ${rule}, got ${describe(got)}`);
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value) ? "an array" : "another object";
  }
  return typeof value === "function" ? "a function" : String(value);
}
