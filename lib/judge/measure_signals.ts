import { cpuSeconds } from "../engine/cpu_seconds.ts";
import { nextTask, type ProgressListener } from "../engine/progress.ts";
import type { Graph } from "../graph/mod.ts";
import type { Evaluate, Metrics } from "../space/mod.ts";
import type { Direction } from "../stats/mod.ts";
import type { SignalColumn } from "./signal_value.ts";

/** A number that an evaluation gives, as a signal of how good a network is. */
export interface SignalReading {
  /** The signal's name. */
  readonly name: string;
  /** The metric, or how the signal follows from the metrics. */
  readonly read: string | ((metrics: Metrics) => number);
  /** Whether more or less of it promises a better network; `"maximize"` when absent. */
  readonly direction?: Direction;
  /** What kind of signal it is. */
  readonly group?: string;
}

/** Signals that one evaluation gives together; its time counts in full for each. */
export interface SignalSource<A> {
  /** The evaluation, e.g. {@linkcode trainAtFidelity} or {@linkcode predictedAccuracy}. */
  readonly evaluate: Evaluate<A>;
  /** What is read off it. */
  readonly readings: readonly SignalReading[];
}

/** A network to measure. */
export interface MeasuredNetwork<A> {
  /** Its architecture. */
  readonly arch: A;
  /** The network itself. */
  readonly graph: Graph;
}

/** Options of {@linkcode measureSignals}. */
export interface MeasureSignalsOptions {
  /** Determines what evaluations draw; `"signals"` when absent. */
  readonly seed?: string | number;
  /** Stops it; what it has until then, the first networks, is returned. */
  readonly signal?: AbortSignal;
  /** Told at the start and after every network. */
  readonly onProgress?: ProgressListener;
}

/**
 * Measures cheap signals on some networks: what each says, and how many CPU seconds of this thread it took. The
 * columns are what {@linkcode signalValue} compares with the accuracy of whole trainings.
 *
 * Networks are evaluated here and one after the other, so that nothing else counts as theirs. Each draws from
 * a seed of its own, the same for all sources; the first network is evaluated once more beforehand, so that what
 * is compiled on first use is no part of its time.
 *
 * @param networks The networks.
 * @param sources What gives signals.
 * @returns A column for each reading, in order; after a stop those of the networks that were done by then.
 * @throws {RangeError} When there is no network or no reading, two readings have one name, or an evaluation does
 * not give the metric that is read.
 *
 * @example One training, two signals
 * ```ts
 * import { digits, measureSignals, nasBench201, signalValue, trainAtFidelity } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const networks = [[3, 3, 3, 3, 3, 3], [2, 0, 2, 1, 2, 2], [1, 1, 4, 0, 2, 1]].map((choices) => {
 *   const arch = space.fromChoices(choices);
 *   return { arch, graph: space.lower(arch) };
 * });
 * const columns = await measureSignals(networks, [{
 *   evaluate: trainAtFidelity(await digits({ train: 200 }), { epochs: 1 }),
 *   readings: [
 *     { name: "one epoch", read: "accuracy" },
 *     { name: "sum of losses", read: "lossSum", direction: "minimize" },
 *   ],
 * }]);
 * const points = signalValue(columns, [0.9, 0.8, 0.7]);
 * assertEquals(points.map(({ label }) => label), ["one epoch", "sum of losses"]);
 * ```
 */
export async function measureSignals<A>(
  networks: readonly MeasuredNetwork<A>[],
  sources: readonly SignalSource<A>[],
  { seed = "signals", signal, onProgress }: MeasureSignalsOptions = {},
): Promise<SignalColumn[]> {
  check(networks, sources);
  const columns = sources.map(({ readings }) =>
    readings.map(({ read: _, ...reading }) => ({
      ...reading,
      values: [] as number[],
      seconds: [] as number[],
    }))
  );
  const stop = signal ?? new AbortController().signal;
  const report = (done: number) =>
    onProgress?.({ label: "measuring signals", done, total: networks.length, unit: "networks" });
  const measure = async (place: number) => {
    const { arch, graph } = networks[place] as MeasuredNetwork<A>;
    const found: { readonly metrics: Metrics; readonly seconds: number }[] = [];
    for (const { evaluate } of sources) {
      await nextTask(); // so that a signal can arrive
      stop.throwIfAborted();
      const start = cpuSeconds();
      const metrics = await evaluate(arch, { graph, seed: `${seed}/${place}`, signal: stop });
      found.push({ metrics, seconds: cpuSeconds() - start });
    }
    return found;
  };
  try {
    await report(0);
    await measure(0);
    for (let place = 0; place < networks.length; place++) {
      const found = await measure(place);
      sources.forEach(({ readings }, s) => {
        const { metrics, seconds } = found[s]!;
        const values = readings.map((reading) => valueOf(reading, metrics));
        columns[s]!.forEach((column, r) => {
          column.values.push(values[r]!);
          column.seconds.push(seconds);
        });
      });
      await report(place + 1);
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
  return columns.flat();
}

function valueOf({ name, read }: SignalReading, metrics: Metrics): number {
  const value = typeof read === "string" ? metrics[read] : read(metrics);
  if (typeof value === "number") return value;
  throw new RangeError(
    `Cannot measure signals: ${name} must be a number, got ${JSON.stringify(value)}; ` +
      `the evaluation gives ${Object.keys(metrics).join(", ")}`,
  );
}

function check(networks: readonly unknown[], sources: readonly SignalSource<never>[]): void {
  const fail = (rule: string): never => {
    throw new RangeError(`Cannot measure signals: ${rule}`);
  };
  if (networks.length === 0) fail("networks must have at least one");
  const names = sources.flatMap(({ readings }) => readings.map(({ name }) => name));
  if (names.length === 0) fail("sources must have at least one reading");
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) fail(`names of readings must differ, got "${twice}" twice`);
}
