import type { Dataset } from "../data/mod.ts";
import { createRng } from "../engine/rng.ts";
import { buildModel, type Init, type Model } from "../model/mod.ts";
import { type Evaluate, portable } from "../space/mod.ts";
import type { Graph } from "../graph/mod.ts";
import { evaluateModel } from "./evaluate_model.ts";
import { resizedFor } from "./resized_for.ts";
import { type TrainData, trainModel, type TrainOptions, type TrainResult } from "./train.ts";
import { fullRecipe, type TrainRecipe } from "./train_recipe.ts";

/** How every candidate of a search is trained. */
export interface ScratchOptions extends TrainRecipe {
  /** How weights start; `"heNormal"` when absent. */
  readonly init?: Init;
  /**
   * Test images; give them only when test accuracies are wanted, as for a table of ground truth.
   * A search that selects by validation accuracy must not see them.
   */
  readonly test?: Dataset;
  /**
   * Whether images are resized to what each network reads, in spaces where the resolution is a choice;
   * `false` when absent, where other images are an error.
   */
  readonly resize?: boolean;
}

/** A trained network and how its training went. The caller owns the model. */
export interface TrainedModel extends TrainResult {
  /** The trained model. */
  readonly model: Model;
}

/**
 * Trains a graph from fresh weights; everything random in it follows from the seed. With the seed of
 * a trial, and the same data and recipe, the trial's own training happens again.
 *
 * @throws {RangeError} When data and graph do not fit, or an option is out of range.
 *
 * @example
 * ```ts
 * import { digits, nasBench201, trainGraph } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const data = await digits();
 * const a = await trainGraph(graph, data, { epochs: 1, seed: "one" });
 * const b = await trainGraph(graph, data, { epochs: 1, seed: "one" });
 * assertEquals(a.accuracy, b.accuracy);
 * a.model.dispose();
 * b.model.dispose();
 * ```
 */
export async function trainGraph(
  graph: Graph,
  data: TrainData,
  options: Omit<TrainOptions, "rng"> & { readonly seed: string; readonly init?: Init },
): Promise<TrainedModel> {
  const { seed, init = "heNormal", ...training } = options;
  const rng = createRng(seed);
  const model = buildModel(graph, { rng: rng.split("weights"), init });
  try {
    return { model, ...await trainModel(model, data, { ...training, rng: rng.split("training") }) };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/**
 * An evaluator that trains each candidate from scratch and gives its top-1 `accuracy` on the
 * validation images (a share in [0, 1]), its curves by epoch, and `testAccuracy` when test images
 * were given. Where a strategy asks for another number of epochs, that is the length of the whole
 * training, its learning rate schedule included.
 *
 * Workers can run it.
 *
 * @throws {RangeError} When an option is out of range.
 *
 * @example
 * ```ts
 * import { digits, maximize, nasBench201, randomSearch, search, trainFromScratch } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 }),
 *   strategy: randomSearch(),
 *   evaluate: trainFromScratch(await digits(), { epochs: 1 }),
 *   objective: maximize("accuracy"),
 *   budget: { trials: 2 },
 *   seed: "nas",
 * });
 * assertEquals(study.trials.length, 2);
 * ```
 */
export function trainFromScratch(
  { train, validation }: TrainData,
  options: ScratchOptions = {},
): Evaluate<unknown> {
  const { test, init, resize: resizes = false, ...recipe } = options;
  const { epochs: fullEpochs } = fullRecipe(recipe);
  const args = [{ train, validation }, options];
  const fitted = resizes ? resizedFor : (data: Dataset) => data;
  return portable(
    { module: import.meta.url, factory: "trainFromScratch", args },
    async (_arch, { graph, seed, signal, epochs = fullEpochs }) => {
      const data = { train: fitted(train, graph), validation: fitted(validation, graph) };
      const { model, accuracy, curves, stopped } = await trainGraph(graph, data, {
        ...recipe,
        ...(init ? { init } : {}),
        epochs,
        seed,
        signal,
      });
      try {
        if (stopped === "aborted") signal.throwIfAborted();
        const { trainLoss, trainAccuracy, validationLoss, validationAccuracy } = curves;
        return {
          accuracy,
          ...(test
            ? {
              testAccuracy: (await evaluateModel(model, fitted(test, graph), { signal })).accuracy,
            }
            : {}),
          trainLoss,
          trainAccuracy,
          validationLoss,
          validationAccuracy,
        };
      } finally {
        model.dispose();
      }
    },
    { epochs: fullEpochs },
  );
}
