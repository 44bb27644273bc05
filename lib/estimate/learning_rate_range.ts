import { batches, type Dataset } from "../data/mod.ts";
import { nextTask, type ProgressListener } from "../engine/progress.ts";
import type { Rng } from "../engine/rng.ts";
import { compile, type Model } from "../model/mod.ts";
import { loaded, requireClasses } from "./evaluate_model.ts";
import { fullRecipe, type TrainRecipe, transformOf } from "./train_recipe.ts";

/** How to test learning rates: what the training to come does, but its length and its learning rates. */
export interface LearningRateRangeOptions extends
  Omit<
    TrainRecipe,
    "epochs" | "learningRate" | "schedule" | "average" | "earlyStop"
  > {
  /** Determines the order of the images and their augmentation. */
  readonly rng: Rng;
  /** The first learning rate; 1e-5 when absent. */
  readonly from?: number;
  /** The last one; 10 when absent. */
  readonly to?: number;
  /** How many steps there are at most; 100 when absent. */
  readonly steps?: number;
  /** Share of the mean loss that is kept at each step where losses are smoothed; 0.9 when absent. */
  readonly smoothness?: number;
  /** Stops the test; what was found until then is returned. */
  readonly signal?: AbortSignal;
  /** Told after every step. */
  readonly onProgress?: ProgressListener;
}

/** What came of a test of learning rates. All arrays have a number for each step. */
export interface LearningRateRange {
  /** The learning rates, each the same factor above the last. */
  readonly learningRates: readonly number[];
  /** The loss of each step's batch before the step, in nats. */
  readonly losses: readonly number[];
  /** The losses as a moving mean, free of what it began with. */
  readonly smoothed: readonly number[];
  /** The learning rate at which the smoothed loss fell fastest, by the rate's logarithm; `NaN` if it never fell. */
  readonly steepest: number;
  /** The learning rate at which it was lowest. A training should stay well below. */
  readonly lowest: number;
  /** Whether it ended early because the loss had grown beyond bounds. */
  readonly diverged: boolean;
}

/** How many times the lowest smoothed loss is beyond bounds. */
const BOUND = 4;

/**
 * The learning rate range test (Smith 2017): trains for some steps with learning rates that grow from very
 * small to too large. Where the loss falls fastest is a good rate to begin with. The model stays as it is.
 *
 * @param model The network, with the weights to start from.
 * @param dataset The training images.
 * @param options The recipe, and which rates.
 * @returns The rates and losses, and which rates stand out.
 * @throws {RangeError} When the images do not fit the model, or an option is out of range.
 *
 * @example
 * ```ts
 * import { buildModel, createRng, digits, learningRateRange, nasBench201 } from "naskit";
 * import { assertLess } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const model = buildModel(graph, { rng: createRng("weights") });
 * const { train } = await digits();
 * const { steepest, lowest } = await learningRateRange(model, train, { rng: createRng("order") });
 * assertLess(steepest, lowest);
 * model.dispose();
 * ```
 */
export async function learningRateRange(
  model: Model,
  dataset: Dataset,
  options: LearningRateRangeOptions,
): Promise<LearningRateRange> {
  const { rng, signal, onProgress, from = 1e-5, to = 10, steps = 100, smoothness = 0.9 } = options;
  const recipe = fullRecipe(options);
  check("from", from, from > 0 && from < Infinity, "above 0");
  check("to", to, to > from && to < Infinity, `above from, ${from}`);
  check("steps", steps, Number.isSafeInteger(steps) && steps > 1, "a whole number above 1");
  check("smoothness", smoothness, smoothness >= 0 && smoothness < 1, "in [0, 1)");
  requireClasses(model, dataset);
  const learningRates: number[] = [], losses: number[] = [], smoothed: number[] = [];
  const { batchSize, optimiser, smoothing, clipNorm } = recipe;
  const batch = Math.min(batchSize, dataset.labels.length || 1);
  const plan = loaded(compile(model.graph, { batch, training: true, optimiser }), model);
  const report = async (ended?: true) =>
    await onProgress?.({
      label: "learning rates",
      done: losses.length,
      total: steps,
      unit: "steps",
      ...(ended ? { ended } : {}),
    });
  let mean = 0, diverged = false;
  try {
    await report();
    for (const batch of endless(dataset, { batchSize, rng, transform: transformOf(recipe) })) {
      const step = losses.length;
      if (step === steps || diverged || signal?.aborted) break;
      const learningRate = from * (to / from) ** (step / (steps - 1));
      const { loss } = plan.trainStep(batch, {
        learningRate,
        smoothing,
        ...(clipNorm === undefined ? {} : { clipNorm }),
      });
      mean = smoothness * mean + (1 - smoothness) * loss;
      const smooth = mean / (1 - smoothness ** (step + 1));
      diverged = !(smooth < BOUND * Math.min(smooth, ...smoothed));
      if (!Number.isFinite(loss)) break;
      learningRates.push(learningRate);
      losses.push(loss);
      smoothed.push(smooth);
      await report(diverged && step + 1 < steps ? true : undefined);
      await nextTask();
    }
  } finally {
    plan.dispose();
  }
  const falls = smoothed.map((loss, i) => (smoothed[i - 1] ?? NaN) - loss);
  const fastest = indexOfMost(falls);
  return {
    learningRates,
    losses,
    smoothed,
    steepest: (falls[fastest] ?? 0) > 0 ? learningRates[fastest] as number : NaN,
    lowest: learningRates[indexOfMost(smoothed.map((loss) => -loss))] ?? NaN,
    diverged,
  };
}

/** Batches of one epoch after another. */
function* endless(
  dataset: Dataset,
  { batchSize, rng, transform }: {
    readonly batchSize: number;
    readonly rng: Rng;
    readonly transform: ReturnType<typeof transformOf>;
  },
) {
  for (let epoch = 0;; epoch++) {
    yield* batches(dataset, {
      batchSize,
      rng: rng.split(`epoch ${epoch}`),
      ...(transform ? { augment: transform } : {}),
    });
  }
}

/** The index of the largest number, of the first if there are several; -1 where there is none. */
function indexOfMost(values: readonly number[]): number {
  return values.reduce((best, value, i) => value > (values[best] ?? -Infinity) ? i : best, -1);
}

function check(name: string, value: number, holds: boolean, expected: string): void {
  if (holds) return;
  throw new RangeError(`Cannot test learning rates: ${name} must be ${expected}, got ${value}`);
}
