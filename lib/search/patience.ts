import type { SearchState } from "./tally.ts";

/**
 * A rule for `stopWhen`: the search ends once so many trials in a row were no improvement, as
 * {@linkcode SearchState.improved} tells.
 *
 * @param trials How many trials, failed ones included.
 * @throws {RangeError} When `trials` is not a positive integer.
 *
 * @example
 * ```ts
 * import { maximize, nasBench201, patience, randomSearch, search } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: randomSearch(),
 *   evaluate: () => ({ accuracy: 0.1 }),
 *   objective: maximize("accuracy"),
 *   budget: { trials: 100 },
 *   stopWhen: patience(10),
 *   inFlight: 1,
 *   seed: "nas",
 * });
 * assertEquals([study.trials.length, study.stopped], [11, "early"]);
 * ```
 */
export function patience(trials: number): (state: SearchState<unknown>) => boolean {
  if (!Number.isSafeInteger(trials) || trials < 1) {
    throw new RangeError(`Cannot be patient: trials must be a positive integer, got ${trials}`);
  }
  return ({ trials: told, improved = -1 }) => (told.at(-1)?.index ?? -1) - improved >= trials;
}
