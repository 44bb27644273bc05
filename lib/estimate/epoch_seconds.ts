import { cpuSeconds } from "../engine/cpu_seconds.ts";
import { createRng } from "../engine/rng.ts";
import type { Graph } from "../graph/mod.ts";
import { buildModel } from "../model/mod.ts";
import { quantile } from "../stats/quantile.ts";
import { type TrainData, trainEpochs } from "./train.ts";
import type { TrainRecipe } from "./train_recipe.ts";

/** How to measure. */
export interface EpochSecondsOptions extends Omit<TrainRecipe, "schedule" | "earlyStop"> {
  /** Epochs that are timed, after one that is not; 3 when absent. */
  readonly epochs?: number;
  /** Stops the measurement, which then throws `signal.reason`. */
  readonly signal?: AbortSignal;
}

/**
 * Seconds of computing by this thread ({@linkcode cpuSeconds}) that an epoch of training a network takes, its
 * validation included: the median of some, after one in which the code gets up to speed. It tells how many
 * epochs of different networks fill the same time.
 *
 * @param graph The network; a throwaway model of it is trained.
 * @param data The images, as many as an epoch has.
 * @param options The recipe, and how many epochs to time.
 * @throws {RangeError} When the images do not fit the network, or an option is out of range.
 *
 * @example How many epochs of another network fill the time of ten?
 * ```ts
 * import { digits, epochSeconds, nasBench201 } from "naskit";
 * import { assertLess } from "@std/assert";
 *
 * const data = await digits();
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const large = await epochSeconds(space.lower(space.fromChoices([3, 3, 3, 3, 3, 3])), data);
 * const small = await epochSeconds(space.lower(space.fromChoices([1, 0, 0, 0, 1, 0])), data);
 * const epochs = Math.round(10 * large / small);
 * assertLess(10, epochs);
 * ```
 */
export async function epochSeconds(
  graph: Graph,
  data: TrainData,
  options: EpochSecondsOptions = {},
): Promise<number> {
  const { epochs = 3, signal, ...recipe } = options;
  const rng = createRng("epoch seconds");
  const model = buildModel(graph, { rng: rng.split("weights") });
  const seconds: number[] = [];
  try {
    const training = { ...recipe, epochs: epochs + 1, rng: rng.split("order") };
    let start = cpuSeconds();
    for await (const { epoch } of trainEpochs(model, data, training)) {
      signal?.throwIfAborted();
      if (epoch > 0) seconds.push(cpuSeconds() - start);
      start = cpuSeconds();
    }
  } finally {
    model.dispose();
  }
  return quantile(seconds, 0.5);
}
