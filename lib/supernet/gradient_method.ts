import type { Batch } from "../data/mod.ts";
import type { Json, Rng } from "../engine/mod.ts";
import type { BatchOutcome, Gates, Plan } from "../model/mod.ts";
import type { Decision } from "../space/mod.ts";
import type { Gating } from "./gating.ts";
import type { LogitAdamSettings } from "./logit_adam.ts";
import type { Logits } from "./logits.ts";

/** How logits begin and are moved. */
export interface LogitSettings extends LogitAdamSettings {
  /** The standard deviation of the logits at the start. */
  readonly deviation: number;
}

/**
 * A way to search a supernet by gradients: how a step moves logits and weights. It keeps nothing between steps,
 * so that a search can be stopped and gone on with.
 */
export interface GradientMethod {
  /** What it is called. */
  readonly name: string;
  /** All that it was made with, for a checkpoint to know. */
  readonly settings: Json;
  /** What its logits say of options. */
  readonly gating: Gating;
  /** How its logits begin and are moved, as published. */
  readonly logits: LogitSettings;
  /** How many steps the published search takes; a shorter one moves logits by so much more in each. */
  readonly publishedSteps?: number;
  /**
   * Whether logits are learned; `true` when absent. Where only weights are, all training images are for these.
   */
  readonly learns?: boolean;
  /** The gates with which the supernet is validated. */
  evaluated(probabilities: Gates): Gates;
  /** The slope by the logits of what is added to the loss by which these are moved; nothing when absent. */
  penalty?(logits: Logits): ReadonlyMap<string, ArrayLike<number>>;
  /** Moves logits and weights by a batch each, and says how the weights' batch went. */
  step(step: GradientStep): BatchOutcome;
}

/** What a step has to work with. */
export interface GradientStep {
  /** The supernet, which trains by SGD. */
  readonly plan: Plan;
  /** Its choices. */
  readonly choices: readonly Decision[];
  /** Their logits. */
  readonly logits: Logits;
  /** A batch of the weights' images. */
  readonly train: Batch;
  /** The next batch of the logits' images. */
  readonly nextBatch: () => Batch;
  /** The weights' learning rate. */
  readonly learningRate: number;
  /** Which step it is, from 0. */
  readonly number: number;
  /** How far the search is, from 0 in its first step to 1 in its last. */
  readonly progress: number;
  /** Whether logits are to stay, while weights warm up. */
  readonly isFrozen: boolean;
  /** Draws for this step alone. */
  readonly rng: Rng;
  /** Moves the logits by a step of Adam, with what cost and penalty add. */
  readonly moveLogits: (slopes: LogitSlopes) => void;
  /** Sets gates, where some are given, and takes a step of SGD on the batch of the weights' images. */
  readonly trainWeights: (gates?: Gates) => BatchOutcome;
}

/** What the logits' batch says. */
export interface LogitSlopes {
  /** Its mean cross entropy, in nats. */
  readonly loss: number;
  /** The slopes of that by the logits; 0 for choices left out. */
  readonly gradient: ReadonlyMap<string, ArrayLike<number>>;
}
