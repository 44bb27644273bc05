import { createRng } from "../engine/rng.ts";
import { type Evaluate, portable } from "../space/mod.ts";
import { checkScoring, meanScore, type ScoreOptions } from "./mean_score.ts";
import { type PackedProxy, packProxy, proxiesOf, unpackProxy } from "./portable_proxy.ts";
import type { Proxy } from "./proxy.ts";
import type { ProxyName } from "./registry.ts";
import { metricOfScore } from "./score_metric.ts";

/** Options of {@linkcode scoreWith}. */
export interface ScoreWithOptions extends ScoreOptions {
  /**
   * Whether there is also a metric `<name>_seconds` for each proxy, the time that it took by the clock;
   * then searches with equal seeds are equal but for these. `false` when absent.
   */
  readonly seconds?: boolean;
}

/**
 * An evaluator that trains nothing: it gives the score of each of some proxies as a metric of the
 * proxy's name. So a search can go by a score, or write down the scores of a whole space into a journal.
 *
 * Weights are drawn by the evaluation's seed, the same for all proxies that start them in the same
 * way. Metrics are finite: see {@linkcode metricOfScore} for scores that are not.
 *
 * Workers can run it where each proxy is one of the kit, or has a `recipe`.
 *
 * @param proxies The proxies, or names of those of the kit.
 * @throws {TypeError} When one is no proxy, or there is no batch for one that looks at images.
 * @throws {RangeError} When there is none, two have the same name, or `draws` is no positive whole number;
 * when it evaluates, if the images do not fit the network.
 *
 * @example The largest of 20 networks by SNIP
 * ```ts
 * import { createRng, maximize, nasBench201, noiseBatch, randomSearch, scoreWith, search } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.sample(createRng("any")));
 * const study = await search({
 *   space,
 *   strategy: randomSearch(),
 *   evaluate: scoreWith(["params", "snip"], {
 *     batch: noiseBatch(graph, { count: 8, rng: createRng("noise") }),
 *   }),
 *   objective: maximize("snip"),
 *   budget: { trials: 20 },
 *   seed: "nas",
 * });
 * assert(study.trials.every(({ metrics }) => metrics.snip! <= study.best().metrics.snip!));
 * ```
 */
export function scoreWith(
  proxies: readonly (Proxy | ProxyName)[],
  options: ScoreWithOptions = {},
): Evaluate<unknown> {
  const chosen = proxiesOf("score", proxies);
  checkScoring("score", chosen, options);
  return portable(
    { module: import.meta.url, factory: "scoreWithPacked", args: [chosen.map(packProxy), options] },
    async (_arch, { graph, seed, signal }) => {
      const metrics: { [name: string]: number } = {};
      for (const proxy of chosen) {
        signal.throwIfAborted();
        const start = performance.now();
        const score = await meanScore(proxy, graph, options, createRng(seed));
        metrics[proxy.name] = metricOfScore(score, proxy.direction);
        if (options.seconds) metrics[`${proxy.name}_seconds`] = (performance.now() - start) / 1000;
      }
      return metrics;
    },
  );
}

/** What {@linkcode scoreWith} gives, in a worker. */
export async function scoreWithPacked(
  packed: readonly PackedProxy[],
  options: ScoreWithOptions,
): Promise<Evaluate<unknown>> {
  return scoreWith(await Promise.all(packed.map(unpackProxy)), options);
}
