import type { ProgressListener } from "../engine/progress.ts";
import { createRng } from "../engine/rng.ts";
import type { Model } from "../model/mod.ts";
import { type TrainData, trainModel } from "./train.ts";
import type { TrainRecipe } from "./train_recipe.ts";

/** Which learning rates to try, and how to train with each. */
export interface TryLearningRatesOptions extends Omit<TrainRecipe, "learningRate"> {
  /** The rates. */
  readonly rates: readonly number[];
  /** Each rate trains a model for each of these seeds, which should be used for nothing else. */
  readonly seeds: readonly string[];
  /** Stops it, which then throws `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Told after every training. */
  readonly onProgress?: ProgressListener;
}

/** What came of each rate. */
export interface TriedLearningRates {
  /** The rates. */
  readonly rates: readonly number[];
  /** For each, the mean over seeds of the validation accuracy at the end, in [0, 1]. */
  readonly accuracies: readonly number[];
  /** The rate with the highest mean; of equals the first. */
  readonly best: number;
}

/**
 * Trains with some learning rates, a few seeds each, to find what suits a way of training: who compares ways
 * with one rate for all compares how well that rate suits each.
 *
 * @param begin Makes a model for a seed: the same for each rate, with fresh weights, inherited ones or others.
 * It is trained and disposed of.
 * @param data What to train on, and what to judge by.
 * @param options The rates, the seeds, and the rest of the recipe.
 * @throws {RangeError} When there is no rate or no seed, or an option is out of range.
 * @throws {Error} When a loss is no longer finite, as with far too large a rate.
 *
 * @example
 * ```ts
 * import { buildModel, createRng, digits, nasBench201, tryLearningRates } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const { best } = await tryLearningRates(
 *   (seed) => buildModel(graph, { rng: createRng(seed) }),
 *   await digits({ train: 200, validation: 100 }),
 *   { rates: [0.3, 0.0001], seeds: ["a", "b"], epochs: 2 },
 * );
 * assertEquals(best, 0.3);
 * ```
 */
export async function tryLearningRates(
  begin: (seed: string) => Model,
  data: TrainData,
  options: TryLearningRatesOptions,
): Promise<TriedLearningRates> {
  const { rates, seeds, signal, onProgress, ...recipe } = options;
  for (const [name, list] of Object.entries({ rates, seeds })) {
    if (list.length > 0) continue;
    throw new RangeError(`Cannot try learning rates: ${name} must hold at least one, got none`);
  }
  const total = rates.length * seeds.length;
  const report = async (done: number) =>
    await onProgress?.({ label: "learning rates", done, total, unit: "trainings" });
  const accuracies: number[] = [];
  await report(0);
  for (const learningRate of rates) {
    let sum = 0;
    for (const [i, seed] of seeds.entries()) {
      const model = begin(seed);
      try {
        const rng = createRng(seed).split("training");
        const training = { ...recipe, learningRate, rng, ...(signal ? { signal } : {}) };
        sum += (await trainModel(model, data, training)).accuracy;
      } finally {
        model.dispose();
      }
      signal?.throwIfAborted();
      await report(accuracies.length * seeds.length + i + 1);
    }
    accuracies.push(sum / seeds.length);
  }
  const best = rates[accuracies.indexOf(Math.max(...accuracies))] as number;
  return { rates, accuracies, best };
}
