import { type Dataset, take } from "../data/mod.ts";
import { tf } from "../engine/tf.ts";
import {
  type Model,
  modelWith,
  type Morphism,
  settleBatchNorms,
  type Weights,
} from "../model/mod.ts";

/** Images by which inserted batch norms are settled, at most. */
const SETTLING = 256;

/**
 * A child as a model that is ready to be trained: with the weights that a morphism gives it, and with its
 * inserted batch norms settled on the first training images, so that it computes what its parent does also by
 * the statistics of a batch, which training goes by.
 *
 * @param morphism How the child comes from its parent.
 * @param weights The parent's weights.
 * @param train The training images, which must fit the child.
 * @returns The model; the caller disposes of it.
 * @throws {RangeError} When an array of the parent is missing or has another length.
 *
 * @example
 * ```ts
 * import { buildModel, createRng, deepen, digits, evaluateModel, heirModel, nasBench201 } from "naskit";
 * import { trainModel, weightsOf } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const data = await digits({ train: 200, validation: 100 });
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const parent = buildModel(graph, { rng: createRng("weights") });
 * const { accuracy } = await trainModel(parent, data, { epochs: 1, rng: createRng("order") });
 * const relu = graph.nodes.findLast(({ op }) => op === "relu")!.name;
 * const deeper = deepen(graph, { after: relu, batchNorm: true });
 * const child = heirModel(deeper, weightsOf(parent), data.train);
 * const { accuracy: start } = await evaluateModel(child, data.validation);
 * assertAlmostEquals(start, accuracy, 0.011);
 * parent.dispose();
 * child.dispose();
 * ```
 */
export function heirModel(morphism: Morphism, weights: Weights, train: Dataset): Model {
  const { graph, unsettled } = morphism;
  const model = modelWith(graph, morphism.inherit(weights));
  if (unsettled.length === 0) return model;
  const { images, labels, shape } = take(train, Math.min(SETTLING, train.labels.length));
  tf.tidy(() => settleBatchNorms(model, unsettled, tf.tensor4d(images, [labels.length, ...shape])));
  return model;
}
