import { checkNumber } from "./checks.ts";

/** How far a value may be off: one number for both sides, or how far below and how far above. */
export type ErrorSpan = number | readonly [below: number, above: number] | undefined;

/** Both sides of an error. Throws a `RangeError` when one is no number or negative. */
export function checkError(task: string, name: string, error: ErrorSpan): [number, number] {
  const span = spanOf(error);
  for (const side of span) {
    checkNumber(task, `${name}.error`, side);
    if (side < 0) {
      throw new RangeError(`Cannot ${task}: ${name}.error must not be negative, got ${side}`);
    }
  }
  return span;
}

/** Both sides of an error; nothing where there is none. */
export function spanOf(error: ErrorSpan): [below: number, above: number] {
  return typeof error === "object" ? [...error] : [error ?? 0, error ?? 0];
}

/** Error bars of a trace, as plotly takes them. */
export function errorBars(errors: readonly ErrorSpan[], color: string): object {
  const spans = errors.map(spanOf);
  return {
    type: "data",
    symmetric: false,
    array: spans.map(([, above]) => above),
    arrayminus: spans.map(([below]) => below),
    color,
    thickness: 1.5,
    width: 5,
  };
}
