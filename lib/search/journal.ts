import { dirname } from "node:path";
import { JournalError, messageOf } from "./errors.ts";
import {
  headerLine,
  type JournalContent,
  type JournalHeader,
  parseJournal,
  trialLine,
} from "./journal_format.ts";
import type { Trial } from "./trial.ts";

/** A journal that was read, for analysis. */
export interface JournalRecord<A> {
  /** What the search is. */
  readonly header: JournalHeader;
  /** The trials that have finished, by index; some may be missing between them. */
  readonly trials: readonly Trial<A>[];
  /** Seconds from the search's start to the last of them. */
  readonly seconds: number;
}

/**
 * Reads the journal of a search, finished or not, even while it runs. A line that is being written
 * is left out.
 *
 * @param path The journal's file.
 * @throws {JournalError} When it cannot be read, is no journal or is broken, saying where.
 *
 * @example
 * ```ts
 * import { maximize, nasBench201, randomSearch, readJournal, search } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const journal = `${await Deno.makeTempDir()}/random.jsonl`;
 * await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: randomSearch(),
 *   evaluate: (_arch, { graph }) => ({ nodes: graph.nodes.length }),
 *   objective: maximize("nodes"),
 *   budget: { trials: 3 },
 *   journal,
 *   seed: "example",
 * });
 * const { header, trials } = await readJournal(journal);
 * assertEquals(header.seed, "example");
 * assertEquals(trials.map(({ index }) => index), [0, 1, 2]);
 * ```
 */
export async function readJournal<A = unknown>(path: string): Promise<JournalRecord<A>> {
  const { header, trials, elapsed } = await readContent<A>(path);
  return {
    header,
    trials: trials.toSorted((a, b) => a.index - b.index),
    seconds: elapsed.at(-1) ?? 0,
  };
}

/** What a journal holds, in the order in which it was written. Throws a {@linkcode JournalError}. */
export async function readContent<A>(
  path: string,
): Promise<JournalContent<A> & { readonly header: JournalHeader }> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    throw new JournalError(path, messageOf(error), { cause: error });
  }
  const { header, ...content } = parseJournal<A>(bytes, path);
  if (header === undefined) throw new JournalError(path, "it has no header yet");
  return { header, ...content };
}

/** What {@linkcode openJournal} may take from the journal instead of asking for. */
export interface OpenJournalOptions {
  /** Whether a journal that exists decides `inFlight`. */
  readonly adoptInFlight: boolean;
}

/**
 * Opens a journal to write, makes it and its folder where there is none, cuts off a line that an
 * earlier writer did not finish, and keeps other writers out until it is closed.
 *
 * @throws {JournalError} When that is not possible, or the journal is of another search.
 */
export async function openJournal<A>(
  path: string,
  header: JournalHeader,
  { adoptInFlight }: OpenJournalOptions,
): Promise<Journal<A>> {
  let file: Deno.FsFile | undefined;
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    file = await Deno.open(path, { read: true, write: true, create: true });
    if (!await file.tryLock(true)) {
      throw new JournalError(path, "another search is writing it");
    }
    const content = parseJournal<A>(await readAll(file), path);
    const found = content.header ?? header;
    checkSame(path, found, adoptInFlight ? { ...header, inFlight: found.inFlight } : header);
    await file.truncate(content.wholeBytes);
    await file.seek(0, Deno.SeekMode.End);
    if (content.header === undefined) writeLine(file, headerLine(header));
    return new Journal(path, file, found, content);
  } catch (error) {
    file?.close();
    if (error instanceof JournalError) throw error;
    throw new JournalError(path, messageOf(error), { cause: error });
  }
}

/** A journal open to write. */
export class Journal<A> {
  /** Its file. */
  readonly path: string;
  /** The header in the file. */
  readonly header: JournalHeader;
  /** The trials that had finished when it was opened, by index. */
  readonly recorded: ReadonlyMap<number, Trial<A>>;
  /** The largest index among them; -1 when there is none. */
  readonly lastIndex: number;
  /** Seconds of search before it was opened. */
  readonly seconds: number;
  readonly #file: Deno.FsFile;

  constructor(
    path: string,
    file: Deno.FsFile,
    header: JournalHeader,
    { trials, elapsed }: JournalContent<A>,
  ) {
    this.path = path;
    this.header = header;
    this.recorded = new Map(trials.map((trial) => [trial.index, trial]));
    this.lastIndex = trials.reduce((last, { index }) => Math.max(last, index), -1);
    this.seconds = elapsed.at(-1) ?? 0;
    this.#file = file;
  }

  /**
   * Writes a finished trial to the disk before it returns.
   *
   * @throws {JournalError} When the disk does not take it.
   */
  append(trial: Trial<A>, elapsed: number): void {
    try {
      writeLine(this.#file, trialLine(trial, elapsed));
    } catch (error) {
      throw new JournalError(this.path, messageOf(error), { cause: error });
    }
  }

  /** Lets others write. */
  close(): void {
    this.#file.close();
  }
}

/** In one write, so that a kill leaves at most the last line broken. */
function writeLine(file: Deno.FsFile, line: Uint8Array): void {
  for (let written = 0; written < line.length;) {
    written += file.writeSync(line.subarray(written));
  }
  file.syncDataSync();
}

async function readAll(file: Deno.FsFile): Promise<Uint8Array> {
  const bytes = new Uint8Array((await file.stat()).size);
  for (let filled = 0; filled < bytes.length;) {
    const count = await file.read(bytes.subarray(filled));
    if (count === null) return bytes.subarray(0, filled);
    filled += count;
  }
  return bytes;
}

function checkSame(path: string, found: JournalHeader, wanted: JournalHeader): void {
  const differences = differencesOf(found, wanted, { there: "it", here: "this search" });
  if (differences.length > 0) {
    throw new JournalError(
      path,
      `it is of another search: ${differences.join("; ")}; give this search another journal, or ` +
        "delete that file",
    );
  }
}

/** In what two searches differ, in words, with names for the two. */
export function differencesOf(
  a: JournalHeader,
  b: JournalHeader,
  { there, here }: { readonly there: string; readonly here: string },
): string[] {
  const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])] as (keyof JournalHeader)[];
  const differences = fields
    .filter((field) => field !== "evaluate")
    .map((field) => [field, JSON.stringify(a[field]), JSON.stringify(b[field])])
    .filter(([, x, y]) => x !== y)
    .map(([field, x = "not set", y = "not set"]) =>
      `${field} is ${x} in ${there} and ${y} in ${here}`
    );
  if (a.evaluate !== undefined && b.evaluate !== undefined && a.evaluate !== b.evaluate) {
    differences.push("evaluate was made with other data or options");
  }
  return differences;
}
