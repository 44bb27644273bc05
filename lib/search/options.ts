import type { ProgressListener } from "../engine/progress.ts";
import { createRng } from "../engine/rng.ts";
import { type Constraint, describeConstraint, limitsIn, takeApart } from "../cost/constraint.ts";
import type { Evaluate } from "../space/evaluate.ts";
import type { SearchSpace } from "../space/space.ts";
import type { Graph } from "../graph/graph.ts";
import { allViolated, assessor, type MoreCosts } from "./candidate.ts";
import { type Executor, inline } from "./executor.ts";
import type { Goal, StrategyMaker } from "./strategy.ts";

/** How long a search goes on: until one of the limits, of which at least one is given. */
export interface SearchBudget {
  /** Trials, failed ones included, rejected ones not. */
  readonly trials?: number;
  /**
   * Seconds after which no evaluation is started; those that run go on to their end. What a resumed
   * search had used before counts. Which trials fit in depends on the machine.
   */
  readonly seconds?: number;
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
  /** Called at the start and after each trial; the search waits for it. */
  readonly onProgress?: ProgressListener;
  /**
   * How many trials may be asked for before the first of them is told. Studies are equal when this
   * is, whatever the executor. When absent, what the journal says, otherwise 4 or the executor's
   * size, whichever is more.
   */
  readonly inFlight?: number;
  /** Whether an evaluation that throws makes a failed trial instead of ending the search. */
  readonly catchErrors?: boolean;
  /** How many candidates in a row may break the constraints; 1,000 when absent. */
  readonly maxRejections?: number;
}

/** Checked options with the defaults filled in. */
export interface SearchPlan<A> {
  readonly space: SearchSpace<A>;
  readonly strategy: StrategyMaker;
  readonly evaluate: Evaluate<A>;
  readonly goals: readonly Goal[];
  readonly trials: number;
  readonly seconds: number;
  readonly seed: string;
  readonly constraints: readonly Constraint[];
  readonly costs: MoreCosts | undefined;
  readonly executor: Executor;
  readonly inFlight: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ProgressListener | undefined;
  readonly catchErrors: boolean;
  readonly maxRejections: number;
}

/** Checks the options of a search. Throws as {@linkcode search} does. */
export function planSearch<A>(options: SearchOptions<A>): SearchPlan<A> {
  const { space, strategy, evaluate, objective, budget, seed, constraints = [] } = options;
  const { costs } = options;
  const { executor = inline(), catchErrors = false, maxRejections = 1000 } = options;
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
  if (costs !== undefined && typeof costs !== "function") fail("costs must be a function", costs);
  const inFlight = options.inFlight ?? Math.max(4, executor.size);
  checkCount("inFlight", inFlight);
  checkCount("maxRejections", maxRejections);
  checkBudget(budget ?? {});
  checkConstraints(space, constraints, costs);
  return {
    space,
    strategy,
    evaluate,
    goals,
    trials: budget.trials ?? Infinity,
    seconds: budget.seconds ?? Infinity,
    seed: String(seed),
    constraints,
    costs,
    executor,
    inFlight,
    signal: options.signal,
    onProgress: options.onProgress,
    catchErrors,
    maxRejections,
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

function checkBudget({ trials, seconds }: SearchBudget): void {
  if (trials === undefined && seconds === undefined) {
    throw new RangeError("Cannot search: budget must limit trials or seconds, got neither");
  }
  if (trials !== undefined) checkCount("budget.trials", trials);
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
