import type { Dataset } from "../data/mod.ts";
import type { GradientMethod } from "./gradient_method.ts";
import type { GradientOptions } from "./gradient_options.ts";
import { GradientRun } from "./gradient_run.ts";
import type { Supernet } from "./supernet.ts";

/** The images to search with. */
export interface SearchData {
  /** Shared out between weights and logits. */
  readonly train: Dataset;
  /** Looked at after each epoch, and learned from by neither. */
  readonly validation: Dataset;
}

/** How an epoch went. */
export interface GradientEpoch<A> {
  /** Which one it was, from 0. */
  readonly epoch: number;
  /** How many there are. */
  readonly epochs: number;
  /** Mean cross entropy over the weights' steps, with the gates that they had, in nats. */
  readonly trainLoss: number;
  /** Top-1 share over these steps. */
  readonly trainAccuracy: number;
  /** Mean cross entropy over the logits' steps, in nats; absent where they did not move. */
  readonly logitLoss?: number;
  /**
   * Mean cross entropy of the supernet on the validation images, in nats, with the gates that the method validates
   * with. Norms take the batches' statistics, as running ones are of changing gates.
   */
  readonly validationLoss: number;
  /** Top-1 share on these images. */
  readonly validationAccuracy: number;
  /** The weights' learning rate in the epoch's first step. */
  readonly learningRate: number;
  /** The logits at the epoch's end, by choice. */
  readonly logits: ReadonlyMap<string, readonly number[]>;
  /** The gates that they come to; 0 for options that were dropped. */
  readonly probabilities: ReadonlyMap<string, readonly number[]>;
  /** Their uncertainty, in nats. */
  readonly entropy: ReadonlyMap<string, number>;
  /** The places of the options that were not dropped. */
  readonly candidates: ReadonlyMap<string, readonly number[]>;
  /** The architecture that they stand for, by the space's rule and the limit on skip connections. */
  readonly arch: A;
  /** How many skip connections that would have without a limit. */
  readonly skips: number;
  /** What it is expected to cost; there if the search has costs. */
  readonly expectedCost?: number;
  /** Seconds since the search began, without the time that it was stopped for. */
  readonly seconds: number;
}

/** What came of a search. */
export interface GradientResult<A> {
  /** The architecture that the logits stand for: to be trained from scratch like any other candidate. */
  readonly arch: A;
  /** How the epochs went. */
  readonly epochs: readonly GradientEpoch<A>[];
  /** The logits as they are at the end. */
  readonly logits: ReadonlyMap<string, readonly number[]>;
  /** The gates that they come to. */
  readonly probabilities: ReadonlyMap<string, readonly number[]>;
  /** All arrays of the supernet as they are at the end, for `setWeights` of a plan. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** Steps of the weights. */
  readonly steps: number;
  /** How long it took, in seconds, without the time that it was stopped for. */
  readonly seconds: number;
  /** Whether all epochs ran, there were too many skip connections, or the signal stopped it. */
  readonly stopped: "done" | "skips" | "aborted";
}

/**
 * Searches a supernet by gradients: its weights learn from one half of the training images, and the logits of its
 * choices from the other. Yields how each epoch went; what it returns at the end is what
 * {@linkcode gradientSearch} returns. Whoever stops asking for more ends the search there.
 *
 * @param supernet Of a space.
 * @param method How weights and logits move, e.g. {@linkcode darts} or {@linkcode gdas}.
 * @param data The images.
 * @param options The rest.
 * @throws {RangeError} When the images do not fit the supernet, an option is out of range, or the checkpoint is of
 * another search.
 * @throws {SyntaxError} When the file that is to be gone on from is no checkpoint.
 * @throws {Error} When the loss is no longer finite.
 *
 * @example
 * ```ts
 * import { darts, digits, gradientEpochs, nasBench201, supernetOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const archs: string[] = [];
 * for await (
 *   const { arch } of gradientEpochs(supernetOf(space), darts(), await digits(), {
 *     epochs: 2,
 *     seed: "nas",
 *   })
 * ) {
 *   archs.push(space.encode(arch));
 * }
 * assertEquals(archs.length, 2);
 * ```
 */
export async function* gradientEpochs<A>(
  supernet: Supernet<A>,
  method: GradientMethod,
  data: SearchData,
  options: GradientOptions,
): AsyncGenerator<GradientEpoch<A>, GradientResult<A>, undefined> {
  const { signal, onProgress } = options;
  const run = await GradientRun.open(supernet, { method, data, options });
  const report = async () => {
    const { last, epoch: done, epochs: total } = run;
    await onProgress?.({
      label: method.name,
      done,
      total,
      unit: "epochs",
      ...(last ? { note: `supernet ${(100 * last.validationAccuracy).toFixed(1)} %` } : {}),
      ...(run.isOver && done < total ? { ended: true } : {}),
    });
  };
  try {
    await report();
    while (!run.isOver && !signal?.aborted) {
      const epoch = await run.runEpoch();
      if (epoch === undefined) break;
      await report();
      yield epoch;
    }
    return run.result();
  } finally {
    run.close();
  }
}

/**
 * Searches a supernet by gradients: {@linkcode gradientEpochs} to its end.
 *
 * @param supernet Of a space.
 * @param method How weights and logits move, e.g. {@linkcode darts} or {@linkcode gdas}.
 * @param data The images.
 * @param options The rest.
 * @throws {RangeError} When the images do not fit the supernet, an option is out of range, or the checkpoint is of
 * another search.
 * @throws {SyntaxError} When the file that is to be gone on from is no checkpoint.
 * @throws {Error} When the loss is no longer finite.
 *
 * @example What is found is trained from scratch, and tested once
 * ```ts
 * import { darts, digits, gradientSearch, nasBench201, supernetOf, trainGraph } from "naskit";
 * import { assertGreater } from "@std/assert";
 *
 * const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const data = await digits();
 * const { arch } = await gradientSearch(supernetOf(space), darts(), data, { epochs: 2, seed: "nas" });
 * const trained = await trainGraph(space.lower(arch), data, { epochs: 2, seed: "scratch" });
 * assertGreater(trained.accuracy, 0);
 * trained.model.dispose();
 * ```
 */
export async function gradientSearch<A>(
  supernet: Supernet<A>,
  method: GradientMethod,
  data: SearchData,
  options: GradientOptions,
): Promise<GradientResult<A>> {
  const epochs = gradientEpochs(supernet, method, data, options);
  for (;;) {
    const { done, value } = await epochs.next();
    if (done) return value;
  }
}
