import type { Graph } from "../graph/mod.ts";
import type { LatencyPredictor } from "./latency_predictor.ts";
import { latencyUnits } from "./latency_units.ts";

/** How long one op on inputs of certain shapes takes. */
export interface LatencyEntry {
  /** The median time, in milliseconds. */
  readonly milliseconds: number;
  /** Half the range in which the middle half of the measurements lies, in milliseconds. */
  readonly spread: number;
  /** How many measurements there are. */
  readonly samples: number;
  /** What the op does, as numbers, for {@linkcode fitLatency}. */
  readonly features: { readonly [name: string]: number };
}

/** Measured times by op and input shapes, from which those of networks are added up. Plain JSON. */
export interface LatencyTable {
  /** What was measured on. */
  readonly device: string;
  /** Images at a time. */
  readonly batch: number;
  /** Milliseconds that a run of a network takes beside its ops. */
  readonly overhead: number;
  /** The times, by op and shapes, e.g. `conv 3x3, 16 on [32, 32, 16]`. */
  readonly entries: { readonly [key: string]: LatencyEntry };
}

/** How to predict latency. */
export interface PredictLatencyOptions {
  /** What tells the time of ops that the table does not hold; they are an error when absent. */
  readonly fallback?: LatencyPredictor;
}

/**
 * Predicts how long a network takes for one run: the sum of its ops' times and the overhead of a run.
 *
 * Times of ops add up where ops run one after the other and do not warm each other's caches; how well
 * they do on a machine is what `checkLatency` measures.
 *
 * @param graph The network.
 * @param model Measured times, or a predictor fitted to them.
 * @param options What to do about ops that a table does not hold.
 * @returns Milliseconds.
 * @throws {GraphError} When the graph is not valid.
 * @throws {RangeError} When the table lacks an op of the network and there is no fallback, or the
 * predictor a feature.
 *
 * @example
 * ```ts
 * import { type LatencyTable, predictLatency, GraphBuilder } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const table: LatencyTable = {
 *   device: "an example",
 *   batch: 1,
 *   overhead: 0.5,
 *   entries: {
 *     "conv 3x3, 8 on [16, 16, 3]": { milliseconds: 2, spread: 0, samples: 1, features: {} },
 *     "relu on [16, 16, 8]": { milliseconds: 0.25, spread: 0, samples: 1, features: {} },
 *   },
 * };
 * const net = new GraphBuilder([16, 16, 3]);
 * const conv = net.add("conv", { op: "conv", kernel: 3, channels: 8 }, net.input);
 * assertEquals(predictLatency(net.build(net.add("relu", { op: "relu" }, conv)), table), 2.75);
 * ```
 */
export function predictLatency(
  graph: Graph,
  model: LatencyTable | LatencyPredictor,
  { fallback }: PredictLatencyOptions = {},
): number {
  const units = latencyUnits(graph);
  const missing = new Set<string>();
  let milliseconds = model.overhead;
  for (const { key, features } of units) {
    if ("coefficients" in model) {
      milliseconds += fromFeatures(features, model);
    } else if (Object.hasOwn(model.entries, key)) {
      milliseconds += (model.entries[key] as LatencyEntry).milliseconds;
    } else if (fallback !== undefined) {
      milliseconds += fromFeatures(features, fallback);
    } else {
      missing.add(key);
    }
  }
  if (missing.size > 0) {
    throw new RangeError(
      `Cannot predict latency: the table of "${(model as LatencyTable).device}" has no ${
        [...missing].slice(0, 3).map((key) => `"${key}"`).join(", ")
      }${missing.size > 3 ? ` and ${missing.size - 3} more` : ""}`,
    );
  }
  return milliseconds;
}

/**
 * Reads a latency table from JSON text.
 *
 * @throws {SyntaxError} When the text is not a latency table, saying where.
 *
 * @example
 * ```ts
 * import { parseLatencyTable } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const text = '{"device":"mine","batch":1,"overhead":0.1,"entries":{}}';
 * assertEquals(parseLatencyTable(text).device, "mine");
 * ```
 */
export function parseLatencyTable(text: string): LatencyTable {
  const fail = (reason: string): never => {
    throw new SyntaxError(`Cannot read latency table: ${reason}`);
  };
  let table: Partial<LatencyTable> | null;
  try {
    table = JSON.parse(text);
  } catch (error) {
    return fail((error as Error).message);
  }
  if (typeof table !== "object" || table === null) return fail("it is not a JSON object");
  const { device, batch, overhead, entries } = table;
  if (typeof device !== "string") return fail(`device must be a text, got ${typeof device}`);
  if (!Number.isSafeInteger(batch) || (batch as number) < 1) {
    return fail(`batch must be a positive integer, got ${batch}`);
  }
  if (!isTime(overhead)) return fail(`overhead must be a number from 0, got ${overhead}`);
  if (typeof entries !== "object" || entries === null) return fail("entries must be an object");
  for (const [key, entry] of Object.entries(entries)) {
    const whole = typeof entry === "object" && entry !== null && isTime(entry.milliseconds) &&
      isTime(entry.spread) && Number.isSafeInteger(entry.samples) &&
      typeof entry.features === "object" && entry.features !== null &&
      Object.values(entry.features).every(isTime);
    if (!whole) return fail(`entry "${key}" must have milliseconds, spread, samples and features`);
  }
  return table as LatencyTable;
}

function isTime(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value < Infinity;
}

/** What a predictor says of an op. Throws a `RangeError` when it does not know a feature of it. */
export function fromFeatures(
  features: LatencyEntry["features"],
  { coefficients }: Pick<LatencyPredictor, "coefficients">,
): number {
  let milliseconds = 0;
  for (const [name, value] of Object.entries(features)) {
    const coefficient = Object.hasOwn(coefficients, name) ? coefficients[name] : undefined;
    if (coefficient === undefined) {
      throw new RangeError(
        `Cannot predict latency: the predictor was fitted without "${name}"; known are ${
          Object.keys(coefficients).map((known) => `"${known}"`).join(", ")
        }`,
      );
    }
    milliseconds += value * coefficient;
  }
  return milliseconds;
}
