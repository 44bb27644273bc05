import type { Study } from "./study.ts";

/** Ends a search whose evaluation threw or gave unusable metrics; `cause` is what it threw. */
export class EvaluationError extends Error {
  /** Tells the class of the error. */
  override readonly name = "EvaluationError";
  /** The trial's index. */
  readonly index: number;
  /** The architecture's canonical text. */
  readonly key: string;
  /** What the search had found by then. */
  readonly study: Study<unknown>;

  /** Made by the search. */
  constructor(message: string, options: EvaluationErrorOptions) {
    super(message, { cause: options.cause });
    this.index = options.index;
    this.key = options.key;
    this.study = options.study;
  }
}

/** What an {@linkcode EvaluationError} carries. */
export interface EvaluationErrorOptions {
  /** The trial's index. */
  readonly index: number;
  /** The architecture's canonical text. */
  readonly key: string;
  /** What the search had found by then. */
  readonly study: Study<unknown>;
  /** What the evaluation threw. */
  readonly cause: unknown;
}

/** Ends a search that meets nothing but candidates that break its constraints. */
export class InfeasibleError extends Error {
  /** Tells the class of the error. */
  override readonly name = "InfeasibleError";
  /** What the search had found by then; its `rejected` holds what was turned away. */
  readonly study: Study<unknown>;

  /** Made by the search. */
  constructor(message: string, study: Study<unknown>) {
    super(message);
    this.study = study;
  }
}

/** A journal cannot be read, written, or continued. */
export class JournalError extends Error {
  /** Tells the class of the error. */
  override readonly name = "JournalError";
  /** The journal's path. */
  readonly path: string;

  /** Made by the search and by `readJournal`. */
  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`Cannot use journal "${path}": ${problem}`, options);
    this.path = path;
  }
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
}
