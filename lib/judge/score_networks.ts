import { type Batch, batch } from "../data/mod.ts";
import { createRng, type ProgressListener } from "../engine/mod.ts";
import type { BenchmarkTable } from "../estimate/mod.ts";
import { proxiesOf } from "../proxy/portable_proxy.ts";
import { type Proxy, type ProxyName, scoreOfMetric, scoreWith } from "../proxy/mod.ts";
import { type Executor, gridSearch, maximize, search } from "../search/mod.ts";
import { choice, defineSpace, type Part, type SearchSpace } from "../space/mod.ts";
import { type JudgeOptions, Scoreboard } from "./scoreboard.ts";

/** Options of {@linkcode scoreboard}. */
export interface ScoreboardOptions<A, F extends string = string>
  extends Omit<JudgeOptions, "seed"> {
  /**
   * How many networks of the table, drawn at random, or which; 200 when absent, all where the table has
   * fewer. Of architectures that the table holds for the same network one is taken.
   */
  readonly networks?: number | readonly A[];
  /**
   * The images and their labels that networks are scored on; when absent, some of those that the
   * table's trainings learnt from.
   */
  readonly batch?: Batch;
  /** How many images these are; 64 when absent, as in most published code. */
  readonly images?: number;
  /** From how many draws of the weights the mean score is taken; 1 when absent. */
  readonly draws?: number;
  /** Determines which networks and images there are, and the weights; `"scoreboard"` when absent. */
  readonly seed?: string | number;
  /** By which of the table's numbers a training is chosen; the table's first when absent. */
  readonly fitness?: F;
  /** Which accuracy scores are to rank by, the mean over trainings; `"testAccuracy"` when absent. */
  readonly accuracy?: "accuracy" | "testAccuracy";
  /** Where scores are made; `inline()` when absent. */
  readonly executor?: Executor;
  /** The path of a file that records every network, so that it can go on after it was stopped. */
  readonly journal?: string;
  /** Stops it; the scoreboard of the networks scored by then is returned. */
  readonly signal?: AbortSignal;
  /** Called as it goes on. */
  readonly onProgress?: ProgressListener;
}

/**
 * Scores networks of which a table knows the accuracy, by several proxies, and tells how well each of
 * them ranks.
 *
 * Equal options give equal scores, whichever executor makes them; with more networks, the first ones
 * and their scores stay as they were, so that a journal can be gone on with.
 *
 * @param proxies The proxies, or names of those of the kit. Workers can score by those of the kit and by
 * those with a `recipe`.
 * @param table Such as {@linkcode fashion201}, {@linkcode nasBench201Table} or
 * {@linkcode nasBenchMacroTable} load.
 * @throws {TypeError} When one is no proxy, or there is no batch and the table has no images.
 * @throws {RangeError} When an option is out of range, or the table does not know a network.
 * @throws {EvaluationError} When a proxy throws, with the network.
 *
 * @example
 * ```ts
 * import { fashion201, scoreboard } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const table = await fashion201();
 * const board = await scoreboard(["params", "snip"], table, { networks: 8, images: 4 });
 * assertEquals([board.networks, board.rows.length], [8, 2]);
 * console.log(board.toString());
 * ```
 */
export async function scoreboard<A, F extends string>(
  proxies: readonly (Proxy | ProxyName)[],
  table: BenchmarkTable<A, F>,
  options: ScoreboardOptions<A, F> = {},
): Promise<Scoreboard> {
  const { draws = 1, seed = "scoreboard", accuracy = "testAccuracy", journal, signal } = options;
  const { executor, onProgress, fitness = table.fitnesses[0] as F } = options;
  const chosen = proxiesOf("make a scoreboard", proxies);
  if (accuracy !== "accuracy" && accuracy !== "testAccuracy") {
    throw new TypeError(
      `Cannot make a scoreboard: accuracy must be "accuracy" or "testAccuracy", got ${accuracy}`,
    );
  }
  const { known } = table;
  const archs = networksOf(table, fitness, options);
  const images = await imagesFor(chosen, table, options);
  const study = await search<string>({
    space: namesOf(archs.map((arch) => known.encode(arch)), {
      title: `scoreboard of ${chosen.map(({ name }) => name).join(", ")} on ${known.name}`,
      space: known,
    }),
    strategy: gridSearch(),
    evaluate: scoreWith(chosen, {
      draws,
      seconds: true,
      ...(images === undefined ? {} : { batch: images }),
    }),
    objective: maximize(chosen[0]!.name),
    budget: { trials: archs.length },
    seed,
    ...(executor === undefined ? {} : { executor }),
    ...(journal === undefined ? {} : { journal }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : {
      onProgress: ({ note: _, ...progress }) =>
        onProgress({ ...progress, label: "scores", unit: "networks" }),
    }),
  });
  const { trials } = study;
  const column = (metric: string) => trials.map(({ metrics }) => metrics[metric] as number);
  return new Scoreboard({
    title: known.name,
    keys: trials.map(({ key }) => key),
    accuracies: trials.map(({ arch }) => {
      const runs = table.runsOf(known.decode(arch), fitness);
      return runs.reduce((sum, run) => sum + run[accuracy], 0) / runs.length;
    }),
    params: column("params"),
    proxies: chosen.map(({ name, direction }) => ({
      name,
      direction,
      scores: column(name).map(scoreOfMetric),
      seconds: column(`${name}_seconds`),
    })),
  }, { ...options, seed });
}

/** One architecture for each network of the table, or some of them at random. */
function networksOf<A, F extends string>(
  table: BenchmarkTable<A, F>,
  fitness: F,
  { networks = 200, seed = "scoreboard" }: ScoreboardOptions<A, F>,
): readonly A[] {
  if (typeof networks !== "number") {
    if (networks.length === 0) {
      throw new RangeError("Cannot make a scoreboard: networks must have at least one");
    }
    for (const arch of networks) table.runsOf(arch, fitness);
    return networks;
  }
  if (!Number.isSafeInteger(networks) || networks < 1) {
    throw new RangeError(
      `Cannot make a scoreboard: networks must be a positive whole number, got ${networks}`,
    );
  }
  // A table gives the same array for the same network.
  const seen = new Map<unknown, A>();
  for (const arch of table.known.enumerate()) {
    const runs = table.runsOf(arch, fitness);
    if (!seen.has(runs)) seen.set(runs, arch);
  }
  return createRng(seed).split("networks").shuffle([...seen.values()]).slice(0, networks);
}

/** The images to score on; `undefined` where no proxy looks at any. */
async function imagesFor<A, F extends string>(
  proxies: readonly Proxy[],
  table: BenchmarkTable<A, F>,
  { batch: given, images = 64, seed = "scoreboard" }: ScoreboardOptions<A, F>,
): Promise<Batch | undefined> {
  if (given !== undefined) return given;
  const needing = proxies.find(({ needs }) => needs === "images" || needs === "labels");
  if (needing === undefined) return undefined;
  if (table.data === undefined) {
    throw new TypeError(
      `Cannot make a scoreboard: batch must be given, since ${needing.name} looks at ` +
        `${needing.needs} and the table comes without; noiseBatch() makes one of noise`,
    );
  }
  const { train } = await table.data();
  if (!Number.isSafeInteger(images) || images < 1 || images > train.labels.length) {
    throw new RangeError(
      `Cannot make a scoreboard: images must be a whole number from 1 to ${train.labels.length}, ` +
        `got ${images}`,
    );
  }
  const order = createRng(seed).split("images").shuffle([...train.labels.keys()]);
  return batch(train, { indices: order.slice(0, images) });
}

/** A space whose architectures are networks by name, in this order. */
function namesOf<A>(
  names: readonly string[],
  { title, space }: { readonly title: string; readonly space: SearchSpace<A> },
): SearchSpace<string> {
  return defineSpace<string>({
    name: title,
    part: choice(names) as Part<string>,
    encode: (name) => name,
    lower: (name) => space.lower(space.decode(name)),
  });
}
