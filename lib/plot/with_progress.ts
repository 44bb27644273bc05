import { nextTask, type ProgressListener } from "../engine/progress.ts";
import { interruptible } from "./interrupt.ts";
import { progressBar } from "./progress_bar.ts";

/** How long a loop may go on before Stop, timers and drawings get their turn, in milliseconds. */
const breath = 50;

/** Options of {@linkcode withProgress}. */
export interface WithProgressOptions {
  /** What an item is, in the plural; `"steps"` when absent. */
  readonly unit?: string;
  /** Ends the loop; the next Stop when absent, see {@linkcode interruptible}. */
  readonly signal?: AbortSignal;
  /** What is told before the first item and after each; a {@linkcode progressBar} when absent. */
  readonly onProgress?: ProgressListener;
}

/**
 * Hands out items one by one to a loop, with a bar that says how far the loop has come. Stop ends the
 * loop after the item at hand, and what follows it goes on with what is there.
 *
 * @param items What the loop goes through: items, or how many numbers from 0 up.
 * @param label What the loop does, beside the bar.
 * @throws {RangeError} When `items` is a number and not a whole one from 0 up.
 *
 * @example
 * ```ts
 * import { withProgress } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const squares: number[] = [];
 * for await (const k of withProgress(4, "squaring", { onProgress: () => {} })) squares.push(k * k);
 * assertEquals(squares, [0, 1, 4, 9]);
 * ```
 */
export function withProgress(
  items: number,
  label: string,
  options?: WithProgressOptions,
): AsyncGenerator<number, void, void>;
/** The same with items of any kind. */
export function withProgress<T>(
  items: readonly T[],
  label: string,
  options?: WithProgressOptions,
): AsyncGenerator<T, void, void>;
export function withProgress<T>(
  items: number | readonly T[],
  label: string,
  options: WithProgressOptions = {},
): AsyncGenerator<T | number, void, void> {
  if (typeof items !== "number") return watched(items, label, options);
  if (!Number.isSafeInteger(items) || items < 0) {
    throw new RangeError(
      `Cannot show progress: items must be a list or a whole number from 0 up, got ${items}`,
    );
  }
  return watched(Array.from({ length: items }, (_, i) => i), label, options);
}

async function* watched<T>(
  items: readonly T[],
  label: string,
  options: WithProgressOptions,
): AsyncGenerator<T, void, void> {
  const { unit = "steps", signal = interruptible(), onProgress = progressBar(label) } = options;
  const total = items.length;
  let done = 0;
  let rested = performance.now();
  await onProgress({ label, done, total, unit });
  try {
    while (done < total && !signal.aborted) {
      yield items[done] as T;
      done++;
      await onProgress({ label, done, total, unit });
      if (performance.now() - rested < breath) continue;
      await nextTask();
      rested = performance.now();
    }
  } finally {
    if (done < total) await onProgress({ label, done, total, unit, ended: true });
  }
}
