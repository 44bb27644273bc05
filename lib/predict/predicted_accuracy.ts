import type { Evaluate } from "../space/evaluate.ts";
import type { ArchFeatures } from "./arch_features.ts";
import type { FittedPredictor } from "./predictor.ts";

/**
 * An evaluator that trains nothing: it gives as `accuracy` what a predictor expects of a candidate, and
 * as `spread` how far off that may be, where the predictor can tell. What a search finds with it is
 * only as good as the predictor, so its best are worth training.
 *
 * It runs in the thread that made it.
 *
 * @param features What the predictor has learnt from.
 * @param predictor The predictor.
 *
 * @example
 * ```ts
 * import {
 *   archFeatures,
 *   createRng,
 *   localSearch,
 *   maximize,
 *   nasBench201,
 *   predictedAccuracy,
 *   ridge,
 *   search,
 * } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8 });
 * const features = archFeatures(space);
 * const rng = createRng("nas");
 * const known = Array.from({ length: 100 }, () => space.sample(rng));
 * const convolutions = known.map((arch) => arch.filter((op) => op === "nor_conv_3x3").length);
 * const study = await search({
 *   space,
 *   strategy: localSearch(),
 *   evaluate: predictedAccuracy(features, ridge().fit(known.map(features.of), convolutions)),
 *   objective: maximize("accuracy"),
 *   budget: { trials: 150 },
 *   seed: "nas",
 * });
 * assertEquals(new Set(study.best().arch), new Set(["nor_conv_3x3"]));
 * ```
 */
export function predictedAccuracy<A>(
  features: ArchFeatures<A>,
  predictor: FittedPredictor,
): Evaluate<A> {
  return (arch) => {
    const [found] = predictor.predict([features.of(arch)]);
    const { mean, spread } = found as { mean: number; spread?: number };
    return { accuracy: mean, ...(spread === undefined ? {} : { spread }) };
  };
}
