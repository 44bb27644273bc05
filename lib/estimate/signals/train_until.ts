import { createRng } from "../../engine/rng.ts";
import type { Graph } from "../../graph/mod.ts";
import { buildModel, type Init } from "../../model/mod.ts";
import { type TrainData, trainEpochs, type TrainOptions, type TrainResult } from "../train.ts";

/** How {@linkcode trainUntil} trains. */
export interface TrainUntilOptions {
  /** The whole training. */
  readonly recipe: Omit<TrainOptions, "rng" | "signal" | "onProgress">;
  /** How weights start. */
  readonly init: Init | undefined;
  /** Determines all that is random, as for `trainGraph`. */
  readonly seed: string;
  /** Stops the training, which then throws `signal.reason`. */
  readonly signal: AbortSignal;
  /** Epochs after which the training ends, though its recipe has more. */
  readonly stopAfter: number;
  /** Asked after each epoch, with the validation accuracies so far, whether to end; never when absent. */
  readonly isOver: ((accuracies: readonly number[]) => boolean) | undefined;
}

/** The beginning of a training: its curves are, number by number, those of the whole one. */
export async function trainUntil(
  graph: Graph,
  data: TrainData,
  { recipe, init, seed, signal, stopAfter, isOver }: TrainUntilOptions,
): Promise<TrainResult> {
  const rng = createRng(seed);
  const model = buildModel(graph, { rng: rng.split("weights"), ...(init ? { init } : {}) });
  const end = new AbortController();
  const accuracies: number[] = [];
  try {
    const epochs = trainEpochs(model, data, {
      ...recipe,
      rng: rng.split("training"),
      signal: AbortSignal.any([signal, end.signal]),
    });
    for (;;) {
      const { done, value } = await epochs.next();
      if (done) {
        signal.throwIfAborted();
        return value;
      }
      accuracies.push(value.validationAccuracy);
      if (accuracies.length >= stopAfter || isOver?.(accuracies)) end.abort();
    }
  } finally {
    model.dispose();
  }
}
