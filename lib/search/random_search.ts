import { defineStrategy, type StrategyMaker } from "./strategy.ts";

/** How {@linkcode randomSearch} draws. */
export interface RandomSearchOptions {
  /** Whether no architecture is tried twice; `true` when absent. */
  readonly unique?: boolean;
}

/**
 * Random search: architectures drawn uniformly, each at most once, until none is left. It learns
 * nothing from the outcomes, which makes it the baseline that every other strategy has to beat (Li &
 * Talwalkar 2019, "Random Search and Reproducibility for Neural Architecture Search").
 *
 * @example Ten different cells
 * ```ts
 * import { maximize, nasBench201, randomSearch, search } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: randomSearch(),
 *   evaluate: (_arch, { graph }) => ({ nodes: graph.nodes.length }),
 *   objective: maximize("nodes"),
 *   budget: { trials: 10 },
 *   seed: "example",
 * });
 * assertEquals(new Set(study.trials.map(({ key }) => key)).size, 10);
 * ```
 */
export function randomSearch(options: RandomSearchOptions = {}): StrategyMaker {
  const { unique = true } = options;
  return defineStrategy(`randomSearch(unique: ${unique})`, (space, rng) => {
    let draws = 0;
    let seen = new Set<string>();
    return {
      ask() {
        if (unique && BigInt(seen.size) >= space.size) return undefined;
        while (true) {
          const arch = space.sample(rng.split(draws++));
          const key = space.encode(arch);
          if (unique && seen.has(key)) continue;
          if (unique) seen.add(key);
          return { arch };
        }
      },
      tell() {},
      snapshot: () => ({ draws, seen: [...seen] }),
      restore(state) {
        const saved = state as { draws: number; seen: string[] };
        draws = saved.draws;
        seen = new Set(saved.seen);
      },
    };
  }, { module: import.meta.url, factory: "randomSearch", args: [options] });
}
