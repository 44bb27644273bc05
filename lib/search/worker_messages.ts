import type { EvaluateContext, EvaluateRecipe, Metrics } from "../space/evaluate.ts";

/** What a worker is told to do; one `open` or `run` at a time. */
export type WorkerRequest =
  | { readonly kind: "open"; readonly recipe: EvaluateRecipe }
  | {
    readonly kind: "run";
    readonly arch: unknown;
    readonly context: Omit<EvaluateContext, "signal">;
  }
  | { readonly kind: "abort"; readonly reason: ThrownText };

/** A worker's answer to `open` (without metrics) or `run`, or the news of its end. */
export type WorkerReply =
  | { readonly kind: "done"; readonly metrics: Metrics }
  | { readonly kind: "threw" | "died"; readonly thrown: ThrownText };

/** Something thrown, as texts: a class does not pass between threads. */
export interface ThrownText {
  /** The error's name. */
  readonly name: string;
  /** Its message. */
  readonly message: string;
  /** Where it was thrown. */
  readonly stack?: string;
}

/** Something thrown, as texts. */
export function toText(thrown: unknown): ThrownText {
  if (!(thrown instanceof Error)) return { name: "Error", message: String(thrown) };
  const { name, message, stack } = thrown;
  return { name, message, ...(stack === undefined ? {} : { stack }) };
}

/** An error with these texts. */
export function fromText({ name, message, stack }: ThrownText): Error {
  return Object.assign(new Error(message), { name }, stack === undefined ? {} : { stack });
}
