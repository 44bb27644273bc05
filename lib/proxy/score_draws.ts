import type { Batch } from "../data/dataset.ts";
import type { Rng } from "../engine/rng.ts";
import type { Graph } from "../graph/mod.ts";
import type { Model } from "../model/mod.ts";
import type { Proxy } from "./proxy.ts";

/** How often to score. */
export interface ScoreDrawsOptions {
  /** How many times. */
  readonly draws: number;
  /** Draws the weights, and whatever else is drawn; each time by a stream of its own. */
  readonly rng: Rng;
}

/** Scores of one network from several draws. */
export interface DrawnScores {
  /** Their mean. */
  readonly mean: number;
  /** Their standard deviation, of a sample: of one draw `NaN`. */
  readonly deviation: number;
  /** The scores, in the order of the draws. */
  readonly scores: readonly number[];
}

/**
 * Scores a network from several draws of its weights, and of whatever else the proxy draws, on the same batch:
 * how far a single score is to be trusted. A model's weights are not drawn, so that its scores differ where
 * the proxy draws something else.
 *
 * @throws {RangeError} When `draws` is not a positive whole number.
 *
 * @example
 * ```ts
 * import { createRng, nasBench201, noiseBatch, scoreDraws, snip } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const batch = noiseBatch(graph, { count: 16, rng: createRng("noise") });
 * const options = { draws: 5, rng: createRng("draws") };
 * const { mean, deviation } = await scoreDraws(snip(), graph, batch, options);
 * assert(deviation > 0 && deviation < mean);
 * ```
 */
export async function scoreDraws(
  proxy: Proxy,
  network: Graph | Model,
  batch: Batch,
  { draws, rng }: ScoreDrawsOptions,
): Promise<DrawnScores> {
  if (!Number.isSafeInteger(draws) || draws < 1) {
    throw new RangeError(
      `Cannot score draws: draws must be a positive whole number, got ${draws}`,
    );
  }
  const scores: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    scores.push(await proxy.score(network, batch, rng.split(draw)));
  }
  const mean = scores.reduce((sum, score) => sum + score, 0) / draws;
  const squares = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (draws - 1)), scores };
}
