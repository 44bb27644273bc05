import { loadModel, type Model } from "../model/mod.ts";

/**
 * The network of a trial as {@linkcode trainInheriting} left it in its folder: the winner of a search, to
 * export or to train on. The caller owns the model.
 *
 * @param folder The evaluator's `folder`.
 * @param seed The trial's seed.
 * @throws {Error} When it is not there.
 * @throws {SyntaxError} When its files are not whole.
 *
 * @example The winner
 * ```ts
 * import {
 *   agingEvolution,
 *   digits,
 *   evaluateModel,
 *   loadTrialModel,
 *   maximize,
 *   nasBench201,
 *   search,
 *   trainInheriting,
 * } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * const data = await digits({ train: 200 });
 * const study = await search({
 *   space: nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 }),
 *   strategy: agingEvolution({ population: 2, tournament: 2 }),
 *   evaluate: trainInheriting(data, { epochs: 1, folder }),
 *   objective: maximize("accuracy"),
 *   budget: { trials: 4 },
 *   seed: "nas",
 * });
 * const { seed, metrics } = study.best();
 * const winner = await loadTrialModel(folder, seed);
 * assertEquals((await evaluateModel(winner, data.validation)).accuracy, metrics.accuracy);
 * winner.dispose();
 * ```
 */
export async function loadTrialModel(folder: string, seed: string): Promise<Model> {
  try {
    return await loadModel(trialPath(folder, seed));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot load a trial: the weights of ${seed} are not in ${folder}`, {
      cause: error,
    });
  }
}

/** Where a folder has what is kept of a trial, without an ending. */
export function trialPath(folder: string, seed: string): string {
  return `${folder}/${seed.split("/").map(fileName).join("/")}`;
}

/** A name that no file system minds; dots are spelled out, as `..` is a place. */
function fileName(text: string): string {
  return encodeURIComponent(text).replace(/[.*']/g, (c) => `%${c.charCodeAt(0).toString(16)}`) ||
    "%";
}
