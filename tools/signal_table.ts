/**
 * Trains networks whose accuracy is known in cheaper ways, to tell what these are worth. Stop it at any time,
 * by Ctrl-C, a kill or the power switch: it loses the network that it was at, and goes on where the file ends when it is
 * started again.
 *
 *     deno run -A tools/signal_table.ts [--rows=N] [--minutes=M] [--folder=DIR]
 *
 * The networks are the first N of the table of trainings (80), in its random order; takes up no more after
 * `--minutes`. Each is trained by all of `cheaperTrainings`, and as the table's own training for half of its epochs. One
 * network is trained at a time, as CPU seconds are those of the process. The folder, `data/tables` when absent,
 * holds the table and gets `signals_fashion_201.csv`.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { take } from "naskit/data/mod.ts";
import { cpuSeconds } from "naskit/engine/mod.ts";
import { fashion201, trainAtFidelity, type TrainedArch } from "naskit/estimate/mod.ts";
import {
  beginningEpochs,
  beginningName,
  cheaperTrainings,
  cheaperValidation,
  lossName,
} from "naskit/judge/signal_table.ts";
import type { ScoreRow } from "naskit/judge/score_rows.ts";
import type { Evaluate, Metrics } from "naskit/space/mod.ts";
import { root } from "./support/paths.ts";
import { say, UserError } from "./support/process.ts";
import { ScoreFile } from "./support/score_file.ts";

interface SignalOptions {
  readonly rows: number;
  readonly minutes: number;
  readonly folder: string;
}

/** A training, and what is written down of it. */
interface Source {
  readonly evaluate: Evaluate<unknown>;
  /** The seed of a network's training. */
  readonly seed: (entry: TrainedArch) => string;
  readonly name: string;
  readonly others: (metrics: Metrics) => { readonly [name: string]: number };
}

/** The trainings of a network: the beginning of the whole one, and those that are cheaper. */
async function sourcesOf(table: Awaited<ReturnType<typeof fashion201>>): Promise<Source[]> {
  const { recipe } = table;
  const data = await table.data();
  const fewer = {
    train: data.train,
    validation: take(data.validation, Math.min(cheaperValidation, recipe.validation)),
  };
  const stopAfter = beginningEpochs(table.epochsOf());
  const beginning: Source = {
    name: beginningName,
    evaluate: trainAtFidelity(data, { ...recipe.training, fidelity: { stopAfter } }),
    seed: ({ runs }) => runs[0]!.seed,
    others: ({ trainLoss }) =>
      Object.fromEntries(
        (trainLoss as readonly number[]).map((loss, i) => [lossName(i + 1), loss]),
      ),
  };
  const cheaper = Object.entries(cheaperTrainings(recipe)).map(([name, fidelity]): Source => ({
    name,
    evaluate: trainAtFidelity(fewer, { ...recipe.training, fidelity }),
    seed: ({ index }) => `fashion-201/${index}/signals/0`,
    others: () => ({}),
  }));
  return [beginning, ...cheaper];
}

/** Trains what is missing. Returns the exit code. */
async function measure(
  { rows, minutes, folder }: SignalOptions,
  stop: AbortSignal,
): Promise<number> {
  const table = await fashion201({ folder });
  const sources = await sourcesOf(table);
  const losses = Array.from({ length: beginningEpochs(table.epochsOf()) }, (_, i) => i + 1);
  const file = await ScoreFile.open(join(folder, "signals_fashion_201.csv"), [
    ...sources.map(({ name }) => name),
    ...losses.map(lossName),
  ]);
  const deadline = performance.now() + 60_000 * minutes;
  const row = async (entry: TrainedArch): Promise<ScoreRow> => {
    const scores: Record<string, number> = {}, seconds: Record<string, number> = {};
    const graph = table.space.lower(entry.arch);
    for (const { name, evaluate, seed, others } of sources) {
      const start = cpuSeconds();
      const metrics = await evaluate(entry.arch, { graph, seed: seed(entry), signal: stop });
      seconds[name] = cpuSeconds() - start;
      Object.assign(scores, { [name]: metrics.accuracy }, others(metrics));
    }
    const onRecord = entry.runs[0]!.validationAccuracy[losses.length - 1]!;
    if (Math.abs(scores[beginningName]! - onRecord) > 5e-5) {
      throw new UserError(
        `the training of index ${entry.index} does not come out again; it was made with another ` +
          `recipe, other code or another kind of processor: ${onRecord} there, ` +
          `${scores[beginningName]} now`,
      );
    }
    return { index: entry.index, operations: entry.operations, scores, seconds };
  };
  try {
    const missing = table.entries.slice(0, rows).filter(({ index }) => !file.rows.has(index));
    // What is compiled on first use is no part of the first network's time.
    if (missing.length > 0) await row(missing[0]!);
    for (const entry of missing) {
      if (stop.aborted || performance.now() >= deadline) break;
      file.append(await row(entry));
      say(`${file.rows.size} networks in the table`);
    }
    await file.tidy();
    return stop.aborted ? 130 : 0;
  } finally {
    file.close();
  }
}

function parseOptions(args: readonly string[]): SignalOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { ...text, default: "80" },
      minutes: text,
      folder: { ...text, default: join(root, "data/tables") },
    },
  });
  const rows = Number(values.rows), minutes = Number(values.minutes ?? Infinity);
  if (!Number.isSafeInteger(rows) || rows < 1) {
    throw new UserError(`--rows must be a positive whole number, got "${values.rows}"`, 2);
  }
  if (!(minutes > 0)) {
    throw new UserError(`--minutes must be a positive number, got "${values.minutes}"`, 2);
  }
  return { rows, minutes, folder: values.folder };
}

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => stop.abort());
}
try {
  Deno.exitCode = await measure(parseOptions(Deno.args), stop.signal);
} catch (error) {
  if (stop.signal.aborted) {
    Deno.exitCode = 130;
  } else {
    if (!(error instanceof UserError)) throw error;
    say(`signal_table: ${error.message}`);
    Deno.exitCode = error.code;
  }
}
// A signal listener would hold the process.
Deno.exit();
