import type { FileLocation } from "../data/mod.ts";
import { locate, readFile } from "../data/files.ts";

/** What a search would return at a moment, and how it stood then. */
export interface TraceStep {
  /** Which step it was, from 0: an epoch of a supernet, or a trial. */
  readonly step: number;
  /** What the search had computed by then, in seconds of one core. */
  readonly cpuSeconds: number;
  /** The operations of the network that it would return, as six digits. */
  readonly operations: string;
  /** Skip connections that the likeliest network has; absent where no supernet is searched by gradients. */
  readonly skips?: number;
  /** Mean uncertainty over the choices, in nats. */
  readonly entropy?: number;
  /** Top-1 share of the supernet, or of the network trained, on the images of its weights. */
  readonly trainAccuracy?: number;
  /** Top-1 share on the validation images. */
  readonly validationAccuracy?: number;
}

/** A search, step by step. */
export interface SearchTrace {
  /** Which search it was. */
  readonly method: string;
  /** Which of several with the same settings, from 0. */
  readonly repeat: number;
  /** How it went. */
  readonly steps: readonly TraceStep[];
}

const figures = ["skips", "entropy", "trainAccuracy", "validationAccuracy"] as const;

/** The first line of a file of traces. */
export const traceHeader = [
  "method",
  "repeat",
  "step",
  "cpu_seconds",
  "operations",
  "skips",
  "entropy",
  "train_accuracy",
  "validation_accuracy",
].join(",");

/** A search as lines of CSV. Seconds have a hundredth, figures five digits. */
export function formatTrace({ method, repeat, steps }: SearchTrace): string {
  return steps.map((step) => {
    const cells = figures.map((name) => {
      const value = step[name];
      return value === undefined ? "" : String(Number(value.toPrecision(5)));
    });
    const seconds = String(Number(step.cpuSeconds.toFixed(2)));
    return [method, repeat, step.step, seconds, step.operations, ...cells].join(",") + "\n";
  }).join("");
}

/**
 * Reads a file of traces.
 *
 * @throws {SyntaxError} On a line that is no step, or comes before the one that it follows, with its number.
 */
export function parseTraces(text: string): SearchTrace[] {
  const fail = (line: number, problem: string): never => {
    throw new SyntaxError(`Cannot read searches: line ${line} ${problem}`);
  };
  const [header = "", ...lines] = text.split("\n");
  if (header !== traceHeader) fail(1, `is no header of searches: "${header}"`);
  if (lines.pop() !== "") fail(lines.length + 2, "was cut off while it was written");
  const traces = new Map<string, { method: string; repeat: number; steps: TraceStep[] }>();
  lines.forEach((line, i) => {
    const [method = "", ...cells] = line.split(",");
    const [repeat, step, seconds, operations = "", ...values] = cells;
    const numbers = [repeat, step, seconds].map((cell) => cell ? Number(cell) : NaN);
    const isWhole = method !== "" && /^[0-4]{6}$/.test(operations) &&
      values.length === figures.length &&
      [...numbers, ...values.map(Number)].every(Number.isFinite);
    if (!isWhole) fail(i + 2, `is no step of a search: "${line}"`);
    const [which, place, cpuSeconds] = numbers as [number, number, number];
    const key = `${method},${which}`;
    const trace = traces.get(key) ?? { method, repeat: which, steps: [] };
    traces.set(key, trace);
    const last = trace.steps.at(-1);
    if (last !== undefined && (place <= last.step || cpuSeconds < last.cpuSeconds)) {
      fail(i + 2, `comes before the one that it follows: "${line}"`);
    }
    const known = figures.flatMap((name, k) =>
      values[k] === "" ? [] : [[name, Number(values[k])] as const]
    );
    trace.steps.push({ step: place, cpuSeconds, operations, ...Object.fromEntries(known) });
  });
  return [...traces.values()];
}

/** Options of {@linkcode fashion201Searches}. */
export interface Fashion201SearchesOptions {
  /** A folder with `searches_fashion_201.csv`; `data/tables` of the kit when absent. */
  readonly folder?: FileLocation;
}

const shipped = new URL("../../data/tables/", import.meta.url);

/**
 * How searches of the networks without pooling that {@linkcode fashion201} has all of went: DARTS with and without
 * what keeps it from filling its cells with skip connections, others by gradients, one-shot models and random
 * search, several times each. `data/tables/README.md` tells their settings.
 *
 * @throws {Deno.errors.NotFound} When `folder` lacks the file.
 * @throws {SyntaxError} When the file is damaged.
 *
 * @example What DARTS picks in the end
 * ```ts
 * import { fashion201, fashion201Searches } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const table = await fashion201();
 * for (const { method, steps } of await fashion201Searches()) {
 *   const { operations } = steps.at(-1)!;
 *   if (method === "darts") console.log(operations, table.get(operations).testAccuracy);
 *   assert(table.has(operations));
 * }
 * ```
 */
export async function fashion201Searches(
  { folder = shipped }: Fashion201SearchesOptions = {},
): Promise<SearchTrace[]> {
  const { bytes } = await readFile(locate(folder, "searches_fashion_201.csv"));
  return parseTraces(new TextDecoder().decode(bytes));
}
