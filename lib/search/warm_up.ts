import { nextTask, type ProgressListener } from "../engine/progress.ts";
import { createRng } from "../engine/rng.ts";
import type { SearchSpace } from "../space/space.ts";
import { checkGuess, type Guess, scorer } from "./guess.ts";

/** How {@linkcode warmUp} looks for good starts. */
export interface WarmUpOptions<A> {
  /** Where to look. */
  readonly space: SearchSpace<A>;
  /** What says how good an architecture may be. */
  readonly guess: Guess;
  /** How many different architectures are drawn and scored; 1,000 when absent. */
  readonly draws?: number;
  /** How many of them are kept; 20 when absent. */
  readonly keep?: number;
  /** Determines all that is drawn. */
  readonly seed: string | number;
  /** Ends it early, with the best of those that were scored. */
  readonly signal?: AbortSignal;
  /** Called as it goes on. */
  readonly onProgress?: ProgressListener;
}

/** An architecture and what a guess said of it. */
export interface Scored<A> {
  /** The architecture. */
  readonly arch: A;
  /** Its canonical text. */
  readonly key: string;
  /** What the guess gave: the more the better. */
  readonly score: number;
}

/**
 * Draws many architectures, scores them all by a cheap guess and gives the best: where a search with
 * real trainings then begins, by {@linkcode startFrom} (Abdelfattah et al. 2021, "Zero-Cost Proxies
 * for Lightweight NAS", who draw 3,000 and keep 64).
 *
 * @returns The best, best first; of equal scores the one drawn first.
 * @throws {RangeError} When `draws` or `keep` is no whole number from 1 up, or a score is no number.
 * @throws {TypeError} When `guess` is no guess.
 *
 * @example Start evolution from the largest of 500 cells
 * ```ts
 * import { maximize, nasBench201, randomSearch, search, startFrom, warmUp } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const guess = { name: "params", score: ({ costs }: { costs: { params: number } }) => costs.params };
 * const best = await warmUp({ space, guess, draws: 500, keep: 10, seed: "warm" });
 * const study = await search({
 *   space,
 *   strategy: startFrom(best, randomSearch()),
 *   evaluate: (_arch, { graph }) => ({ nodes: graph.nodes.length }),
 *   objective: maximize("nodes"),
 *   budget: { trials: 20 },
 *   seed: "example",
 * });
 * assertEquals(study.trials.slice(0, 10).map(({ key }) => key), best.map(({ key }) => key));
 * ```
 */
export async function warmUp<A>(options: WarmUpOptions<A>): Promise<Scored<A>[]> {
  const { space, guess, draws = 1000, keep = 20, seed, signal, onProgress } = options;
  checkGuess("Cannot warm up", guess);
  for (const [name, count] of Object.entries({ draws, keep })) {
    if (Number.isSafeInteger(count) && count >= 1) continue;
    throw new RangeError(`Cannot warm up: ${name} must be a whole number from 1 up, got ${count}`);
  }
  const rng = createRng(seed);
  const scoreOf = scorer(space, guess, rng.split("scores"));
  const sample = rng.split("draws");
  const scored = new Map<string, Scored<A>>();
  const total = space.size < BigInt(draws) ? Number(space.size) : draws;
  let paused = performance.now();
  while (scored.size < total && !signal?.aborted) {
    const arch = space.sample(sample);
    const key = space.encode(arch);
    if (!scored.has(key)) scored.set(key, { arch, key, score: await scoreOf(arch, key) });
    if (performance.now() - paused < 50) continue;
    await onProgress?.({ label: "warm-up", done: scored.size, total, unit: "architectures" });
    await nextTask();
    paused = performance.now();
  }
  await onProgress?.({ label: "warm-up", done: scored.size, total, unit: "architectures" });
  return [...scored.values()].sort((a, b) => b.score - a.score).slice(0, keep);
}
