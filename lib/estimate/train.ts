import type { Dataset } from "../data/mod.ts";
import type { ProgressListener } from "../engine/progress.ts";
import type { Rng } from "../engine/rng.ts";
import type { Model, OptimiserSlots } from "../model/mod.ts";
import { fullRecipe, type TrainRecipe } from "./train_recipe.ts";
import { TrainingRun } from "./training_run.ts";

/** The images to train with. */
export interface TrainData {
  /** Trained on. */
  readonly train: Dataset;
  /** Looked at after each epoch. */
  readonly validation: Dataset;
}

/** How to train. */
export interface TrainOptions extends TrainRecipe {
  /** Determines the order of the images and their augmentation. */
  readonly rng: Rng;
  /**
   * Threads that share each step: {@linkcode compileThreaded} says what that does to the result. 1 when
   * absent.
   */
  readonly threads?: number;
  /** What the optimiser remembers at the start, e.g. by {@linkcode inheritOptimiser}; nothing when absent. */
  readonly optimiserSlots?: OptimiserSlots;
  /**
   * A file that the training is written to after every epoch, whole or not at all, and goes on from where it is
   * there: with the weights, to the last bit, of a training that was never stopped. None when absent.
   */
  readonly checkpoint?: string;
  /** Stops the training; what was reached until then is returned. */
  readonly signal?: AbortSignal;
  /** Told after every epoch. */
  readonly onProgress?: ProgressListener;
}

/** One number an epoch. */
export interface TrainCurves {
  /** Mean cross entropy over the epoch's training steps, in nats, against the targets as they are trained on. */
  readonly trainLoss: readonly number[];
  /** Top-1 share over the epoch's training steps (augmented images, weights still moving). */
  readonly trainAccuracy: readonly number[];
  /** Mean cross entropy on the validation images, in nats. */
  readonly validationLoss: readonly number[];
  /** Top-1 share on the validation images. */
  readonly validationAccuracy: readonly number[];
  /** The learning rate of the epoch's first step. */
  readonly learningRate: readonly number[];
}

/** What came of a training. */
export interface TrainResult {
  /**
   * Top-1 share on the validation images after the last finished epoch, or with `earlyStop` the best one; `NaN`
   * before the first.
   */
  readonly accuracy: number;
  /** The curves, one number a finished epoch. */
  readonly curves: TrainCurves;
  /** Steps taken. */
  readonly steps: number;
  /** How long it took, in seconds, without the time that it was stopped for. */
  readonly seconds: number;
  /** Whether all epochs ran, early stopping ended it, or the signal stopped it. */
  readonly stopped: "done" | "early" | "aborted";
  /** The epoch whose weights were kept, from 0; there with `earlyStop`, once an epoch is finished. */
  readonly bestEpoch?: number;
  /** What the optimiser remembers after the last step, of whatever epoch the weights are that were kept. */
  readonly optimiserSlots: OptimiserSlots;
}

/** How an epoch went. */
export interface EpochReport {
  /** Which one it was, from 0. */
  readonly epoch: number;
  /** How many there are. */
  readonly epochs: number;
  /** Mean cross entropy over its training steps, in nats. */
  readonly trainLoss: number;
  /** Top-1 share over its training steps. */
  readonly trainAccuracy: number;
  /** Mean cross entropy on the validation images, in nats. */
  readonly validationLoss: number;
  /** Top-1 share on the validation images. */
  readonly validationAccuracy: number;
  /** The learning rate of its first step. */
  readonly learningRate: number;
}

/**
 * Trains a model in place, and yields how each epoch went; what it returns at the end is what
 * {@linkcode trainModel} returns. Between two epochs the model has the weights of the one that was yielded:
 * whoever stops asking for more ends the training there.
 *
 * The weights that are kept at the end, also when the training is stopped or fails, are those of the last step:
 * no epoch is picked by its validation accuracy, unless `earlyStop` asks for that. With `average` they are the
 * averaged ones. Parts of the network that the output does not depend on stay as they are.
 *
 * It trains a compiled plan of the network; the model's own arrays follow at the end of every epoch.
 *
 * @param model The model.
 * @param data What to train on, and what to look at after each epoch.
 * @param options The recipe, and how to go about it.
 * @throws {RangeError} When the images or `optimiserSlots` do not fit the model, an option is out of range, or the
 * checkpoint is of another training.
 * @throws {TypeError} When `optimiser` is given and so is what it stands for.
 * @throws {SyntaxError} When the file that is to be gone on from is no checkpoint.
 * @throws {Error} When the loss is no longer finite.
 *
 * @example Until the validation accuracy is good enough
 * ```ts
 * import { buildModel, createRng, digits, nasBench201, trainEpochs } from "naskit";
 * import { assertLess } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const model = buildModel(space.lower(space.fromChoices([3, 1, 3, 1, 3, 3])), {
 *   rng: createRng("weights"),
 * });
 * const recipe = {
 *   epochs: 20,
 *   optimiser: { kind: "adam", decoupled: true, weightDecay: 0.05, decays: "weights" },
 *   schedule: { kind: "warmUp", share: 0.1, then: { kind: "cosine" } },
 *   smoothing: 0.1,
 * } as const;
 * let epochs = 0;
 * for await (
 *   const { validationAccuracy } of trainEpochs(model, await digits(), {
 *     ...recipe,
 *     rng: createRng("order"),
 *   })
 * ) {
 *   epochs++;
 *   if (validationAccuracy > 0.5) break;
 * }
 * assertLess(epochs, 20);
 * model.dispose();
 * ```
 */
export async function* trainEpochs(
  model: Model,
  data: TrainData,
  options: TrainOptions,
): AsyncGenerator<EpochReport, TrainResult, undefined> {
  const { rng, signal, onProgress, threads = 1, checkpoint, optimiserSlots } = options;
  const recipe = fullRecipe(options);
  const run = await TrainingRun.open(model, data, {
    recipe,
    rng,
    threads,
    checkpoint,
    optimiserSlots,
  });
  const report = async (accuracy: number | undefined) =>
    await onProgress?.({
      label: "training",
      done: run.epoch,
      total: recipe.epochs,
      unit: "epochs",
      ...(accuracy === undefined ? {} : { note: `validation ${(100 * accuracy).toFixed(1)} %` }),
      ...(run.restored === 0 ? {} : { restored: run.restored }),
      ...(run.isOver && run.epoch < recipe.epochs ? { ended: true } : {}),
    });
  try {
    await report(run.lastAccuracy);
    while (!run.isOver && !signal?.aborted) {
      const epoch = await run.trainEpoch(signal);
      if (epoch === undefined) break;
      await report(epoch.validationAccuracy);
      yield epoch;
    }
    return run.result();
  } finally {
    run.close();
  }
}

/**
 * Trains a model in place: {@linkcode trainEpochs} to its end.
 *
 * @param model The model, which has the trained weights then.
 * @param data What to train on, and what to look at after each epoch.
 * @param options The recipe, and how to go about it.
 * @throws {RangeError} When the images or `optimiserSlots` do not fit the model, an option is out of range, or the
 * checkpoint is of another training.
 * @throws {TypeError} When `optimiser` is given and so is what it stands for.
 * @throws {SyntaxError} When the file that is to be gone on from is no checkpoint.
 * @throws {Error} When the loss is no longer finite.
 *
 * @example
 * ```ts
 * import { buildModel, createRng, digits, nasBench201, trainModel } from "naskit";
 * import { assertGreater } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const model = buildModel(graph, { rng: createRng("weights") });
 * const data = await digits();
 * const { accuracy } = await trainModel(model, data, { epochs: 2, rng: createRng("order") });
 * assertGreater(accuracy, 0.5);
 * model.dispose();
 * ```
 */
export async function trainModel(
  model: Model,
  data: TrainData,
  options: TrainOptions,
): Promise<TrainResult> {
  const epochs = trainEpochs(model, data, options);
  for (;;) {
    const { done, value } = await epochs.next();
    if (done) return value;
  }
}
