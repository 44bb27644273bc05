/**
 * Searches the part of the table of trainings that is complete, several times by each of the kit's searches, and
 * keeps what each would have returned step by step. Stop it at any time, by Ctrl-C, a kill or the power switch:
 * it loses the searches that were running.
 *
 *     deno run -A tools/trace_searches.ts [--methods=NAME,NAME] [--repeats=N] [--minutes=M] [--folder=DIR]
 *
 * All of the `--methods` when absent, `--repeats` (5) times each; starts no more after `--minutes`. The folder,
 * `data/tables` when absent, holds the table and gets `searches_fashion_201.csv`.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { replaceFile } from "naskit/engine/replace_file.ts";
import { fashion201 } from "naskit/estimate/mod.ts";
import { formatTrace, parseTraces, traceHeader } from "naskit/judge/search_traces.ts";
import type { SearchTrace, TraceStep } from "naskit/judge/mod.ts";
import { root } from "./support/paths.ts";
import { say, seconds, UserError } from "./support/process.ts";
import { groundOf, tracedSearches } from "./support/traced_searches.ts";

interface TraceOptions {
  readonly methods: readonly string[];
  readonly repeats: number;
  readonly minutes: number;
  readonly folder: string;
}

/** Runs what is missing. Returns the exit code. */
async function trace(options: TraceOptions): Promise<number> {
  const ground = await groundOf(await fashion201({ folder: options.folder }));
  const path = join(options.folder, "searches_fashion_201.csv");
  const start = performance.now();
  for (let repeat = 0; repeat < options.repeats; repeat++) {
    for (const method of options.methods) {
      const isThis = (each: SearchTrace) => each.method === method && each.repeat === repeat;
      if ((await readTraces(path)).some(isThis)) continue;
      if (performance.now() - start > 60_000 * options.minutes) return 0;
      const steps: TraceStep[] = [];
      const run = tracedSearches[method]!(ground, `searches/${method}/${repeat}`);
      for await (const step of run) steps.push(step);
      // Read again: others may have been added meanwhile.
      const others = (await readTraces(path)).filter((each) => !isThis(each));
      const lines = [...others, { method, repeat, steps }].map(formatTrace);
      await replaceFile(path, new TextEncoder().encode([`${traceHeader}\n`, ...lines].join("")));
      const { cpuSeconds, operations } = steps.at(-1)!;
      say(`${method} ${repeat}: ${operations} in ${seconds(cpuSeconds)} of computing`);
    }
  }
  return 0;
}

async function readTraces(path: string): Promise<SearchTrace[]> {
  try {
    return parseTraces(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function parseOptions(args: readonly string[]): TraceOptions {
  const text = { type: "string" } as const;
  const names = Object.keys(tracedSearches);
  const { values } = parseArgs({
    args: [...args],
    options: {
      methods: { ...text, default: names.join() },
      repeats: { ...text, default: "5" },
      minutes: text,
      folder: { ...text, default: join(root, "data/tables") },
    },
  });
  const repeats = Number(values.repeats), minutes = Number(values.minutes ?? Infinity);
  if (!Number.isSafeInteger(repeats) || repeats < 1) {
    throw new UserError(`--repeats must be a positive whole number, got "${values.repeats}"`, 2);
  }
  if (!(minutes > 0)) {
    throw new UserError(`--minutes must be a positive number, got "${values.minutes}"`, 2);
  }
  const methods = values.methods.split(",");
  const unknown = methods.find((name) => !Object.hasOwn(tracedSearches, name));
  if (unknown !== undefined) {
    throw new UserError(`--methods must be some of ${names.join(", ")}, got "${unknown}"`, 2);
  }
  return { methods, repeats, minutes, folder: values.folder };
}

try {
  Deno.exitCode = await trace(parseOptions(Deno.args));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say(`trace_searches: ${error.message}`);
  Deno.exitCode = error.code;
}
