import type { Batch } from "../data/dataset.ts";
import type { Rng } from "../engine/rng.ts";
import type { Graph } from "../graph/mod.ts";
import { checkScoring, meanScore, type ScoreOptions } from "./mean_score.ts";
import { proxyOf } from "./portable_proxy.ts";
import type { Proxy } from "./proxy.ts";
import type { ProxyName } from "./registry.ts";
import { metricOfScore } from "./score_metric.ts";

/** A proxy as what strategies guess by. */
export interface ProxyGuess {
  /** Names the proxy with its options, and what it is scored on. */
  readonly name: string;
  /** The score with the sign by which more is better; a promise where the proxy gives one. */
  readonly score: (
    candidate: { readonly graph: Graph; readonly rng: Rng },
  ) => number | Promise<number>;
}

/**
 * A proxy as the guess that {@linkcode warmUp} starts a search from and {@linkcode proposeByGuess} sifts
 * proposals by. What is not finite ranks as {@linkcode metricOfScore} says.
 *
 * @param proxy The proxy, or the name of one of the kit. One that gives promises is for `warmUp` alone.
 * @throws {TypeError} When it is no proxy, or there is no batch for one that looks at images.
 * @throws {RangeError} When `draws` is no positive whole number; when it scores, if the images do not fit.
 *
 * @example Evolution that trains only children of high SNIP
 * ```ts
 * import {
 *   agingEvolution, createRng, nasBench201, noiseBatch, proposeByGuess, proxyGuess, warmUp,
 * } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.sample(createRng("any")));
 * const batch = noiseBatch(graph, { count: 8, rng: createRng("noise") });
 * const guess = proxyGuess("snip", { batch });
 * const strategy = proposeByGuess(agingEvolution(), guess);
 * const best = await warmUp({ space, guess, draws: 10, keep: 2, seed: "nas" });
 * assert(best[0]!.score >= best[1]!.score);
 * ```
 */
export function proxyGuess(proxy: Proxy | ProxyName, options: ScoreOptions = {}): ProxyGuess {
  const chosen = proxyOf("guess", proxy);
  checkScoring("guess", [chosen], options);
  const { name, direction, options: settings } = chosen;
  const sign = direction === "maximize" ? 1 : -1;
  const signed = (score: number) => metricOfScore(sign * score, "maximize");
  const { batch, draws = 1 } = options;
  const on = batch === undefined ? "" : ` on ${batch.labels.length} images ${checksum(batch)}`;
  return {
    name: `${name} ${JSON.stringify(settings)}${on}${draws > 1 ? `, mean of ${draws} draws` : ""}`,
    score: ({ graph, rng }) => {
      const score = meanScore(chosen, graph, options, rng);
      return score instanceof Promise ? score.then(signed) : signed(score);
    },
  };
}

/** Eight hexadecimal digits that tell batches apart: FNV-1a of pixels and labels. */
function checksum({ images, labels }: Batch): string {
  let hash = 0x811c9dc5;
  for (const { buffer, byteOffset, byteLength } of [images, labels]) {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
