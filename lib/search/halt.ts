import type { Study } from "./study.ts";

/** What ends a search by an error, made once the study of all that finished is known. */
export type Failure<A> = (study: Study<A>) => unknown;

/** Ends a search before its time: by an abort from outside, or by the first error. */
export class Halt<A> {
  readonly #controller = new AbortController();
  readonly #outside: AbortSignal | undefined;
  readonly #abort = () => this.#controller.abort(this.#outside?.reason);
  #failure: Failure<A> | undefined;

  /** Listens to a signal from outside until it is closed. */
  constructor(outside: AbortSignal | undefined) {
    this.#outside = outside;
    if (outside?.aborted) this.#abort();
    outside?.addEventListener("abort", this.#abort, { once: true });
  }

  /** What evaluations are given. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether nothing more is to be done. */
  get raised(): boolean {
    return this.#controller.signal.aborted;
  }

  /** The first error. */
  get failure(): Failure<A> | undefined {
    return this.#failure;
  }

  /** Ends the search by an error. */
  fail(failure: Failure<A>): void {
    this.#failure ??= failure;
    this.#controller.abort();
  }

  /** Stops listening. */
  close(): void {
    this.#outside?.removeEventListener("abort", this.#abort);
  }
}
