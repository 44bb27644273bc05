import type { Graph } from "../graph/mod.ts";
import {
  type Model,
  type OptimiserSlots,
  saveModel,
  type Weights,
  weightsOf,
} from "../model/mod.ts";
import { loadTrialModel, trialPath } from "./load_trial_model.ts";
import { readSlots, writeSlots } from "./slots_file.ts";

/** A network's graph and weights, as plain data. */
export interface StoredNetwork {
  /** The graph. */
  readonly graph: Graph;
  /** Its weights. */
  readonly weights: Weights;
}

/** Where networks are kept, by the seed of the trial that trained them. */
export interface WeightStore {
  /** Keeps a copy of a model, and of what its optimiser remembers where that is wanted. */
  put(seed: string, model: Model, optimiser?: OptimiserSlots): Promise<void>;
  /** The network of a trial. Throws an `Error` when it is not there. */
  get(seed: string): Promise<StoredNetwork>;
  /** What the trial's optimiser remembers. Throws an `Error` when it is not there. */
  optimiser(seed: string): Promise<OptimiserSlots>;
}

/** Keeps networks in files of a folder, or in memory where there is none. */
export function weightStore(folder: string | undefined): WeightStore {
  return folder === undefined ? memoryStore() : folderStore(folder);
}

function memoryStore(): WeightStore {
  const networks = new Map<string, StoredNetwork>();
  const optimisers = new Map<string, OptimiserSlots>();
  return {
    put: (seed, model, optimiser) => {
      networks.set(seed, { graph: model.graph, weights: weightsOf(model) });
      if (optimiser !== undefined) optimisers.set(seed, optimiser);
      return Promise.resolve();
    },
    get: (seed) => found(networks.get(seed), `the weights of ${seed} are not in memory`),
    optimiser: (seed) => found(optimisers.get(seed), `the optimiser of ${seed} is not in memory`),
  };
}

function found<T>(kept: T | undefined, otherwise: string): Promise<T> {
  if (kept !== undefined) return Promise.resolve(kept);
  return Promise.reject(
    new Error(
      `Cannot inherit: ${otherwise}; a search that is resumed, or runs in workers, keeps them with ` +
        "the option folder",
    ),
  );
}

function folderStore(folder: string): WeightStore {
  const pathOf = (seed: string) => trialPath(folder, seed);
  return {
    async put(seed, model, optimiser) {
      if (optimiser !== undefined) await writeSlots(`${pathOf(seed)}.optimiser`, optimiser);
      await saveModel(model, pathOf(seed));
    },
    async optimiser(seed) {
      try {
        return await readSlots(`${pathOf(seed)}.optimiser`);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        throw new Error(`Cannot inherit: the optimiser of ${seed} is not in ${folder}`, {
          cause: error,
        });
      }
    },
    async get(seed) {
      const model = await loadTrialModel(folder, seed);
      try {
        return { graph: model.graph, weights: weightsOf(model) };
      } finally {
        model.dispose();
      }
    },
  };
}
