import { nextTask } from "../engine/progress.ts";

/** Milliseconds between pauses: nobody notices that Stop takes so long, and a pause takes one or two. */
const stretch = 50;

/** The time of a search, and the moments in which it lets others work. */
export class Clock {
  readonly #before: number;
  readonly #start = performance.now();
  #lastPause = this.#start;

  /** Starts it; `before` are the seconds that earlier parts of the search took. */
  constructor(before: number) {
    this.#before = before;
  }

  /** Seconds of search, earlier parts included. */
  get seconds(): number {
    return this.#before + secondsSince(this.#start);
  }

  /** Lets timers and messages through now and then, so that a signal can arrive. */
  async pause(): Promise<void> {
    if (performance.now() - this.#lastPause < stretch) return;
    await nextTask();
    this.#lastPause = performance.now();
  }
}

/** To the microsecond. */
export function secondsSince(start: number): number {
  return Math.round((performance.now() - start) * 1000) / 1e6;
}
