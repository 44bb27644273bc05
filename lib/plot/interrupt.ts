import { inNotebook } from "./jupyter.ts";

const waiting = new Set<AbortController>();
let listening = false;
let stopped = false;

/**
 * A signal that the next Stop aborts: the notebook's Stop button, or Ctrl-C in a terminal.
 *
 * The first call makes the process listen, from which on Stop no longer ends a notebook's kernel and
 * with it all variables. Long work takes the signal, stops at its next step and returns what it has.
 * Call it anew for each piece of work: a signal that is aborted stays so.
 *
 * Outside a notebook only the first Ctrl-C is caught; the next one ends the process.
 *
 * @returns A fresh signal; its reason will be a `DOMException` named `AbortError`.
 *
 * @example
 * ```ts
 * import { interruptible, releaseInterrupt } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const signal = interruptible();
 * assert(!signal.aborted);
 * releaseInterrupt();
 * ```
 */
export function interruptible(): AbortSignal {
  const controller = new AbortController();
  listen();
  if (listening) waiting.add(controller);
  return controller.signal;
}

/**
 * Undoes {@linkcode interruptible}: signals that it gave are no longer aborted, and Stop and Ctrl-C
 * do what they did before.
 *
 * @example
 * ```ts
 * import { releaseInterrupt } from "naskit";
 *
 * releaseInterrupt();
 * ```
 */
export function releaseInterrupt(): void {
  stopListening();
  waiting.clear();
  stopped = false;
}

/** Starts to listen, unless a Ctrl-C has come already and the next is to end the process. */
function listen(): void {
  if (listening || stopped) return;
  Deno.addSignalListener("SIGINT", onInterrupt);
  listening = true;
}

function stopListening(): void {
  if (!listening) return;
  Deno.removeSignalListener("SIGINT", onInterrupt);
  listening = false;
}

function onInterrupt(): void {
  if (!inNotebook()) {
    stopped = true;
    stopListening();
  }
  const controllers = [...waiting];
  waiting.clear();
  for (const controller of controllers) {
    controller.abort(new DOMException("Interrupted: Stop or Ctrl-C was pressed", "AbortError"));
  }
}
