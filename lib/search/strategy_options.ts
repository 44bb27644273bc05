import type { SearchSpace } from "../space/space.ts";
import type { Goal } from "./strategy.ts";
import type { Trial } from "./trial.ts";

/** Throws a `RangeError` unless the option of a strategy is a positive whole number. */
export function checkCount(strategy: string, name: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(
      `Cannot make ${strategy}: ${name} must be a positive integer, got ${count}`,
    );
  }
}

/** Throws a `RangeError` unless the option of a strategy is a share, 0 and 1 included. */
export function checkShare(strategy: string, name: string, share: number): void {
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`Cannot make ${strategy}: ${name} must be from 0 to 1, got ${share}`);
  }
}

/** Throws a `TypeError` unless the option of a strategy is one of a few words. */
export function checkWord(
  strategy: string,
  name: string,
  { word, words }: { readonly word: string; readonly words: readonly string[] },
): void {
  if (words.includes(word)) return;
  const list = words.map((each) => `"${each}"`).join(" or ");
  throw new TypeError(`Cannot make ${strategy}: ${name} must be ${list}, got ${word}`);
}

/** Throws a `RangeError` for a space in which nothing can be changed. */
export function checkVariety<A>(strategy: string, space: SearchSpace<A>): void {
  if (space.size < 2n) {
    throw new RangeError(
      `Cannot search: ${strategy} needs at least two architectures, and ${space.name} has ` +
        space.size,
    );
  }
}

/** The value of the goal, more of it always better; `undefined` unless the trial is complete. */
export function fitness(trial: Trial<unknown>, { metric, direction }: Goal): number | undefined {
  if (trial.status !== "complete") return undefined;
  const value = trial.metrics[metric] as number;
  return direction === "maximize" ? value : -value;
}
