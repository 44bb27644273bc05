import type { Batch } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import type { BatchOutcome, Gates, Plan } from "naskit/model/mod.ts";
import type { GradientMethod, GradientStep, Logits, LogitSlopes } from "naskit/supernet/mod.ts";

/** What a method did in a step. */
export interface TakenStep {
  /** The gates of each step of the weights. */
  readonly trained: readonly Gates[];
  /** What the logits were to be moved by, if they were. */
  readonly slopes: LogitSlopes | undefined;
  /** What it returned. */
  readonly outcome: BatchOutcome;
}

/** How a method is asked for a step. */
export interface TakeStepOptions extends Partial<GradientStep> {
  readonly plan: Plan;
  readonly logits: Logits;
  /** Moves the logits, after their slopes were noted. */
  readonly move?: (slopes: LogitSlopes) => void;
}

const batch: Batch = {
  images: new Float32Array(1),
  labels: new Int32Array(1),
  shape: [1, 1, 1, 1],
};

/** Asks a method for a step of which the weights' part does nothing. */
export function takeStep(method: GradientMethod, options: TakeStepOptions): TakenStep {
  const { move, ...given } = options;
  const trained: Gates[] = [];
  let slopes: LogitSlopes | undefined;
  const outcome = method.step({
    choices: [],
    train: batch,
    nextBatch: () => batch,
    learningRate: 0.1,
    number: 0,
    progress: 0,
    isFrozen: false,
    rng: createRng("step"),
    moveLogits: (found) => {
      slopes = found;
      move?.(found);
    },
    trainWeights: (gates) => {
      trained.push(gates!);
      return { loss: trained.length, correct: trained.length };
    },
    ...given,
  });
  return { trained, slopes, outcome };
}
