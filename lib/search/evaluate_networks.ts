import { nextTask, type ProgressListener } from "../engine/progress.ts";
import type { Graph } from "../graph/graph.ts";
import type { Evaluate, Metrics } from "../space/evaluate.ts";
import { messageOf } from "./errors.ts";
import { type Executor, inline, type Runner } from "./executor.ts";

/** What came of each network, by name, from each seed. Plain JSON. */
export interface NetworkOutcomes {
  /** The metrics of a network by seed. */
  readonly [network: string]: { readonly [seed: string]: Metrics };
}

/** How to evaluate networks. */
export interface EvaluateNetworksOptions {
  /** Scores a network; it is given the network's name as the architecture. */
  readonly evaluate: Evaluate<string>;
  /** Every network is evaluated once from each. */
  readonly seeds: readonly string[];
  /** Where evaluations run; `inline()` when absent. */
  readonly executor?: Executor;
  /** Outcomes of an earlier call: what it has of these networks and seeds is not evaluated again. */
  readonly known?: NetworkOutcomes;
  /** Stops the evaluations; what was finished until then is returned. */
  readonly signal?: AbortSignal;
  /** Told at the start and after every evaluation. */
  readonly onProgress?: ProgressListener;
}

interface Job {
  readonly name: string;
  readonly graph: Graph;
  readonly seed: string;
}

/**
 * Evaluates some given networks from several seeds, to compare them with the spread that seeds make. All
 * networks have the same seeds, and go through the first seed before any goes through the second, so that
 * one that is stopped has as much of each.
 *
 * Equal options give equal outcomes, whichever executor runs them.
 *
 * @param networks The networks by name.
 * @param options How to evaluate, seeds, executor, how to watch and stop it.
 * @returns The outcomes of these networks and seeds, in their order; fewer when it was stopped.
 * @throws {RangeError} When there is no network or seed, or a seed comes twice.
 * @throws {Error} When an evaluation throws; it names the network and the seed, and `cause` is what was thrown.
 *
 * @example Two cells, two seeds
 * ```ts
 * import { digits, evaluateNetworks, nasBench201, trainFromScratch } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const networks = {
 *   "1x1": space.lower(space.fromChoices([2, 2, 2, 2, 2, 2])),
 *   "3x3": space.lower(space.fromChoices([3, 3, 3, 3, 3, 3])),
 * };
 * const evaluate = trainFromScratch(await digits({ train: 200 }), { epochs: 1 });
 * const outcomes = await evaluateNetworks(networks, { evaluate, seeds: ["a", "b"] });
 * assertEquals(Object.keys(outcomes["3x3"]!), ["a", "b"]);
 * ```
 */
export async function evaluateNetworks(
  networks: { readonly [name: string]: Graph },
  options: EvaluateNetworksOptions,
): Promise<NetworkOutcomes> {
  const { evaluate, seeds, executor = inline(), known = {}, signal, onProgress } = options;
  const names = Object.keys(networks);
  if (names.length === 0) throw new RangeError("Cannot evaluate networks: networks is empty");
  if (seeds.length === 0) throw new RangeError("Cannot evaluate networks: seeds is empty");
  const twice = seeds.find((seed, i) => seeds.indexOf(seed) < i);
  if (twice !== undefined) {
    throw new RangeError(`Cannot evaluate networks: seeds must differ, got "${twice}" twice`);
  }
  const finished = new Map<string, Metrics>();
  const idOf = (name: string, seed: string) => JSON.stringify([name, seed]);
  const jobs: Job[] = [];
  for (const seed of seeds) {
    for (const [name, graph] of Object.entries(networks)) {
      const metrics = Object.hasOwn(known, name) ? known[name]?.[seed] : undefined;
      if (metrics === undefined) jobs.push({ name, graph, seed });
      else finished.set(idOf(name, seed), metrics);
    }
  }
  await runJobs(jobs, {
    evaluate,
    executor,
    signal,
    onProgress,
    onFinished: ({ name, seed }, metrics) => finished.set(idOf(name, seed), metrics),
  });
  return Object.fromEntries(names.map((name) => [
    name,
    Object.fromEntries(seeds.flatMap((seed) => {
      const metrics = finished.get(idOf(name, seed));
      return metrics === undefined ? [] : [[seed, metrics]];
    })),
  ]));
}

async function runJobs(
  jobs: readonly Job[],
  { evaluate, executor, signal, onProgress, onFinished }: {
    readonly evaluate: Evaluate<string>;
    readonly executor: Executor;
    readonly signal: AbortSignal | undefined;
    readonly onProgress: ProgressListener | undefined;
    readonly onFinished: (job: Job, metrics: Metrics) => void;
  },
): Promise<void> {
  if (jobs.length === 0 || signal?.aborted) return;
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  let [next, done] = [0, 0];
  let failure: { readonly error: unknown } | undefined;
  const report = () =>
    onProgress?.({ label: "evaluating networks", done, total: jobs.length, unit: "evaluations" });
  const evaluateNext = async (runner: Runner<string>, { name, graph, seed }: Job) => {
    const metrics = await runner.run(name, { graph, seed, signal: stop.signal })
      .catch((error) => {
        const what = `network "${name}" from seed "${seed}"`;
        throw new Error(`Cannot evaluate ${what}: ${messageOf(error)}`, { cause: error });
      });
    // What an aborted evaluation returned may be cut short.
    if (stop.signal.aborted) return;
    onFinished({ name, graph, seed }, metrics);
    done++;
    await report();
  };
  try {
    await report();
    const runner = await executor.open(evaluate);
    const work = async () => {
      while (next < jobs.length) {
        await nextTask(); // so that a signal can arrive
        const job = jobs[next++];
        if (job === undefined || stop.signal.aborted) return;
        try {
          await evaluateNext(runner, job);
        } catch (error) {
          if (!stop.signal.aborted) failure = { error };
          stop.abort();
        }
      }
    };
    await Promise.all(Array.from({ length: executor.size }, work));
    await runner.close();
  } finally {
    signal?.removeEventListener("abort", abort);
  }
  if (failure !== undefined) throw failure.error;
}
