import {
  type LatencyEntry,
  type LatencyPredictor,
  type LatencyTable,
  latencyUnits,
  predictLatency,
} from "../cost/mod.ts";
import { engineInfo } from "../engine/engine_info.ts";
import { nextTask, type ProgressListener } from "../engine/progress.ts";
import { createRng } from "../engine/rng.ts";
import type { Graph, Shape } from "../graph/mod.ts";
import { compile, type Plan } from "../model/mod.ts";
import { median, quantile } from "../stats/quantile.ts";

/** How to measure latency. */
export interface MeasureLatencyOptions {
  /** Images at a time; 1 when absent. */
  readonly batch?: number;
  /** How often each network is measured in a round; medians over all rounds count. 10 when absent. */
  readonly repeats?: number;
  /** How often each network runs before it is measured, in every round; 5 when absent. */
  readonly warmUp?: number;
  /**
   * How often all networks are gone through, so that what disturbs the machine for a while does not
   * fall on one of them; 3 when absent.
   */
  readonly rounds?: number;
  /** Stops the measurement, which then throws `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Told before each network and at the end. */
  readonly onProgress?: ProgressListener;
}

/** A measured network and what adding up its ops says of it. */
export interface NetworkLatency {
  /** The median time of a run, in milliseconds. */
  readonly milliseconds: number;
  /** What the table or predictor says, in milliseconds. */
  readonly predicted: number;
  /** (predicted - measured) / measured. */
  readonly relativeError: number;
}

/** A latency table and how well it adds up to the networks that it was measured on. */
export interface LatencyMeasurement {
  /** The times of all ops in the networks. */
  readonly table: LatencyTable;
  /** The networks, in the order given. */
  readonly networks: readonly NetworkLatency[];
  /** The mean of their |relative errors|. */
  readonly meanError: number;
}

/**
 * Measures how long each op of some networks takes on this machine, once for all nodes of one op and
 * one shape of input, and how long the networks take as a whole.
 *
 * Every network is compiled and run with random weights on random images. Its ops are timed one by
 * one where they stand, so that they find the caches as they do in a real run; an entry is the median
 * over all repeats and all nodes with its key. What a run takes beyond its ops is the table's overhead.
 * Everything runs in one thread: leave the machine alone while it measures.
 *
 * @param graphs Classifiers that hold the ops to measure.
 * @param options Batch, repeats, how to watch and stop it.
 * @throws {GraphError} When a graph is not valid.
 * @throws {RangeError} When there is no graph, one is not a classifier, or an option is out of range.
 *
 * @example
 * ```ts
 * import { createRng, measureLatency, nasBench201, predictLatency } from "naskit";
 * import { assertGreater } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graphs = ["a", "b"].map((seed) => space.lower(space.sample(createRng(seed))));
 * const { table } = await measureLatency(graphs, { repeats: 3, warmUp: 1 });
 * assertGreater(predictLatency(graphs[0]!, table), 0);
 * ```
 */
export async function measureLatency(
  graphs: readonly Graph[],
  options: MeasureLatencyOptions = {},
): Promise<LatencyMeasurement> {
  const { batch = 1 } = checkedOptions(graphs, options);
  const samples = graphs.map((): Sample[] => []);
  await eachPlan(graphs, options, ({ plan, images }, { place, repeat }) => {
    // A whole run beside each timing of the ops, so that both see the machine in the same state.
    const sample = () => ({ run: runTime(plan, images), nodes: nodeTimes(plan, images) });
    samples[place]?.push(...repeat(sample));
  });
  const times = new Map<string, { features: LatencyEntry["features"]; values: number[] }>();
  const runs = samples.map((each) => median(each.map(({ run }) => run)));
  for (const [i, graph] of graphs.entries()) {
    for (const { node, key, features } of latencyUnits(graph)) {
      const values = samples[i]?.map(({ nodes }) => nodes.get(node.name) ?? 0) ?? [];
      const entry = times.get(key) ?? { features, values: [] };
      entry.values.push(...values);
      times.set(key, entry);
    }
  }
  // Of runs and ops measured side by side, so that what else the machine does falls on both.
  const rests = samples.map((each) =>
    median(each.map(({ run, nodes }) => run - nodes.values().reduce((sum, time) => sum + time, 0)))
  );
  const entries = [...times].map(([key, { features, values }]): [string, LatencyEntry] => [key, {
    milliseconds: median(values),
    spread: (quantile(values, 0.75) - quantile(values, 0.25)) / 2,
    samples: values.length,
    features,
  }]);
  const table: LatencyTable = {
    device: deviceName(),
    batch,
    overhead: Math.max(0, median(rests)),
    entries: Object.fromEntries(entries),
  };
  return { table, ...compare(graphs, runs, table) };
}

/**
 * Measures how long networks take as a whole on this machine, and how far off a table or a predictor
 * is that was made without them.
 *
 * @param graphs Classifiers.
 * @param options As for {@linkcode measureLatency}, the model to check, and its fallback.
 * @returns Each network's times, and the mean of the |relative errors|.
 * @throws {GraphError} When a graph is not valid.
 * @throws {RangeError} When there is no graph, one is not a classifier or holds an op that the model
 * does not know, or an option is out of range.
 *
 * @example
 * ```ts
 * import { checkLatency, measureLatency, nasBench201 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const [a, b] = [space.fromChoices([3, 1, 3, 1, 1, 3]), space.fromChoices([1, 3, 1, 3, 3, 1])];
 * const { table } = await measureLatency([space.lower(a)], { repeats: 3 });
 * const { networks } = await checkLatency([space.lower(b)], { model: table, repeats: 3 });
 * assertEquals(networks.length, 1);
 * ```
 */
export async function checkLatency(
  graphs: readonly Graph[],
  options: CheckLatencyOptions,
): Promise<Pick<LatencyMeasurement, "networks" | "meanError">> {
  const { model, fallback } = options;
  const { batch = model.batch } = checkedOptions(graphs, options);
  if (batch !== model.batch) {
    throw new RangeError(
      `Cannot measure latency: batch must be the model's ${model.batch}, got ${batch}`,
    );
  }
  const fallbackOption = fallback === undefined ? {} : { fallback };
  // Before anything is run, so that an op that the model lacks is told at once.
  for (const graph of graphs) predictLatency(graph, model, fallbackOption);
  const samples = graphs.map((): number[] => []);
  await eachPlan(graphs, { ...options, batch }, ({ plan, images }, { place, repeat }) => {
    samples[place]?.push(...repeat(() => runTime(plan, images)));
  });
  return compare(graphs, samples.map(median), model, fallbackOption);
}

/** What to check, and how to measure. */
export interface CheckLatencyOptions extends MeasureLatencyOptions {
  /** What predicts. */
  readonly model: LatencyTable | LatencyPredictor;
  /** What tells the time of ops that a table does not hold; they are an error when absent. */
  readonly fallback?: LatencyPredictor;
}

/** A plan with weights, and images to run it on. */
interface Runnable {
  readonly plan: Plan;
  readonly images: Float32Array;
}

/** One run of a network, as a whole and node by node. */
interface Sample {
  readonly run: number;
  readonly nodes: ReadonlyMap<string, number>;
}

/** A network's turn in a round. */
interface Turn {
  /** Its place among the networks. */
  readonly place: number;
  /** Runs something as often as asked for, after the warm-up, and gives what it returns each time. */
  readonly repeat: <T>(run: () => T) => T[];
}

async function eachPlan(
  graphs: readonly Graph[],
  { batch = 1, repeats = 10, warmUp = 5, rounds = 3, signal, onProgress }: MeasureLatencyOptions,
  measure: (runnable: Runnable, turn: Turn) => void,
): Promise<void> {
  const total = rounds * graphs.length;
  const report = (done: number) =>
    onProgress?.({ label: "measuring latency", done, total, unit: "networks" });
  for (let done = 0; done < total; done++) {
    await report(done);
    await nextTask();
    signal?.throwIfAborted();
    const place = done % graphs.length;
    const plan = compile(graphs[place] as Graph, { batch });
    try {
      plan.initialise({ rng: createRng("latency") });
      const repeat: Turn["repeat"] = (run) => {
        for (let i = 0; i < warmUp; i++) run();
        return Array.from({ length: repeats }, run);
      };
      measure({ plan, images: noiseFor(plan) }, { place, repeat });
    } finally {
      plan.dispose();
    }
  }
  await report(total);
}

/** How long each node of a plan took in one run, in milliseconds. */
function nodeTimes(plan: Plan, images: Float32Array): Map<string, number> {
  // An image of logits takes a label for each pixel.
  const pixels = (plan.shapes.get(plan.graph.output) as Shape).slice(0, -1);
  const labels = new Int32Array(pixels.reduce((count, side) => count * side, plan.batch));
  const times = new Map<string, number>();
  for (const { node, milliseconds } of plan.profile({ images, labels }, { repeats: 1 })) {
    times.set(node, (times.get(node) ?? 0) + milliseconds);
  }
  return times;
}

function runTime(plan: Plan, images: Float32Array): number {
  const start = performance.now();
  plan.forward(images);
  return performance.now() - start;
}

/** An image of zeros could let hardware take short cuts. */
function noiseFor({ graph, shapes, batch }: Plan): Float32Array {
  const shape: readonly number[] = shapes.get(graph.nodes[0]?.name as string) as Shape;
  const rng = createRng("latency");
  const size = shape.reduce((product, side) => product * side, batch);
  return Float32Array.from({ length: size }, () => rng() - 0.5);
}

function compare(
  graphs: readonly Graph[],
  runs: readonly number[],
  model: LatencyTable | LatencyPredictor,
  options: { readonly fallback?: LatencyPredictor } = {},
): Pick<LatencyMeasurement, "networks" | "meanError"> {
  const networks = graphs.map((graph, i): NetworkLatency => {
    const milliseconds = runs[i] as number;
    const predicted = predictLatency(graph, model, options);
    return { milliseconds, predicted, relativeError: predicted / milliseconds - 1 };
  });
  const sum = networks.reduce((sum, { relativeError }) => sum + Math.abs(relativeError), 0);
  return { networks, meanError: sum / networks.length };
}

function deviceName(): string {
  const { backend, simd, tfjs } = engineInfo();
  return `${Deno.build.arch} ${Deno.build.os}, tfjs ${tfjs} ${backend}, ${simd} SIMD`;
}

function checkedOptions(
  graphs: readonly Graph[],
  options: MeasureLatencyOptions,
): MeasureLatencyOptions {
  if (graphs.length === 0) {
    throw new RangeError("Cannot measure latency: graphs must hold at least one, got none");
  }
  const least = { batch: 1, repeats: 1, warmUp: 0, rounds: 1 } as const;
  for (const name of ["batch", "repeats", "warmUp", "rounds"] as const) {
    const value = options[name] ?? 1;
    if (!Number.isSafeInteger(value) || value < least[name]) {
      throw new RangeError(
        `Cannot measure latency: ${name} must be a whole number of at least ${
          least[name]
        }, got ${value}`,
      );
    }
  }
  return options;
}
