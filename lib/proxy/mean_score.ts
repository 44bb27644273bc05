import type { Batch } from "../data/dataset.ts";
import type { Rng } from "../engine/rng.ts";
import type { Graph } from "../graph/mod.ts";
import { noiseBatch } from "./noise_batch.ts";
import type { Proxy } from "./proxy.ts";

/** What networks are scored on, and how often. */
export interface ScoreOptions {
  /** The images and their labels; can be left out where all proxies look at graphs and weights alone. */
  readonly batch?: Batch;
  /** From how many draws of the weights the mean score is taken; 1 when absent. */
  readonly draws?: number;
}

/** Throws for a proxy that is none, a batch that is missing, or `draws` that make no sense. */
export function checkScoring(
  task: string,
  proxies: readonly Proxy[],
  { batch, draws = 1 }: ScoreOptions,
): void {
  if (!Number.isSafeInteger(draws) || draws < 1) {
    throw new RangeError(`Cannot ${task}: draws must be a positive whole number, got ${draws}`);
  }
  const needing = proxies.find(({ needs }) => needs === "images" || needs === "labels");
  if (batch === undefined && needing !== undefined) {
    throw new TypeError(
      `Cannot ${task}: batch must be given, since ${needing.name} looks at ${needing.needs}; ` +
        "noiseBatch() makes one of noise",
    );
  }
}

/** The mean score of a graph over draws of its weights; `NaN` where one is. */
export function meanScore(
  proxy: Proxy,
  graph: Graph,
  { batch, draws = 1 }: ScoreOptions,
  rng: Rng,
): number | Promise<number> {
  const images = batch ?? noiseBatch(graph, { count: 1, rng: rng.split("no images") });
  const count = proxy.needs === "graph" ? 1 : draws;
  const scores = Array.from(
    { length: count },
    (_, draw) => () => proxy.score(graph, images, rng.split(draw)),
  );
  let sum = 0;
  for (const [draw, score] of scores.entries()) {
    const value = score();
    if (value instanceof Promise) return waitFor(value, sum, scores.slice(draw + 1), count);
    sum += value;
  }
  return sum / count;
}

async function waitFor(
  first: Promise<number>,
  before: number,
  rest: readonly (() => number | Promise<number>)[],
  count: number,
): Promise<number> {
  let sum = before + await first;
  for (const score of rest) sum += await score();
  return sum / count;
}
