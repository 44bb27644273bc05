/** How far a long piece of work has come. */
export interface Progress {
  /** What is being done, e.g. `"search"`. */
  readonly label: string;
  /** Units finished. */
  readonly done: number;
  /** Units in all. */
  readonly total: number;
  /** What a unit is, in the plural, e.g. `"trials"`. */
  readonly unit: string;
  /** What is worth seeing beside the bar, e.g. the best value so far. */
  readonly note?: string;
  /** How many of the finished units took no time, because they were done before and read again. */
  readonly restored?: number;
  /** Set in the last report of work that ends before all units are finished. */
  readonly ended?: true;
}

/** Receives progress; long work waits for it, so that a notebook can draw. */
export type ProgressListener = (progress: Progress) => void | Promise<void>;

/**
 * Lets everything else that waits in the event loop run (timers, messages, the Stop button) before
 * the caller goes on. Long loops await it once a step.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Milliseconds that steps may take before others get their turn, which takes one or two. */
const TURN = 20;

let lastPause = performance.now();

/** {@linkcode nextTask} where this thread has not paused for a while: for long work whose steps are short. */
export async function pause(): Promise<void> {
  if (performance.now() - lastPause <= TURN) return;
  await nextTask();
  lastPause = performance.now();
}
