import type { Graph } from "../graph/mod.ts";
import { loadModel, saveModel, type Weights, weightsOf } from "../model/mod.ts";
import type { Model } from "../model/mod.ts";

/** A network's graph and weights, as plain data. */
export interface StoredNetwork {
  /** The graph. */
  readonly graph: Graph;
  /** Its weights. */
  readonly weights: Weights;
}

/** Where networks are kept, by the seed of the trial that trained them. */
export interface WeightStore {
  /** Keeps a copy of a model. */
  put(seed: string, model: Model): Promise<void>;
  /** The network of a trial. Throws an `Error` when it is not there. */
  get(seed: string): Promise<StoredNetwork>;
}

/** Keeps networks in files of a folder, or in memory where there is none. */
export function weightStore(folder: string | undefined): WeightStore {
  return folder === undefined ? memoryStore() : folderStore(folder);
}

function memoryStore(): WeightStore {
  const networks = new Map<string, StoredNetwork>();
  return {
    put: (seed, model) => {
      networks.set(seed, { graph: model.graph, weights: weightsOf(model) });
      return Promise.resolve();
    },
    get: (seed) => {
      const network = networks.get(seed);
      if (network !== undefined) return Promise.resolve(network);
      return Promise.reject(
        new Error(
          `Cannot inherit: the weights of ${seed} are not in memory; a search that is resumed, or runs ` +
            "in workers, keeps them with the option folder",
        ),
      );
    },
  };
}

function folderStore(folder: string): WeightStore {
  const pathOf = (seed: string) => `${folder}/${seed.split("/").map(fileName).join("/")}`;
  return {
    put: (seed, model) => saveModel(model, pathOf(seed)),
    async get(seed) {
      let model: Model;
      try {
        model = await loadModel(pathOf(seed));
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        throw new Error(`Cannot inherit: the weights of ${seed} are not in ${folder}`, {
          cause: error,
        });
      }
      try {
        return { graph: model.graph, weights: weightsOf(model) };
      } finally {
        model.dispose();
      }
    },
  };
}

/** A name that no file system minds; dots are spelled out, as `..` is a place. */
function fileName(text: string): string {
  return encodeURIComponent(text).replace(/[.*']/g, (c) => `%${c.charCodeAt(0).toString(16)}`) ||
    "%";
}
