import type { Dataset } from "../data/mod.ts";
import { createRng, type Rng } from "../engine/rng.ts";
import type { Graph } from "../graph/mod.ts";
import {
  buildModel,
  inherit,
  inheritOptimiser,
  type Init,
  type Model,
  modelWith,
  type OptimiserSlots,
  type PlanOptimiser,
  remapWeights,
  type WidenOptions,
} from "../model/mod.ts";
import { type Evaluate, portable } from "../space/mod.ts";
import { evaluateModel } from "./evaluate_model.ts";
import { heirModel } from "./heir_model.ts";
import { resizedFor } from "./resized_for.ts";
import { type TrainData, trainModel } from "./train.ts";
import { fullRecipe, type TrainRecipe } from "./train_recipe.ts";
import { type StoredNetwork, type WeightStore, weightStore } from "./weight_store.ts";

/** How the candidates of a search are trained when children inherit. */
export interface InheritingOptions extends TrainRecipe, Pick<WidenOptions, "fractions" | "noise"> {
  /**
   * What is different for children: they need fewer epochs, a third when absent; and those that begin with
   * their parent's outputs smaller steps, a tenth of the learning rate when absent, as Net2Net has it.
   */
  readonly children?: TrainRecipe;
  /**
   * Whether children that begin with their parent's outputs also go on with what its optimiser remembers, by
   * {@linkcode inheritOptimiser}; the optimiser starts from rest when `false` or absent, and for all others.
   */
  readonly carryOptimiser?: boolean;
  /** How fresh weights start; `"heNormal"` when absent. */
  readonly init?: Init;
  /**
   * Where the weights of all trials are kept: a folder, which a search needs that is resumed or runs in
   * workers, and which should be its own. In memory when absent.
   */
  readonly folder?: string;
  /**
   * Whether images are resized to what each network reads, in spaces where the resolution is a choice;
   * `false` when absent, where other images are an error.
   */
  readonly resize?: boolean;
}

/**
 * An evaluator whose candidates inherit the weights of their parents, as in EAS (Cai et al. 2018, "Efficient
 * Architecture Search by Network Transformation") and LEMONADE (Elsken et al. 2019): founders are trained
 * from fresh weights, and a child goes on from what its parent knows, with a shorter training. It takes a
 * strategy that names parents, such as {@linkcode agingEvolution}.
 *
 * A child that {@linkcode inherit} finds a way to starts with its parent's outputs; of several parents it
 * takes the first with a way. Any other child takes over what fits its first parent, by
 * {@linkcode remapWeights}: so does one that reads images of another size.
 *
 * Beside `accuracy`, the top-1 share on the validation images, and the curves, it gives `startAccuracy`, the
 * same before training; `inherited`, the share of the weights that come from the parent (0 for founders);
 * and `sameOutputs`, 1 where the child began with its parent's outputs, up to noise, and 0 elsewhere. Accuracies of
 * children stand for longer trainings than their own, and most of all where outputs stay the same: such
 * children have an edge over others.
 *
 * With a folder workers can run it, and {@linkcode loadTrialModel} gives the winner.
 *
 * @throws {RangeError} When an option is out of range, or the optimiser of `children` cannot remember what that
 * of others does, where it is to be carried on.
 *
 * @example Children begin where their parents ended
 * ```ts
 * import { agingEvolution, digits, maximize, nasBench201, search, trainInheriting } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 }),
 *   strategy: agingEvolution({ population: 2, tournament: 2 }),
 *   evaluate: trainInheriting(await digits({ train: 300 }), { epochs: 2 }),
 *   objective: maximize("accuracy"),
 *   budget: { trials: 4 },
 *   seed: "nas",
 * });
 * assert(study.trials.slice(2).every(({ metrics }) => metrics.inherited! > 0));
 * ```
 */
export function trainInheriting(
  data: TrainData,
  options: InheritingOptions = {},
): Evaluate<unknown> {
  const {
    children = {},
    carryOptimiser = false,
    folder,
    resize: resizes = false,
    init,
    fractions,
    noise,
    ...recipe
  } = options;
  const founders = fullRecipe(recipe);
  const others = { ...recipe, epochs: Math.ceil(founders.epochs / 3), ...children };
  const heirs = { ...others, learningRate: children.learningRate ?? founders.learningRate / 10 };
  const full = fullRecipe(heirs);
  if (carryOptimiser) checkCarried(founders.optimiser, full.optimiser);
  const fitted = resizes ? resizedFor : (dataset: Dataset) => dataset;
  const store = weightStore(folder);
  const drawing = {
    ...(init ? { init } : {}),
    ...(fractions ? { fractions } : {}),
    ...(noise === undefined ? {} : { noise }),
  };
  const evaluate: Evaluate<unknown> = async (_arch, context) => {
    const { graph, seed, signal, parents = [], epochs } = context;
    const rng = createRng(seed);
    const images = {
      train: fitted(data.train, graph),
      validation: fitted(data.validation, graph),
    };
    const { model, inherited, sameOutputs, memory } = await begin(graph, {
      store,
      parents,
      train: images.train,
      rng,
      drawing,
      carryOptimiser,
    });
    try {
      const start = await evaluateModel(model, images.validation, { signal });
      const { accuracy, curves, stopped, optimiserSlots } = await trainModel(model, images, {
        ...(parents.length === 0 ? recipe : sameOutputs ? heirs : others),
        ...(epochs === undefined ? {} : { epochs }),
        ...(memory === undefined ? {} : { optimiserSlots: memory }),
        rng: rng.split("training"),
        signal,
      });
      if (stopped === "aborted") signal.throwIfAborted();
      await store.put(seed, model, carryOptimiser ? optimiserSlots : undefined);
      const { trainLoss, trainAccuracy, validationLoss, validationAccuracy } = curves;
      return {
        accuracy,
        startAccuracy: start.accuracy,
        inherited,
        sameOutputs: Number(sameOutputs),
        trainLoss,
        trainAccuracy,
        validationLoss,
        validationAccuracy,
      };
    } finally {
      model.dispose();
    }
  };
  if (folder === undefined) return evaluate;
  return portable(
    { module: import.meta.url, factory: "trainInheriting", args: [data, options] },
    evaluate,
  );
}

/** What candidates are drawn with. */
type Drawing = Pick<InheritingOptions, "init" | "fractions" | "noise">;

interface Beginning {
  readonly store: WeightStore;
  readonly parents: readonly string[];
  readonly train: Dataset;
  readonly rng: Rng;
  readonly drawing: Drawing;
  readonly carryOptimiser: boolean;
}

/** A candidate before its training. */
interface Begun {
  readonly model: Model;
  readonly inherited: number;
  readonly sameOutputs: boolean;
  /** What its optimiser remembers, where that is carried on. */
  readonly memory?: OptimiserSlots;
}

async function begin(graph: Graph, beginning: Beginning): Promise<Begun> {
  const { store, parents, train, rng, drawing, carryOptimiser } = beginning;
  if (parents.length === 0) {
    const model = buildModel(graph, { ...drawing, rng: rng.split("weights") });
    return { model, inherited: 0, sameOutputs: false };
  }
  const draws = rng.split("inherit");
  let first: StoredNetwork | undefined;
  for (const parent of parents) {
    const network = await store.get(parent);
    first ??= network;
    const { morphism } = inherit(network.graph, graph, { ...drawing, rng: draws });
    if (morphism === undefined) continue;
    const carried = carryOptimiser
      ? { memory: inheritOptimiser(await store.optimiser(parent), morphism) }
      : {};
    const model = heirModel(morphism, network.weights, train);
    return { model, inherited: 1, sameOutputs: true, ...carried };
  }
  const { weights, taken } = remapWeights(first as StoredNetwork, graph, {
    ...drawing,
    rng: draws,
  });
  return { model: modelWith(graph, weights), inherited: taken, sameOutputs: false };
}

/** Throws a `RangeError` unless a child's optimiser remembers what its parent's does. */
function checkCarried(parents: PlanOptimiser, children: PlanOptimiser): void {
  const kindOf = (optimiser: PlanOptimiser) =>
    optimiser.kind === "adam"
      ? "Adam"
      : optimiser.momentum
      ? "SGD with momentum"
      : "SGD without momentum";
  if (kindOf(parents) === kindOf(children)) return;
  throw new RangeError(
    `Cannot train: optimisers must be of one kind where they are carried on, got ${
      kindOf(parents)
    }, and ${kindOf(children)} for children`,
  );
}
