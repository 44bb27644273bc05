import type { ProgressListener } from "../../engine/progress.ts";
import type { Constraint } from "../../cost/constraint.ts";
import { GraphBuilder } from "../../graph/mod.ts";
import type { Benchmark } from "../../space/benchmark.ts";
import { defineSpace } from "../../space/define.ts";
import type { Evaluate } from "../../space/evaluate.ts";
import { choice } from "../../space/parts/choice.ts";
import { product } from "../../space/parts/product.ts";
import type { SearchSpace } from "../../space/space.ts";
import { type Executor, inline } from "../executor.ts";
import { gridSearch } from "../grid_search.ts";
import type { SearchBudget } from "../options.ts";
import { search } from "../search.ts";
import { type Goal, maximize, type StrategyMaker } from "../strategy.ts";
import { workers } from "../workers.ts";
import { type ComparedRun, Comparison } from "./comparison.ts";
import { type Job, knows, runner, type RunSettings } from "./one_run.ts";

/** What {@linkcode compare} needs to know. */
export interface CompareOptions<A> {
  /** How good a candidate is; best a {@linkcode Benchmark} such as `tabular` makes. */
  readonly evaluate: Evaluate<A> | Benchmark<A>;
  /** Where the strategies search; what the benchmark knows when absent. */
  readonly space?: SearchSpace<A>;
  /** What the strategies are to find. */
  readonly objective: Goal;
  /**
   * The metric of the best trial so far that counts in the end, e.g. `"testAccuracy"`, of which the
   * strategies know nothing; the objective when absent.
   */
  readonly report?: string;
  /** What each run may spend. */
  readonly budget: SearchBudget;
  /** The seeds that each strategy runs with: texts, or how many. */
  readonly seeds: number | readonly string[];
  /** Limits on the costs of a candidate; none when absent. */
  readonly constraints?: readonly Constraint[];
  /** How many candidates in a row may break the constraints; as {@linkcode search} has it. */
  readonly maxRejections?: number;
  /** How many trials a strategy may ask for before the first is told; 1 when absent. */
  readonly inFlight?: number;
  /**
   * Where the runs are made, each as a whole. When absent, in a worker for each core; in this thread
   * where a worker could not make the benchmark or one of the strategies, see
   * {@linkcode StrategyMaker.recipe}.
   */
  readonly executor?: Executor;
  /** The path of a file that records every run, so that the comparison can go on after it was stopped. */
  readonly journal?: string;
  /** Stops the comparison; that of the runs made by then is returned. */
  readonly signal?: AbortSignal;
  /** Called after each run. */
  readonly onProgress?: ProgressListener;
}

/**
 * Runs several strategies with the same budget and the same seeds, so that they can be compared seed
 * by seed, and keeps of each run the course of its best trial and how good all was that it tried.
 *
 * Equal options give equal comparisons, whichever executor makes the runs.
 *
 * @param strategies The strategies by the name that figures and tables show.
 * @throws {TypeError | RangeError} When an option is bad.
 * @throws {EvaluationError} When a run fails, with its strategy and seed.
 *
 * @example Does it pay not to try anything twice?
 * ```ts
 * import { compare, inline, maximize, nasBench201, randomSearch } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const comparison = await compare({
 *   "once each": randomSearch(),
 *   "with repeats": randomSearch({ unique: false }),
 * }, {
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   evaluate: (_arch, { graph }) => ({ nodes: graph.nodes.length }),
 *   objective: maximize("nodes"),
 *   budget: { trials: 10 },
 *   seeds: 5,
 * });
 * assertEquals(comparison.names, ["once each", "with repeats"]);
 * assertEquals(comparison.finals().map((values) => values.length), [5, 5]);
 * console.log(comparison.tests());
 * ```
 */
export async function compare<A>(
  strategies: { readonly [name: string]: StrategyMaker },
  options: CompareOptions<A>,
): Promise<Comparison> {
  const { evaluate, objective, report, budget, inFlight = 1, constraints = [] } = options;
  const space = options.space ?? (evaluate as Partial<Benchmark<A>>).space;
  const names = Object.keys(strategies);
  const seeds = seedsOf(options.seeds);
  check(names, strategies);
  if (typeof evaluate !== "function") {
    throw new TypeError(`Cannot compare: evaluate must be a function, got ${typeof evaluate}`);
  }
  if (space === undefined) {
    throw new TypeError("Cannot compare: space must be given where evaluate is not a benchmark");
  }
  const settings: RunSettings = {
    objective,
    budget,
    inFlight,
    constraints,
    ...(report === undefined ? {} : { report }),
    ...(options.maxRejections === undefined ? {} : { maxRejections: options.maxRejections }),
  };
  const run = runner({ space, evaluate, strategies }, settings);
  const executor = options.executor ??
    (run.recipe === undefined ? inline() : workers(navigator.hardwareConcurrency));
  if (run.recipe === undefined && executor.size > 1) {
    const stuck = names.filter((name) => strategies[name]?.recipe === undefined);
    throw new TypeError(
      "Cannot compare in workers: they could not make " +
        (stuck.length > 0
          ? `${stuck.join(", ")}; give defineStrategy a recipe`
          : "the benchmark and its space") +
        "; or use the executor inline()",
    );
  }
  const { journal, signal, onProgress } = options;
  const study = await search<Job>({
    space: jobSpace({ seeds, names, title: titleOf(space, strategies, settings) }),
    strategy: gridSearch(),
    evaluate: run,
    objective: maximize("trials"),
    budget: { trials: seeds.length * names.length },
    seed: "comparison",
    executor,
    ...(journal === undefined ? {} : { journal }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : {
      onProgress: ({ done, total }) =>
        onProgress({ label: "comparison", done, total, unit: "searches" }),
    }),
  });
  const runs = study.trials.map(({ arch: [seed, strategy], metrics, curves }): ComparedRun => ({
    strategy,
    seed,
    trials: metrics.trials as number,
    seconds: metrics.spent as number,
    at: curves.at as readonly number[],
    values: curves.values as readonly number[],
    reports: curves[report === undefined ? "values" : "reports"] as readonly number[],
    known: curves.known as readonly number[],
    times: curves.times as readonly number[],
    tried: curves.tried as readonly number[],
    archs: curves.archs as readonly number[],
  }));
  return new Comparison({
    space: space.name,
    strategies: names.map((name) => ({ name, strategy: strategies[name]!.strategyName })),
    goal: objective,
    report: report ?? objective.metric,
    budget,
    simulated: (evaluate as { simulated?: boolean }).simulated === true,
    ...optimumOf(evaluate, space, settings),
    runs,
  });
}

function check(names: readonly string[], strategies: { [name: string]: StrategyMaker }): void {
  if (names.length === 0) throw new RangeError("Cannot compare: strategies has none");
  for (const name of names) {
    const strategy = strategies[name];
    if (typeof strategy === "function" && typeof strategy.strategyName === "string") continue;
    throw new TypeError(
      `Cannot compare: ${name} must be a strategy such as randomSearch(), got ${strategy}`,
    );
  }
}

function seedsOf(seeds: number | readonly string[]): readonly string[] {
  if (typeof seeds !== "number") {
    if (seeds.length > 0 && new Set(seeds).size === seeds.length) return seeds;
    throw new RangeError(`Cannot compare: seeds must be different texts, got ${seeds.join(", ")}`);
  }
  if (Number.isSafeInteger(seeds) && seeds > 0) {
    return Array.from({ length: seeds }, (_, seed) => String(seed));
  }
  throw new RangeError(`Cannot compare: seeds must be a positive whole number, got ${seeds}`);
}

/** A space whose architectures are the runs to make, those with the same seed together. */
function jobSpace(
  { seeds, names, title }: {
    readonly seeds: readonly string[];
    readonly names: readonly string[];
    readonly title: string;
  },
): SearchSpace<Job> {
  const net = new GraphBuilder([1, 1, 1]);
  const graph = net.build(net.add("run", { op: "globalAvgPool" }, net.input));
  return defineSpace<Job>({
    name: title,
    part: product([choice([...seeds]), choice([...names])]) as never,
    encode: ([seed, name]) => `${name}, seed ${seed}`,
    lower: () => graph,
  });
}

/** What a journal of the comparison is of. */
function titleOf<A>(
  space: SearchSpace<A>,
  strategies: { readonly [name: string]: StrategyMaker },
  settings: RunSettings,
): string {
  const texts = Object.entries(strategies).map(([name, { strategyName }]) =>
    `${name} = ${strategyName}`
  );
  return `comparison of ${texts.join("; ")} on ${space.name}: ${JSON.stringify(settings)}`;
}

/** The best there is to report, where all is known and no constraint rules some of it out. */
function optimumOf<A>(
  evaluate: Evaluate<A> | Benchmark<A>,
  space: SearchSpace<A>,
  { objective, report = objective.metric, constraints }: RunSettings,
): { optimum?: number } {
  if (!knows(evaluate) || evaluate.space !== space || constraints.length > 0) return {};
  const better = objective.direction === "maximize" ? Math.max : Math.min;
  return { optimum: evaluate.values(report).reduce((a, b) => better(a, b)) };
}
