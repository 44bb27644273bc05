import { augment, type AugmentOptions, batches, type Dataset } from "../data/mod.ts";
import { nextTask, type ProgressListener } from "../engine/progress.ts";
import type { Rng } from "../engine/rng.ts";
import { compileThreaded, type Model } from "../model/mod.ts";
import { evaluatePlan, loaded, requireClasses } from "./evaluate_model.ts";

/** The recipe: SGD with momentum, and a learning rate that falls to zero along a cosine. */
export interface TrainRecipe {
  /** Passes over the training images; 10 when absent. */
  readonly epochs?: number;
  /** Images in a step; 64 when absent. */
  readonly batchSize?: number;
  /** The learning rate at the first step; 0.1 when absent. */
  readonly learningRate?: number;
  /** Momentum; 0.9 when absent. */
  readonly momentum?: number;
  /** Whether the momentum looks ahead (Nesterov 1983); where there is momentum, when absent. */
  readonly nesterov?: boolean;
  /** L2 weight decay on all trained arrays; 5e-4 when absent. */
  readonly weightDecay?: number;
  /** Random flips and shifts of the training images; none when absent. */
  readonly augment?: AugmentOptions;
}

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
  /** Stops the training; what was reached until then is returned. */
  readonly signal?: AbortSignal;
  /** Told after every epoch. */
  readonly onProgress?: ProgressListener;
}

/** One number an epoch. */
export interface TrainCurves {
  /** Mean cross entropy over the epoch's training steps, in nats. */
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
  /** Top-1 share on the validation images after the last finished epoch; `NaN` before the first. */
  readonly accuracy: number;
  /** The curves, one number a finished epoch. */
  readonly curves: TrainCurves;
  /** Steps taken. */
  readonly steps: number;
  /** How long it took, in seconds. */
  readonly seconds: number;
  /** Whether all epochs ran, or the signal stopped it. */
  readonly stopped: "done" | "aborted";
}

/**
 * Trains a model in place. The weights are those of the last step, also when the training is stopped or
 * fails: no epoch is picked by its validation accuracy. Parts of the network that the output does not
 * depend on stay as they are.
 *
 * It trains a compiled plan of the network; the model's own arrays follow at the end of every epoch.
 *
 * @throws {RangeError} When the images do not fit the model, or an option is out of range.
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
  { train, validation }: TrainData,
  options: TrainOptions,
): Promise<TrainResult> {
  const { rng, signal, onProgress, threads = 1 } = options;
  const recipe = fullRecipe(options);
  requireClasses(model, train);
  requireClasses(model, validation);
  const { epochs, batchSize } = recipe;
  const transform = recipe.augment && augment(recipe.augment);
  const stepsPerEpoch = Math.ceil(train.labels.length / batchSize);
  const curves = {
    trainLoss: [] as number[],
    trainAccuracy: [] as number[],
    validationLoss: [] as number[],
    validationAccuracy: [] as number[],
    learningRate: [] as number[],
  };
  const { momentum, nesterov, weightDecay } = recipe;
  const compiled = await compileThreaded(model.graph, {
    threads,
    batch: Math.min(batchSize, train.labels.length || 1),
    training: true,
    optimiser: { kind: "sgd", momentum, nesterov, weightDecay },
  });
  const plan = loaded(compiled, model);
  const start = performance.now();
  let steps = 0;
  let lastPause = start;
  const report = async () => {
    const accuracy = curves.validationAccuracy.at(-1);
    await onProgress?.({
      label: "training",
      done: curves.trainLoss.length,
      total: epochs,
      unit: "epochs",
      ...(accuracy === undefined ? {} : { note: `validation ${(100 * accuracy).toFixed(1)} %` }),
    });
  };
  try {
    await report();
    for (let epoch = 0; epoch < epochs && !signal?.aborted; epoch++) {
      const epochRng = rng.split(`epoch ${epoch}`);
      const firstRate = cosine(recipe.learningRate, steps, epochs * stepsPerEpoch);
      let loss = 0;
      let correct = 0;
      for (
        const batch of batches(train, {
          batchSize,
          rng: epochRng,
          ...(transform ? { augment: transform } : {}),
        })
      ) {
        if (signal?.aborted) break;
        const learningRate = cosine(recipe.learningRate, steps, epochs * stepsPerEpoch);
        const outcome = plan.trainStep(batch, { learningRate });
        if (!Number.isFinite(outcome.loss)) {
          throw new Error(
            `Training diverged in epoch ${epoch + 1}, step ${steps + 1}: the loss is ` +
              `${outcome.loss}; a learningRate below ${recipe.learningRate} may help`,
          );
        }
        loss += outcome.loss * batch.labels.length;
        correct += outcome.correct;
        steps++;
        if (performance.now() - lastPause > 20) {
          await nextTask();
          lastPause = performance.now();
        }
      }
      if (signal?.aborted) break;
      const checked = await evaluatePlan(plan, validation);
      curves.trainLoss.push(loss / train.labels.length);
      curves.trainAccuracy.push(correct / train.labels.length);
      curves.validationLoss.push(checked.loss);
      curves.validationAccuracy.push(checked.accuracy);
      curves.learningRate.push(firstRate);
      plan.store(model); // for whoever looks at it while told of the progress
      await report();
    }
  } finally {
    try {
      plan.store(model);
    } finally {
      plan.dispose();
    }
  }
  return {
    accuracy: curves.validationAccuracy.at(-1) ?? NaN,
    curves,
    steps,
    seconds: (performance.now() - start) / 1000,
    stopped: curves.trainLoss.length === epochs ? "done" : "aborted",
  };
}

function cosine(first: number, step: number, steps: number): number {
  return 0.5 * first * (1 + Math.cos((Math.PI * step) / steps));
}

/** The recipe with every default filled in. Throws a `RangeError` on values out of range. */
export function fullRecipe(recipe: TrainRecipe): Required<Omit<TrainRecipe, "augment">> & {
  readonly augment: AugmentOptions | undefined;
} {
  const full = {
    epochs: recipe.epochs ?? 10,
    batchSize: recipe.batchSize ?? 64,
    learningRate: recipe.learningRate ?? 0.1,
    momentum: recipe.momentum ?? 0.9,
    nesterov: recipe.nesterov ?? recipe.momentum !== 0,
    weightDecay: recipe.weightDecay ?? 5e-4,
    augment: recipe.augment,
  };
  const check = (name: keyof typeof full, holds: boolean, expected: string) => {
    if (!holds) {
      throw new RangeError(`Cannot train: ${name} must be ${expected}, got ${full[name]}`);
    }
  };
  const isWhole = (value: number) => Number.isSafeInteger(value) && value > 0;
  check("epochs", isWhole(full.epochs), "a positive whole number");
  check("batchSize", isWhole(full.batchSize), "a positive whole number");
  check("learningRate", full.learningRate > 0 && full.learningRate < Infinity, "above 0");
  check("momentum", full.momentum >= 0 && full.momentum < 1, "in [0, 1)");
  check("weightDecay", full.weightDecay >= 0 && full.weightDecay < Infinity, "0 or more");
  return full;
}
