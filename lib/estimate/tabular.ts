import { madeFrom } from "../space/made_from.ts";
import {
  type Benchmark,
  type EvaluateContext,
  type EvaluateRecipe,
  type Metrics,
  portable,
} from "../space/mod.ts";
import type { BenchmarkRun, BenchmarkTable } from "./benchmark_table.ts";

/** Options of {@linkcode tabular}. */
export interface TabularOptions<F extends string = string> {
  /** Which of the table's numbers the search sees as `accuracy`; the table's first when absent. */
  readonly fitness?: F;
  /**
   * Which training of an architecture is given: one of them, chosen by the evaluation's seed, so that
   * a search meets the noise that it would meet by training; or the mean of all. `"random"` when
   * absent.
   */
  readonly repeat?: "random" | "mean";
}

/**
 * An evaluator that looks trainings up in a table instead of making them. It gives `accuracy`, which
 * is for the search; `testAccuracy`, which is for the report; and where the table has them
 * `seconds`, what the training took when it was made, which a search counts as its time; and the
 * curve `validationAccuracy` by epoch. What a candidate costs, a search adds itself, as always.
 *
 * Where the table has the curve, fewer epochs than all give what was known after as many, without
 * `testAccuracy`: the start of the full training, whose learning rate was still high, and not a
 * shorter one.
 *
 * Workers can run it. It throws a `RangeError` for an architecture that the table does not have:
 * search in its `known`.
 *
 * @param table Such as {@linkcode fashion201}, {@linkcode nasBench201Table} or
 * {@linkcode nasBenchMacroTable} load.
 * @throws {TypeError} When `repeat` is something else.
 * @throws {RangeError} When the table has no such fitness.
 *
 * @example
 * ```ts
 * import { maximize, randomSearch, search, tabular, TrainedTable } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const recipe = { channels: 4, cellsPerStage: 1, size: 16, train: 100, validation: 50, test: 50 };
 * const table = TrainedTable.from({
 *   recipe: { ...recipe, training: { epochs: 2 } },
 *   csv: "index,repeat,operations,val_1,val_2,test,params,macs,seconds\n" +
 *     "0,0,333333,0.5000,0.8000,0.7800,6000,700000,1.0\n" +
 *     "1,0,222222,0.4000,0.7000,0.6800,3000,300000,0.8\n",
 * });
 * const evaluate = tabular(table);
 * const study = await search({
 *   space: evaluate.space,
 *   strategy: randomSearch(),
 *   evaluate,
 *   objective: maximize("accuracy"),
 *   budget: { trials: 20 },
 *   seed: "nas",
 * });
 * assertEquals(study.best().metrics.testAccuracy, 0.78);
 * assertEquals(Math.max(...evaluate.values("accuracy")), 0.8);
 * ```
 */
export function tabular<A, F extends string>(
  table: BenchmarkTable<A, F>,
  options: TabularOptions<F> = {},
): Benchmark<A> {
  const { fitness = table.fitnesses[0] as F, repeat = "random" } = options;
  if (repeat !== "random" && repeat !== "mean") {
    throw new TypeError(`Cannot look up: repeat must be "random" or "mean", got ${repeat}`);
  }
  if (!table.fitnesses.includes(fitness)) {
    throw new RangeError(
      `Cannot look up: fitness must be one of ${table.fitnesses.join(", ")}, got ${fitness}`,
    );
  }
  const { known: space } = table;
  const fullEpochs = table.epochsOf(fitness);
  const means = new WeakMap<readonly BenchmarkRun[], BenchmarkRun>();
  const meanRun = (runs: readonly BenchmarkRun[]): BenchmarkRun => {
    const known = means.get(runs);
    if (known !== undefined) return known;
    const mean = meanOf(runs);
    means.set(runs, mean);
    return mean;
  };
  const evaluate = (arch: A, { seed, signal, epochs }: EvaluateContext): Metrics => {
    signal.throwIfAborted();
    const runs = table.runsOf(arch, fitness);
    const run = runs.length === 1
      ? runs[0] as BenchmarkRun
      : repeat === "mean"
      ? meanRun(runs)
      : runs[pickBy(seed, runs.length)] as BenchmarkRun;
    return epochs === undefined || epochs === fullEpochs
      ? whole(run)
      : beginning(run, epochs, fullEpochs);
  };
  const lookUp = (arch: A, metric: string): number => {
    const run = meanRun(table.runsOf(arch, fitness));
    const value = run[metric as keyof BenchmarkRun];
    if (typeof value === "number") return value;
    const names = Object.keys(run).filter((name) =>
      typeof run[name as keyof BenchmarkRun] === "number"
    );
    throw new RangeError(`Cannot give ${metric}: the table has ${names.join(", ")}`);
  };
  const list = new Map<string, readonly number[]>();
  const values = (metric: string): readonly number[] => {
    const known = list.get(metric);
    if (known !== undefined) return known;
    const all = Array.from(space.enumerate(), (arch) => lookUp(arch, metric));
    list.set(metric, all);
    return all;
  };
  const anyArch = space.enumerate()[Symbol.iterator]().next().value as A;
  const isTimed = table.runsOf(anyArch, fitness)[0]?.seconds !== undefined;
  const evaluator = portable<A>(
    { module: import.meta.url, factory: "tabularOf", args: [table.source, options] },
    evaluate,
    { epochs: fullEpochs, ...(isTimed ? { simulated: true } : {}) },
  );
  return Object.assign(evaluator, { space, lookUp, values });
}

/** What {@linkcode tabular} gives for the table that a recipe makes: how a worker gets both. */
export async function tabularOf<A, F extends string>(
  recipe: EvaluateRecipe,
  options: TabularOptions<F>,
): Promise<Benchmark<A>> {
  return tabular<A, F>(await madeFrom(recipe), options);
}

function whole({ accuracy, testAccuracy, seconds, validationAccuracy }: BenchmarkRun): Metrics {
  return {
    accuracy,
    testAccuracy,
    ...(seconds === undefined ? {} : { seconds }),
    ...(validationAccuracy === undefined ? {} : { validationAccuracy }),
  };
}

function beginning(run: BenchmarkRun, epochs: number, fullEpochs: number): Metrics {
  const { validationAccuracy, seconds } = run;
  if (validationAccuracy === undefined) {
    throw new RangeError(
      `Cannot look up: the table has trainings of ${fullEpochs} epochs alone, got ${epochs} epochs`,
    );
  }
  if (!(Number.isSafeInteger(epochs) && epochs >= 1 && epochs <= fullEpochs)) {
    throw new RangeError(
      `Cannot look up: epochs must be a whole number from 1 to ${fullEpochs}, got ${epochs}`,
    );
  }
  return {
    accuracy: validationAccuracy[epochs - 1] as number,
    validationAccuracy: validationAccuracy.slice(0, epochs),
    ...(seconds === undefined ? {} : { seconds: seconds * epochs / fullEpochs }),
  };
}

function meanOf(runs: readonly BenchmarkRun[]): BenchmarkRun {
  const [first] = runs as readonly [BenchmarkRun, ...BenchmarkRun[]];
  if (runs.length === 1) return first;
  const mean = (of: (run: BenchmarkRun) => number) =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  const { seconds, validationAccuracy } = first;
  return {
    accuracy: mean((run) => run.accuracy),
    testAccuracy: mean((run) => run.testAccuracy),
    ...(seconds === undefined ? {} : { seconds: mean((run) => run.seconds as number) }),
    ...(validationAccuracy === undefined ? {} : {
      validationAccuracy: validationAccuracy.map((_, epoch) =>
        mean((run) => run.validationAccuracy?.[epoch] as number)
      ),
    }),
  };
}

/**
 * A number below `bound` that a text decides, each as likely: FNV-1a with the last mixing of
 * MurmurHash3. To make a generator for a single draw would take ten times as long as the look-up.
 */
function pickBy(text: string, bound: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return Math.floor(((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 * bound);
}
