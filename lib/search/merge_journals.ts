import { dirname } from "node:path";
import { JournalError, messageOf } from "./errors.ts";
import { differencesOf, readContent } from "./journal.ts";
import {
  headerLine,
  type JournalContent,
  type JournalHeader,
  trialLine,
} from "./journal_format.ts";
import type { Trial } from "./trial.ts";

/**
 * Joins the journals of one search that ran in several places, e.g. of one that was killed, copied to
 * another machine, and went on in both: the trials of all of them, each once. The search goes on from
 * the result as from any journal, and evaluates only what none of them has.
 *
 * For searches that differ in their seeds or strategies, merge the studies: {@linkcode Study.merge}.
 *
 * @param paths The journals; they are only read.
 * @param into The file to write, which must not exist.
 * @throws {JournalError} When a journal cannot be read, they are of different searches, they tell
 * different things of the same trial (but for times), or `into` exists or cannot be written.
 *
 * @example
 * ```ts
 * import { maximize, mergeJournals, nasBench201, randomSearch, readJournal, search } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * const options = {
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: randomSearch(),
 *   evaluate: () => ({ accuracy: 0.1 }),
 *   objective: maximize("accuracy"),
 *   seed: "nas",
 * };
 * await search({ ...options, budget: { trials: 3 }, journal: `${folder}/a.jsonl` });
 * await search({ ...options, budget: { trials: 5 }, journal: `${folder}/b.jsonl` });
 * await mergeJournals([`${folder}/a.jsonl`, `${folder}/b.jsonl`], `${folder}/both.jsonl`);
 * const { trials } = await readJournal(`${folder}/both.jsonl`);
 * assertEquals(trials.map(({ index }) => index), [0, 1, 2, 3, 4]);
 * ```
 */
export async function mergeJournals(paths: readonly string[], into: string): Promise<void> {
  const journals = await Promise.all(
    paths.map(async (path) => ({ path, ...await readContent<unknown>(path) })),
  );
  const header = commonHeader(journals);
  const found = new Map<number, Entry>();
  for (const { path, trials, elapsed } of journals) {
    trials.forEach((trial, i) => {
      const entry = { path, trial, elapsed: elapsed[i] as number };
      const known = found.get(trial.index) ?? entry;
      checkSame(known, entry);
      // The longest of the searches is how long they all took.
      const latest = Math.max(known.elapsed, entry.elapsed);
      found.set(trial.index, { ...known, elapsed: latest });
    });
  }
  // In the order of time, as a journal is written.
  const entries = [...found.values()].sort((a, b) => a.elapsed - b.elapsed);
  const lines = [headerLine(header), ...entries.map((one) => trialLine(one.trial, one.elapsed))];
  try {
    await Deno.mkdir(dirname(into), { recursive: true });
    await Deno.writeFile(into, await new Blob(lines).bytes(), { createNew: true });
  } catch (error) {
    const exists = error instanceof Deno.errors.AlreadyExists;
    const problem = exists ? "it exists, and would be overwritten" : messageOf(error);
    throw new JournalError(into, problem, { cause: error });
  }
}

interface Entry {
  readonly path: string;
  readonly trial: Trial<unknown>;
  readonly elapsed: number;
}

type ReadJournal = JournalContent<unknown> & {
  readonly path: string;
  readonly header: JournalHeader;
};

/** The header that stands for all; what some tell of their evaluate function is kept. */
function commonHeader(journals: readonly ReadJournal[]): JournalHeader {
  const [first] = journals;
  if (first === undefined) throw new RangeError("Cannot merge journals: there is none");
  return journals.reduce((header, { path, header: other }) => {
    const differences = differencesOf(header, other, { there: first.path, here: "it" });
    if (differences.length > 0) {
      throw new JournalError(path, `it is of another search: ${differences.join("; ")}`);
    }
    return { ...header, ...other };
  }, first.header);
}

function checkSame(known: Entry, other: Entry): void {
  const timeless = ({ trial }: Entry) => JSON.stringify({ ...trial, seconds: 0 });
  if (timeless(known) === timeless(other)) return;
  throw new JournalError(
    other.path,
    `it tells of trial ${other.trial.index} what "${known.path}" does not: ` +
      `${outcomeOf(other.trial)}, not ${outcomeOf(known.trial)}`,
  );
}

function outcomeOf({ key, status, metrics, reason }: Trial<unknown>): string {
  return `${key} ${status} with ${reason ?? JSON.stringify(metrics)}`;
}
