import type { Progress, ProgressListener } from "../engine/progress.ts";
import { display, inNotebook, outputsSent } from "./jupyter.ts";
import { escapeHTML, type MimeBundle } from "./mime.ts";
import { write } from "./show.ts";

/** Options of {@linkcode progressBar}. */
export interface ProgressBarOptions {
  /** The shortest time between two drawings, in milliseconds; 200 when absent. */
  readonly interval?: number;
}

/** Where a bar is drawn. */
interface Surface {
  /** Draws a state, in place of the one before unless `first`. */
  draw(state: BarState, first: boolean, last: boolean): Promise<void>;
}

interface BarState {
  readonly progress: Progress;
  readonly label: string;
  /** Seconds since the start. */
  readonly elapsed: number;
}

/**
 * A listener that draws progress as a bar with the time it took, the time it will take and the best
 * so far: in a notebook as one output that changes, in a terminal as one line that changes,
 * elsewhere as a line for each tenth.
 *
 * It draws about five times a second at most, and always when the work is done. The listener can be
 * used again: other work, or less done than before, starts a new bar.
 *
 * @param label What is being done; the label that the work gives when absent.
 *
 * @example
 * ```ts ignore
 * import { progressBar } from "naskit";
 *
 * const draw = progressBar("search");
 * for (let done = 1; done <= 100; done++) {
 *   await draw({ label: "search", done, total: 100, unit: "trials", note: "best 93.4 %" });
 * }
 * ```
 */
export function progressBar(label?: string, options: ProgressBarOptions = {}): ProgressListener {
  const { interval = 200 } = options;
  let surface: Surface | undefined;
  let before: Progress | undefined;
  let [start, drawn] = [0, 0];
  return async (progress) => {
    const now = performance.now();
    const first = before === undefined || progress.label !== before.label ||
      progress.total !== before.total || progress.done < before.done || isLast(before);
    const last = isLast(progress);
    before = progress;
    if (first) {
      start = now;
      surface = inNotebook()
        ? notebookOutput()
        : Deno.stdout.isTerminal()
        ? terminalLine()
        : plainLines();
    }
    if (!first && !last && now - drawn < interval) return;
    drawn = now;
    const state = { progress, label: label ?? progress.label, elapsed: (now - start) / 1000 };
    await surface!.draw(state, first, last);
  };
}

function notebookOutput(): Surface {
  const id = crypto.randomUUID();
  return {
    async draw(state, first, last) {
      await display(barBundle(state), { id, update: !first });
      if (last) await outputsSent();
    },
  };
}

function terminalLine(): Surface {
  return {
    // The last part clears what a longer line before has left.
    draw: (state, _first, last) => write(`\r${barText(state)}\x1b[K${last ? "\n" : ""}`),
  };
}

function plainLines(): Surface {
  let tenth = -1;
  return {
    async draw(state, _first, last) {
      const now = Math.floor(10 * shareOf(state.progress));
      if (now === tenth && !last) return;
      tenth = now;
      await write(`${barText(state)}\n`);
    },
  };
}

function barBundle(state: BarState): MimeBundle {
  const { done, total } = state.progress;
  const [name, facts] = [escapeHTML(state.label), escapeHTML(factsOf(state))];
  return {
    "text/html": `<div style="font-family:monospace">${name} ` +
      `<progress value="${done}" max="${total}" style="width:16em"></progress> ${facts}</div>`,
    "text/plain": barText(state),
  };
}

function barText(state: BarState): string {
  const filled = Math.round(20 * shareOf(state.progress));
  return `${state.label} ${"█".repeat(filled)}${"░".repeat(20 - filled)} ${factsOf(state)}`;
}

/** `37 of 200 trials, 12 s, 53 s left, best 93.4 %` */
function factsOf({ progress, elapsed }: BarState): string {
  const { done, total, unit, note, restored = 0 } = progress;
  const facts = [`${done} of ${total} ${unit}`, duration(elapsed)];
  if (done > restored && !isLast(progress)) {
    facts.push(`${duration(elapsed / (done - restored) * (total - done))} left`);
  }
  if (note) facts.push(note);
  return facts.join(", ");
}

function isLast({ done, total, ended }: Progress): boolean {
  return ended === true || done >= total;
}

function shareOf({ done, total }: Progress): number {
  return total > 0 ? Math.min(1, Math.max(0, done / total)) : 1;
}

function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0
    ? `${hours} h ${String(minutes).padStart(2, "0")} min`
    : `${minutes}:${rest} min`;
}
