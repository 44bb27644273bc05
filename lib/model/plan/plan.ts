import type { LabelMix } from "../../data/mod.ts";
import type { Graph, Shape } from "../../graph/mod.ts";
import type { BuildOptions, Gates, Model } from "../model.ts";
import type { ProfileOptions, ProfileRow } from "./profile.ts";
import type { PlanStatistics } from "./schedule.ts";

/**
 * Labelled images to run a plan on; a `Batch` is one.
 *
 * A network that classifies images returns `[classes]` logits. One whose output is an image
 * `[height, width, classes]` classifies its pixels: it takes a label for each, and losses and counts
 * are over the pixels of all images.
 */
export interface PlanBatch {
  /** Pixels, `[count, height, width, channels]`, with `count` from 1 to the plan's batch. */
  readonly images: Float32Array;
  /** The class of each image; or of each pixel of the output, `[count, height, width]`. */
  readonly labels: Int32Array;
  /** `[count, height, width, channels]`; checked when it is there. */
  readonly shape?: readonly number[];
  /** Other classes that are part of the targets of a loss; none when absent. */
  readonly mix?: LabelMix;
}

/** Which statistics batch norms use. */
export interface PlanStatisticsOptions {
  /**
   * Where batch norm takes its mean and variance from: the batch, the averages kept while training
   * (`"running"`), or each image by itself (`"sample"`), as if it were a batch of one.
   */
  readonly statistics?: PlanStatistics;
}

/** How to run a plan forward; statistics are `"running"` when absent. */
export interface PlanForwardOptions extends PlanStatisticsOptions {
  /** Whether the running averages take in the batch's statistics; `false` when absent. */
  readonly updateStatistics?: boolean;
}

/** How the loss of a batch is taken. */
export interface LossOptions {
  /** Share of each target spread evenly over all classes, in [0, 1]; 0 when absent. */
  readonly smoothing?: number;
}

/** How to take a training step. */
export interface TrainStepOptions extends LossOptions {
  /** The step's length. */
  readonly learningRate: number;
  /** Whether the gradients of gates are wanted as well, before the step; `false` when absent. */
  readonly gates?: boolean;
  /**
   * The length that the gradients of all arrays may have together; where they are longer they are shortened
   * to it, all by one factor (Pascanu et al. 2013). Any length when absent.
   */
  readonly clipNorm?: number;
}

/** What an optimiser remembers between steps. */
export interface OptimiserState {
  /** Steps taken since it was at rest. */
  readonly steps: number;
  /** Momenta or means of gradients, in an order of the plan's own. */
  readonly values: Float32Array;
}

/**
 * What an optimiser remembers between steps, array by array, so that it can be taken to another network: see
 * {@linkcode inheritOptimiser}.
 */
export interface OptimiserSlots {
  /** Steps taken since it was at rest. */
  readonly steps: number;
  /**
   * For each trained array by name, of as many numbers: the momenta of SGD; the means of gradients and then the
   * means of their squares of Adam; nothing of SGD without momentum.
   */
  readonly slots: readonly ReadonlyMap<string, Float32Array>[];
}

/** How a batch went. */
export interface BatchOutcome {
  /** Mean cross entropy, in nats. */
  readonly loss: number;
  /** How many images, or pixels of the output, have their highest logit at their class. */
  readonly correct: number;
}

/** How a training step went. */
export interface StepOutcome extends BatchOutcome, PlanGateGradients {
  /** The length of the gradients together before clipping; there where `clipNorm` was given. */
  readonly gradientNorm?: number;
}

/** How a batch went, image by image or pixel by pixel. */
export interface BatchEvaluation extends BatchOutcome {
  /** The class with the highest logit for each image, or each pixel of the output. */
  readonly predictions: Int32Array;
  /** The probability given to that class. */
  readonly confidence: Float32Array;
}

/** How to compute gradients of a loss; statistics are `"batch"` when absent. */
export interface BackwardOptions extends LossOptions, PlanStatisticsOptions {
  /**
   * Whether gradients of weights (and images) are wanted; `true` when absent. Without them a run for the gates
   * alone takes less time: `params` is empty then.
   */
  readonly weights?: boolean;
}

/** Gradients of gates, as copies. */
export interface PlanGateGradients {
  /**
   * By choice, of each of its gates, added up over its `mixed` nodes; 0 for inputs that were not computed and
   * for zeros. There if the graph has `mixed` nodes.
   */
  readonly gates?: ReadonlyMap<string, Float64Array>;
}

/** Which inputs of `mixed` nodes are computed though their gates are 0. */
export interface SetGatesOptions {
  /**
   * By choice, the places of such inputs: their gates have no part in the output, but get a gradient. The
   * gates of other choices are not touched. None when absent.
   */
  readonly open?: ReadonlyMap<string, readonly number[]>;
}

/** Gradients, as copies. */
export interface PlanGradients extends PlanGateGradients {
  /** By parameter, in the order of the model; zeros where the output does not depend on it. */
  readonly params: ReadonlyMap<string, Float32Array>;
  /** Of the images, `[count, height, width, channels]`, if the plan was compiled to compute it. */
  readonly images?: Float32Array;
}

/** How to pull a slope back through a plan; statistics are `"batch"` when absent. */
export interface PullBackOptions extends PlanStatisticsOptions {
  /** Whether gradients of weights (and images) are wanted, as in {@linkcode BackwardOptions}. */
  readonly weights?: boolean;
  /** The slope of something by the output, in the output's shape; or what makes it of the output. */
  readonly slope: Float32Array | ((output: Float32Array) => Float32Array);
}

/** Images, and the slope of something by a plan's output on them. */
export interface PlanSlopes extends Pick<PullBackOptions, "slope"> {
  /** Pixels, `[count, height, width, channels]`, with `count` from 1 to the plan's batch. */
  readonly images: Float32Array;
  /** `[count, height, width, channels]`; checked when it is there. */
  readonly shape?: readonly number[];
}

/** What is added up of each image's gradient. */
export type SampleMode = "sign" | "abs" | "square" | "sum";

/** A trained array of a plan. */
export interface PlanParam {
  /** Its shape. */
  readonly shape: readonly number[];
  /** Whether the output depends on it; training leaves others as they are. */
  readonly reached: boolean;
}

/**
 * A graph with weights, compiled for speed: its buffers are laid out once on the WebAssembly heap, and
 * to run it is to go through a list of kernel calls. Owns its memory: `dispose` frees it. Methods run to
 * their end before they return, and throw a `TypeError` after `dispose`.
 *
 * Nodes that the output does not depend on are not run: their weights and running statistics stay.
 *
 * So it is with `mixed` nodes' inputs whose gates are exactly 0, and all that leads to these alone: a run costs
 * what the graph would without them, and a training step leaves their weights, what the optimiser remembers of
 * them and their statistics as they are, without momentum or decay. (Adam's correction of its means counts all
 * steps of the plan.) Which inputs run is compiled when it changes, which takes a fraction of a step;
 * memory for values is taken for what runs, in the first run that needs as much.
 */
export interface Plan {
  /** The network. */
  readonly graph: Graph;
  /** The shape of every node's value, without the batch. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Images of the largest batch it can run; smaller ones run in the same memory. */
  readonly batch: number;
  /** How much of the heap it holds; it grows where gates open more of the graph than ever before. */
  readonly bytes: number;
  /** The trained arrays by name, in the order of the model. */
  readonly params: ReadonlyMap<string, PlanParam>;
  /**
   * Whether the output depends on the images. It does not where zeros cut all ways from the input to the
   * output, as in a NAS-Bench-201 cell of `none` alone: such a plan runs and trains what comes after.
   */
  readonly dependsOnInput: boolean;
  /** Copies of the gates of all choices, which at first are 1 by their number. */
  readonly gates: ReadonlyMap<string, Float64Array>;
  /**
   * Sets the gates of some choices of `mixed` nodes for all runs from now on.
   *
   * @throws {RangeError} When the graph has no such choice, or the gates are not as many as its inputs or not
   * finite; they are then as they were.
   */
  setGates(gates: Gates, options?: SetGatesOptions): void;

  /**
   * Copies a model's weights and statistics into the plan; the optimiser starts from rest.
   *
   * @throws {RangeError} When the model's arrays are not the plan's, or hold a number that is not finite;
   * the plan is then as it was.
   */
  load(model: Model): void;
  /**
   * Copies the plan's weights and statistics into a model.
   *
   * @throws {RangeError} When the model's arrays are not the plan's.
   */
  store(model: Model): void;
  /** Draws fresh weights, those that `buildModel` draws; the optimiser starts from rest. */
  initialise(options: BuildOptions): void;
  /** A copy of an array: a parameter's, or a running statistic's. */
  weights(name: string): Float32Array;
  /**
   * Writes an array: a parameter's, or a running statistic's.
   *
   * @throws {RangeError} When there is none of this name, or the values are not as many as it holds or not
   * all finite; the plan is then as it was.
   */
  setWeights(name: string, values: ArrayLike<number>): void;
  /** A copy of what the optimiser remembers. */
  optimiserState(): OptimiserState;
  /**
   * Puts back what an optimiser of the same kind remembered, in this plan or another of the same graph.
   *
   * @throws {RangeError} When there are more or fewer numbers than it remembers.
   */
  restoreOptimiser(state: OptimiserState): void;
  /** A copy of what the optimiser remembers, by array: zeros for those that the output does not depend on. */
  optimiserSlots(): OptimiserSlots;
  /**
   * Has the optimiser remember something else.
   *
   * @throws {RangeError} When there are more or fewer slots than it has, or one lacks an array or has it in
   * another length; the plan is then as it was.
   */
  setOptimiserSlots(slots: OptimiserSlots): void;
  /**
   * Checks that all weights and running statistics are finite.
   *
   * @throws {RangeError} Naming the first array that holds a number that is not.
   */
  requireFinite(): void;

  /**
   * Runs the network on images `[count, height, width, channels]`.
   *
   * @returns The output node's values, a copy: `[count, classes]` for a classifier.
   * @throws {RangeError} When the images do not fit the plan, or one is not finite; so do the other methods
   * that take images.
   */
  forward(images: Float32Array, options?: PlanForwardOptions): Float32Array;
  /**
   * Runs a classifier on labelled images.
   *
   * @param options Statistics, `"running"` when absent.
   */
  evaluate(batch: PlanBatch, options?: PlanStatisticsOptions): BatchEvaluation;
  /**
   * Takes a training step on the mean cross entropy of a batch, over its images or all their pixels, with the batch's statistics, which the
   * running ones take in. When the loss is not finite no weight is moved.
   */
  trainStep(batch: PlanBatch, options: TrainStepOptions): StepOutcome;
  /** Computes the gradients of the mean cross entropy of a batch; no weight moves. */
  backward(batch: PlanBatch, options?: BackwardOptions): BatchOutcome & PlanGradients;
  /** Computes the gradients of something that is a function of the output, given its slope. */
  pullBack(
    images: Float32Array,
    options: PullBackOptions,
  ): PlanGradients & { readonly output: Float32Array };
  /**
   * A copy of the value of a node named in `keep`, as the last run of any kind computed it.
   *
   * @returns `[count, ...shape]`, with the images of that run and the node's shape.
   * @throws {RangeError} When the node was not named in `keep`.
   * @throws {TypeError} When the plan has not run yet.
   */
  activation(node: string): Float32Array;
  /**
   * A copy of the gradient of the value of a node named in `keep`, if the last run computed gradients: of
   * the mean cross entropy, of what the slope given was of, or of the sum of the images' losses where
   * gradients were taken image by image.
   *
   * @returns `[count, ...shape]`, with the images of that run and the node's shape.
   * @throws {RangeError} When the node was not named in `keep`.
   * @throws {TypeError} When the plan does not train, or the last run computed no gradients.
   */
  activationGradient(node: string): Float32Array;
  /**
   * On how many numbers of some nodes together two images agree in the last run of any kind: that is, how
   * many are above zero for both, or for neither. With the nodes' binary codes as rows of C it is
   * `C Cᵀ + (1 - C)(1 - C)ᵀ`, from which activation patterns are compared (Mellor et al. 2021).
   *
   * @param nodes Nodes named in `codes`, one named twice counting twice; all of those when absent.
   * @returns `[count, count]`, symmetric, row by row, exact; on its diagonal the number of all numbers.
   * @throws {RangeError} When a node was not named in `codes`.
   * @throws {TypeError} When the plan has not run yet.
   */
  codeAgreement(nodes?: readonly string[]): Float64Array;
  /**
   * How many different patterns the numbers of some nodes together have in the last run of any kind. A
   * number's pattern is on which images it is above zero (Peng et al. 2024).
   *
   * @param nodes Nodes named in `codes`; all of those when absent.
   * @throws {RangeError} When a node was not named in `codes`.
   * @throws {TypeError} When the plan has not run yet.
   */
  distinctPatterns(nodes?: readonly string[]): number;
  /**
   * Adds up something of each image's own gradient: their signs (0 of a number that is none), absolute
   * values, squares, or the gradients themselves. Where pixels are classified, the loss of an image is the
   * mean of theirs.
   *
   * By statistics that do not depend on the rest of the batch, one run does for all images. By the batch's,
   * the gradient of an image's loss goes through all images: it takes a run of the whole batch for each.
   *
   * @param batch Images with labels, for the gradients of their cross entropy; or with a slope by the
   * output, whose row for an image is what is pulled back through it.
   * @param mode What is added up.
   * @param options Statistics, `"sample"` when absent.
   * @returns An array for each weight of a convolution or linear layer, in the order and shape of the
   * model's; zeros where the output does not depend on it.
   */
  sampleGradients(
    batch: PlanBatch | PlanSlopes,
    mode: SampleMode,
    options?: PlanStatisticsOptions,
  ): Map<string, Float32Array>;
  /**
   * The inner products of the gradients of all pairs of images, over all weights of convolutions and linear
   * layers together; biases and batch norms' gamma and beta are left out, as in `sampleGradients`. With a
   * slope of ones it is the neural tangent kernel of the summed logits (Jacot et al. 2018).
   *
   * By statistics that do not depend on the rest of the batch, one run does for all images, and holds the
   * gradients of one layer at a time. By the batch's, as TE-NAS (Chen et al. 2021) has it, an image's
   * output depends on all images: it takes a run of the whole batch for each. Either takes more runs where
   * the gradients to hold do not fit in 64 MiB.
   *
   * @param batch Images with labels, for the gradients of their cross entropy; or with a slope by the
   * output, whose row for an image is what is pulled back through it.
   * @param options Statistics, `"sample"` when absent.
   * @returns `[count, count]`, symmetric, row by row.
   */
  sampleGram(batch: PlanBatch | PlanSlopes, options?: PlanStatisticsOptions): Float32Array;
  /** Times every step: of a training step in a plan that trains, of running statistics otherwise. */
  profile(batch: PlanBatch, options?: ProfileOptions): ProfileRow[];
  /** Frees the memory. Calling it again does nothing. */
  dispose(): void;
}
