import { type Augment, augment, type AugmentOptions, cutOut, mixUp } from "../data/mod.ts";
import type { PlanOptimiser } from "../model/mod.ts";
import type { EarlyStopOptions } from "./early_stop.ts";
import { checkSchedule, type RateSchedule } from "./rate_schedule.ts";
import type { WeightAverageOptions } from "./weight_average.ts";

/**
 * How to train, as plain data: SGD with momentum and a learning rate that falls to zero along a cosine, unless
 * told otherwise.
 */
export interface TrainRecipe {
  /** Passes over the training images; 10 when absent. */
  readonly epochs?: number;
  /** Images in a step; 64 when absent. */
  readonly batchSize?: number;
  /** The learning rate that `schedule` starts from; 0.1 when absent, 0.001 with Adam. */
  readonly learningRate?: number;
  /** How the learning rate goes from step to step; a cosine to zero when absent. */
  readonly schedule?: RateSchedule;
  /** Momentum; 0.9 when absent. */
  readonly momentum?: number;
  /** Whether the momentum looks ahead (Nesterov 1983); where there is momentum, when absent. */
  readonly nesterov?: boolean;
  /** L2 weight decay on all trained arrays; 5e-4 when absent. */
  readonly weightDecay?: number;
  /** Another optimiser, instead of SGD by `momentum`, `nesterov` and `weightDecay`. */
  readonly optimiser?: PlanOptimiser;
  /** The length that all gradients may have together, to which longer ones are shortened; any when absent. */
  readonly clipNorm?: number;
  /** Share of each target spread evenly over all classes (Szegedy et al. 2016); 0 when absent. */
  readonly smoothing?: number;
  /** Random flips and shifts of the training images; none when absent. */
  readonly augment?: AugmentOptions;
  /** Side in pixels of a square cut out of each training image, by {@linkcode cutOut}; none when absent. */
  readonly cutOut?: number;
  /** The `alpha` by which training images are mixed, by {@linkcode mixUp}; they are not when absent. */
  readonly mixUp?: number;
  /** Averages the weights over the steps: those are validated and kept. None when absent. */
  readonly average?: WeightAverageOptions;
  /** Ends the training when validation gets no better, and keeps the best weights; never when absent. */
  readonly earlyStop?: EarlyStopOptions;
}

/** A recipe with every default filled in. */
export interface FullRecipe {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly schedule: RateSchedule;
  readonly optimiser: PlanOptimiser;
  readonly clipNorm: number | undefined;
  readonly smoothing: number;
  readonly augment: AugmentOptions | undefined;
  readonly cutOut: number | undefined;
  readonly mixUp: number | undefined;
  readonly average: Required<WeightAverageOptions> | undefined;
  readonly earlyStop: Required<EarlyStopOptions> | undefined;
}

/**
 * The recipe with every default filled in.
 *
 * @throws {RangeError} When a value is out of range.
 * @throws {TypeError} When `optimiser` is given and so is what it stands for.
 */
export function fullRecipe(recipe: TrainRecipe): FullRecipe {
  const optimiser = optimiserOf(recipe);
  const full: FullRecipe = {
    epochs: recipe.epochs ?? 10,
    batchSize: recipe.batchSize ?? 64,
    learningRate: recipe.learningRate ?? (optimiser.kind === "adam" ? 1e-3 : 0.1),
    schedule: recipe.schedule ?? { kind: "cosine" },
    optimiser,
    clipNorm: recipe.clipNorm,
    smoothing: recipe.smoothing ?? 0,
    augment: recipe.augment,
    cutOut: recipe.cutOut,
    mixUp: recipe.mixUp,
    average: recipe.average && { warmUp: true, ...recipe.average },
    earlyStop: recipe.earlyStop && { by: "accuracy", least: 0, ...recipe.earlyStop },
  };
  check("epochs", full.epochs, isWhole(full.epochs), "a positive whole number");
  check("batchSize", full.batchSize, isWhole(full.batchSize), "a positive whole number");
  check("learningRate", full.learningRate, isAbove0(full.learningRate), "above 0");
  checkSchedule(full.schedule);
  const { clipNorm = 1, smoothing, cutOut = 1, mixUp = 1, average, earlyStop } = full;
  check("clipNorm", clipNorm, isAbove0(clipNorm), "above 0");
  check("smoothing", smoothing, smoothing >= 0 && smoothing < 1, "in [0, 1)");
  check("cutOut", cutOut, isWhole(cutOut), "a positive whole number");
  check("mixUp", mixUp, isAbove0(mixUp), "above 0");
  if (average) {
    const { decay } = average;
    check("average.decay", decay, decay >= 0 && decay < 1, "in [0, 1)");
  }
  if (earlyStop) {
    const { patience, by, least } = earlyStop;
    check("earlyStop.patience", patience, isWhole(patience), "a positive whole number");
    check("earlyStop.least", least, least >= 0 && least < Infinity, "0 or more");
    check("earlyStop.by", by, by === "accuracy" || by === "loss", 'one of "accuracy", "loss"');
  }
  return full;
}

/** All that happens to a batch before it is trained on. */
export function transformOf(recipe: FullRecipe): Augment | undefined {
  const parts = [
    recipe.augment && augment(recipe.augment),
    recipe.cutOut === undefined ? undefined : cutOut({ size: recipe.cutOut }),
    recipe.mixUp === undefined ? undefined : mixUp({ alpha: recipe.mixUp }),
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  return (batch, rng) => parts.reduce((changed, part) => part(changed, rng), batch);
}

function optimiserOf(recipe: TrainRecipe): PlanOptimiser {
  if (recipe.optimiser) {
    for (const name of ["momentum", "nesterov", "weightDecay"] as const) {
      if (recipe[name] === undefined) continue;
      throw new TypeError(
        `Cannot train: give either optimiser or ${name}; one belongs in the other`,
      );
    }
    return recipe.optimiser;
  }
  const { momentum = 0.9, nesterov = momentum !== 0, weightDecay = 5e-4 } = recipe;
  check("momentum", momentum, momentum >= 0 && momentum < 1, "in [0, 1)");
  check("weightDecay", weightDecay, weightDecay >= 0 && weightDecay < Infinity, "0 or more");
  return { kind: "sgd", momentum, nesterov, weightDecay };
}

function check(name: string, value: unknown, holds: boolean, expected: string): void {
  if (!holds) throw new RangeError(`Cannot train: ${name} must be ${expected}, got ${value}`);
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function isAbove0(value: number): boolean {
  return value > 0 && value < Infinity;
}
