import { type Dataset, resize, take } from "../../data/mod.ts";
import { withInputSize, withWidth } from "../../graph/mod.ts";
import type { Graph } from "../../graph/mod.ts";
import { type Evaluate, type EvaluateContext, type Metrics, portable } from "../../space/mod.ts";
import { resizedFor } from "../resized_for.ts";
import type { TrainData } from "../train.ts";
import { type ScratchOptions, trainFromScratch } from "../train_from_scratch.ts";
import { extrapolateCurve } from "./extrapolate_curve.ts";
import type { MedianStopping } from "./median_stopping.ts";
import { trainUntil } from "./train_until.ts";
import { sumOfLosses } from "./training_losses.ts";

/** In what a training is smaller than the whole one; in nothing where a part is absent. */
export interface Fidelity {
  /** Epochs of a training that is shorter as a whole, its learning rate schedule included. */
  readonly epochs?: number;
  /** Epochs after which the training ends, its schedule as it was: the beginning of the whole one. */
  readonly stopAfter?: number;
  /** Images that are trained on, the first ones. */
  readonly images?: number;
  /** The side of the images in pixels, of those for validation as well. */
  readonly size?: number;
  /** What the number of each layer's channels is multiplied with, see {@linkcode withWidth}. */
  readonly width?: number;
}

/** How {@linkcode trainAtFidelity} trains. */
export interface TrainAtFidelityOptions extends Omit<ScratchOptions, "test"> {
  /** In what trainings are smaller; whole ones when absent. */
  readonly fidelity?: Fidelity;
  /** How many epochs at the end `lossSum` is of; all when absent, and where there are fewer. */
  readonly lossEpochs?: number;
  /** Whether the curve is carried on to the last epoch of the schedule; `false` when absent. */
  readonly extrapolate?: boolean;
  /** Ends trainings that do worse than others; it must be told of trials, as its text says. */
  readonly stopping?: MedianStopping;
}

/**
 * An evaluator that trains each candidate less than `trainFromScratch` would: in fewer epochs, on fewer or
 * smaller images, or a narrower network, or all at once. Costs that a search counts stay those of the
 * candidate itself. Without a fidelity it makes the very training of {@linkcode trainFromScratch}.
 *
 * It gives cheap signals of what the whole training would come to, all read off one training:
 * - `accuracy`, on the validation images after its last epoch;
 * - `lossSum`, the sum of training losses over the last epochs, less being better: {@linkcode sumOfLosses};
 * - `extrapolated` and `extrapolatedSpread`, on request and where there were three epochs or more: the
 *   accuracy expected after the schedule's last epoch, {@linkcode extrapolateCurve};
 * - `trainedEpochs`, and the curves by epoch.
 *
 * Where a strategy asks for a number of epochs, that is the length of the whole training. Workers can
 * run it, but not with `stopping`, which must be asked where it is told.
 *
 * @throws {RangeError} When an option is out of range.
 *
 * @example The first of four epochs, on half of the images
 * ```ts
 * import { digits, maximize, nasBench201, randomSearch, search, trainAtFidelity } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 }),
 *   strategy: randomSearch(),
 *   evaluate: trainAtFidelity(await digits({ train: 400 }), {
 *     epochs: 4,
 *     fidelity: { stopAfter: 1, images: 200, width: 0.5 },
 *   }),
 *   objective: maximize("accuracy"),
 *   budget: { trials: 2 },
 *   seed: "nas",
 * });
 * assertEquals(study.best().metrics.trainedEpochs, 1);
 * ```
 *
 * @example Trainings that do badly are stopped
 * ```ts
 * import {
 *   digits,
 *   maximize,
 *   MedianStopping,
 *   nasBench201,
 *   randomSearch,
 *   search,
 *   trainAtFidelity,
 * } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const stopping = new MedianStopping({ minTrainings: 2 });
 * const study = await search({
 *   space: nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 }),
 *   strategy: randomSearch(),
 *   evaluate: trainAtFidelity(await digits({ train: 200 }), { epochs: 3, stopping }),
 *   objective: maximize("accuracy"),
 *   budget: { trials: 6 },
 *   inFlight: 1,
 *   onTrial: ({ seed, curves }) => stopping.learn(seed, curves.validationAccuracy ?? []),
 *   seed: "nas",
 * });
 * assert(study.trials.some(({ metrics }) => metrics.trainedEpochs! < 3));
 * ```
 */
export function trainAtFidelity(
  data: TrainData,
  options: TrainAtFidelityOptions = {},
): Evaluate<unknown> {
  const { fidelity = {}, lossEpochs, extrapolate = false, stopping, ...training } = options;
  const { init, resize: resizes = false, ...recipe } = training;
  const fullEpochs = trainFromScratch(data, recipe).epochs as number; // checks the recipe
  check(data, { ...options, epochs: fullEpochs });
  const { size, width, stopAfter = Infinity } = fidelity;
  const ownEpochs = fidelity.epochs ?? fullEpochs;
  const images = {
    train: sized(take(data.train, fidelity.images ?? data.train.labels.length), size),
    validation: sized(data.validation, size),
  };
  const evaluate = async (_arch: unknown, context: EvaluateContext): Promise<Metrics> => {
    const { graph, seed, signal, epochs = ownEpochs } = context;
    const network = networkOf(graph, { size, width });
    const { train, validation } = images;
    const fitted = (dataset: Dataset) => resizes ? resizedFor(dataset, network) : dataset;
    const { accuracy, curves } = await trainUntil(
      network,
      { train: fitted(train), validation: fitted(validation) },
      {
        recipe: { ...recipe, epochs },
        init,
        seed,
        signal,
        stopAfter,
        isOver: stopping && ((accuracies) => stopping.stops(accuracies)),
      },
    );
    const { trainLoss, trainAccuracy, validationLoss, validationAccuracy } = curves;
    const trained = validationAccuracy.length;
    return {
      accuracy,
      lossSum: sumOfLosses(trainLoss, { epochs: Math.min(lossEpochs ?? trained, trained) }),
      ...(extrapolate && trained >= 3 ? carriedOn(validationAccuracy, epochs) : {}),
      trainedEpochs: trained,
      trainLoss,
      trainAccuracy,
      validationLoss,
      validationAccuracy,
    };
  };
  const epochs = Math.min(ownEpochs, stopAfter);
  if (stopping !== undefined) return Object.assign(evaluate, { epochs });
  return portable(
    { module: import.meta.url, factory: "trainAtFidelity", args: [data, options] },
    evaluate,
    { epochs },
  );
}

function sized(dataset: Dataset, size: number | undefined): Dataset {
  return size === undefined ? dataset : resize(dataset, size);
}

function networkOf(
  graph: Graph,
  { size, width }: { readonly size: number | undefined; readonly width: number | undefined },
): Graph {
  const scaled = width === undefined ? graph : withWidth(graph, width);
  return size === undefined ? scaled : withInputSize(scaled, size);
}

function carriedOn(accuracies: readonly number[], epochs: number): Metrics {
  const { mean, spread } = extrapolateCurve(accuracies).at(epochs);
  return { extrapolated: mean, extrapolatedSpread: spread };
}

function check(
  { train }: TrainData,
  { fidelity = {}, lossEpochs, extrapolate, epochs }: TrainAtFidelityOptions & {
    readonly epochs: number;
  },
): void {
  const { stopAfter, images, size, width } = fidelity;
  const most = { images: train.labels.length, stopAfter: fidelity.epochs ?? epochs };
  const counts = { "fidelity.epochs": fidelity.epochs, "fidelity.size": size, lossEpochs };
  for (const [name, value] of Object.entries(counts)) checkCount(name, value, Infinity);
  checkCount("fidelity.images", images, most.images);
  checkCount("fidelity.stopAfter", stopAfter, most.stopAfter);
  if (width !== undefined && !(width > 0 && width < Infinity)) {
    throw new RangeError(
      `Cannot train at fidelity: fidelity.width must be a positive number, got ${width}`,
    );
  }
  const trained = Math.min(fidelity.epochs ?? epochs, stopAfter ?? Infinity);
  if (extrapolate && trained < 3) {
    throw new RangeError(
      `Cannot train at fidelity: extrapolate takes three epochs or more, got ${trained}`,
    );
  }
}

function checkCount(name: string, value: number | undefined, most: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1 && value <= most)) return;
  const range = most === Infinity ? "a positive whole number" : `a whole number from 1 to ${most}`;
  throw new RangeError(`Cannot train at fidelity: ${name} must be ${range}, got ${value}`);
}
