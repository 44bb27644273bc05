import type { Constraint } from "../cost/constraint.ts";
import { JournalError, messageOf } from "./errors.ts";
import type { Goal } from "./strategy.ts";
import { sealTrial, type Trial } from "./trial.ts";

/** What a search is; the first line of its journal. A journal goes on only with an equal one. */
export interface JournalHeader {
  /** The space's name. */
  readonly space: string;
  /** The strategy's name, which tells its options. */
  readonly strategy: string;
  /** The search's seed. */
  readonly seed: string;
  /** What is looked for. */
  readonly goals: readonly Goal[];
  /** The limits on costs. */
  readonly constraints: readonly Constraint[];
  /** How many trials may be asked for before the first of them is told. */
  readonly inFlight: number;
  /** What becomes of architectures that were asked for before; evaluated again when absent. */
  readonly duplicates?: "reuse" | "skip";
  /** Tells what the evaluate function was made with, where its recipe is known. */
  readonly evaluate?: string;
}

/** What a journal holds. */
export interface JournalContent<A> {
  /** What the search is; `undefined` when the writer did not get as far as that. */
  readonly header: JournalHeader | undefined;
  /** The finished trials, in the order in which they finished. */
  readonly trials: readonly Trial<A>[];
  /** For each of them, the seconds from the search's start to its end. */
  readonly elapsed: readonly number[];
  /** The length of the part that is whole; what follows was cut off while it was written. */
  readonly wholeBytes: number;
}

// JSON lines: the header, then one finished trial a line.
const MARK = `{"naskit":"search journal",`;
const VERSION = 2;
const NEWLINE = 0x0a;
const encoder = new TextEncoder();

/** The header as a journal's first line. */
export function headerLine(header: JournalHeader): Uint8Array<ArrayBuffer> {
  const body = JSON.stringify({ version: VERSION, ...header });
  return encoder.encode(`${MARK}${body.slice(1)}\n`);
}

/** A finished trial as a journal's line; `elapsed` is in seconds from the search's start. */
export function trialLine(trial: Trial<unknown>, elapsed: number): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify({ ...trial, elapsed }) + "\n");
}

/**
 * Reads a journal. A last line that is not whole is left out: the writer was killed in the middle
 * of it.
 *
 * @throws {JournalError} When the file is no journal, or a line before the last is broken.
 */
export function parseJournal<A>(bytes: Uint8Array, path: string): JournalContent<A> {
  const [first, ...lines] = splitLines(bytes);
  if (first === undefined) {
    checkBeginsLikeJournal(bytes, path);
    return { header: undefined, trials: [], elapsed: [], wholeBytes: 0 };
  }
  const header = parseHeader(first, path);
  const trials: Trial<A>[] = [];
  const elapsed: number[] = [];
  const indices = new Set<number>();
  let wholeBytes = first.length + 1;
  for (const [i, line] of lines.entries()) {
    try {
      const read = parseTrial<A>(line);
      const { index } = read.trial;
      if (indices.has(index)) throw new SyntaxError(`trial ${index} came before`);
      indices.add(index);
      trials.push(read.trial);
      elapsed.push(read.elapsed);
    } catch (error) {
      if (i === lines.length - 1) break;
      throw new JournalError(path, `line ${i + 2} is broken (${messageOf(error)})`, {
        cause: error,
      });
    }
    wholeBytes += line.length + 1;
  }
  return { header, trials, elapsed, wholeBytes };
}

/** The lines that end in a newline, without it. */
function splitLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let end; (end = bytes.indexOf(NEWLINE, start)) >= 0; start = end + 1) {
    lines.push(bytes.subarray(start, end));
  }
  return lines;
}

/** Keeps a file that holds something else from being taken for a journal cut off in its header. */
function checkBeginsLikeJournal(bytes: Uint8Array, path: string): void {
  const begin = encoder.encode(MARK).subarray(0, bytes.length);
  if (begin.some((byte, i) => byte !== bytes[i])) {
    throw new JournalError(path, "it is another kind of file");
  }
}

function parseJson(line: Uint8Array): { readonly [field: string]: unknown } {
  const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line));
  if (typeof value !== "object" || value === null) throw new SyntaxError("not a JSON object");
  return value;
}

function parseHeader(line: Uint8Array, path: string): JournalHeader {
  if (line.length < MARK.length) throw new JournalError(path, "it is another kind of file");
  checkBeginsLikeJournal(line, path);
  try {
    const { naskit: _mark, version, ...header } = parseJson(line);
    if (version !== VERSION) {
      throw new SyntaxError(`format version ${version}, this is a reader of version ${VERSION}`);
    }
    return header as unknown as JournalHeader;
  } catch (error) {
    throw new JournalError(path, `line 1 is broken (${messageOf(error)})`, { cause: error });
  }
}

function parseTrial<A>(line: Uint8Array): { trial: Trial<A>; elapsed: number } {
  const { elapsed, ...trial } = parseJson(line);
  const whole = Number.isSafeInteger(trial.index) && "arch" in trial &&
    typeof trial.key === "string" &&
    (trial.status === "complete" || trial.status === "failed") && isObject(trial.metrics) &&
    isObject(trial.curves) && typeof trial.seed === "string" &&
    typeof trial.seconds === "number" && typeof elapsed === "number";
  if (!whole) throw new SyntaxError("not a trial");
  return { trial: sealTrial(trial as unknown as Trial<A>), elapsed: elapsed as number };
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
