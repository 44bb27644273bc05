import { messageOf } from "./errors.ts";
import type { Metrics } from "../space/evaluate.ts";

/** How the attempts at an evaluation ended. */
export type Attempted<T> =
  & {
    /** The seed of the last attempt. */
    readonly seed: string;
    /** What the attempts before the last one threw; absent when there was one only. */
    readonly failures?: readonly string[];
  }
  & ({ readonly value: T } | { readonly thrown: unknown });

/** How often to try, and with what. */
export interface AttemptOptions {
  /** The seed of the first attempt, from which those of the others follow. */
  readonly seed: string;
  /** How many more attempts there may be after the first one. */
  readonly retries: number;
  /** Whether a further attempt is out of the question. */
  readonly stopped: () => boolean;
}

/** Tries until an attempt does not throw. Never rejects. */
export async function attempt<T>(
  { seed, retries, stopped }: AttemptOptions,
  run: (seed: string) => Promise<T>,
): Promise<Attempted<T>> {
  const failures: string[] = [];
  for (let retry = 0;; retry++) {
    const common = {
      seed: retry === 0 ? seed : `${seed}/retry/${retry}`,
      ...(retry === 0 ? {} : { failures }),
    };
    try {
      return { ...common, value: await run(common.seed) };
    } catch (thrown) {
      if (retry === retries || stopped()) return { ...common, thrown };
      failures.push(messageOf(thrown));
    }
  }
}

/**
 * The time that a simulated evaluation says it stands for.
 *
 * @throws {RangeError} When it says none.
 */
export function simulatedSeconds({ seconds }: Metrics): number {
  if (typeof seconds === "number" && seconds >= 0 && seconds < Infinity) return seconds;
  throw new RangeError(
    `evaluate is marked as simulated, and gave seconds = ${seconds}; they must be a number from 0 up`,
  );
}
