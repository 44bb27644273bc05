import { type Batch, batch, type Dataset, take } from "../data/mod.ts";
import { nextTask } from "../engine/progress.ts";
import { createRng } from "../engine/rng.ts";
import { compile, type Plan } from "../model/mod.ts";
import type { Graph } from "../graph/mod.ts";
import { madeFrom } from "../space/made_from.ts";
import { type Evaluate, type EvaluateRecipe, portable, type SearchSpace } from "../space/mod.ts";
import { discretise } from "./discretise.ts";
import { recalibrate } from "./recalibrate.ts";
import { arrayNames } from "./shift_weights.ts";
import { type Supernet, supernetOf } from "./supernet.ts";

/** What candidates are judged by. */
export interface OneShotEvaluateOptions {
  /** The trained supernet's arrays by name, as a search's result has them. */
  readonly weights: ReadonlyMap<string, ArrayLike<number>>;
  /** What its weights were trained on: batch norms are given the statistics of some of these images. */
  readonly train: Dataset;
  /** What accuracies are of. */
  readonly validation: Dataset;
  /** How many training images make the statistics, at most; 1,000 when absent. */
  readonly calibration?: number;
  /** Images at a time; 250 when absent. */
  readonly batchSize?: number;
  /** Determines which images make the statistics, the same for all candidates; `"calibration"` when absent. */
  readonly seed?: string;
}

/**
 * An evaluator that does not train: each candidate takes its weights over from a trained supernet, its batch
 * norms are given its own statistics on training images ({@linkcode recalibrate}), and its top-1 `accuracy` and
 * `loss` on the validation images are what comes out (Guo et al. 2020). With it any strategy searches a space
 * for the price of running candidates.
 *
 * The same candidate always gets the same numbers. Workers can run it where the space says how it is made, as
 * all spaces of the kit that have supernets do.
 *
 * @param supernet The supernet.
 * @param options Its weights, and images.
 * @throws {RangeError} When a dataset is empty or an option is out of range; and, evaluating, when the weights
 * lack an array of a candidate, or images and network do not fit.
 *
 * @example A search over inherited weights
 * ```ts
 * import { digits, gradientSearch, maximize, nasBench201, oneShot, oneShotEvaluate, randomSearch, search, supernetOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const data = await digits({ train: 200, validation: 50 });
 * const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const supernet = supernetOf(space);
 * const { weights } = await gradientSearch(supernet, oneShot(), data, { epochs: 2, seed: "nas" });
 * const study = await search({
 *   space,
 *   strategy: randomSearch(),
 *   evaluate: oneShotEvaluate(supernet, { weights, ...data }),
 *   objective: maximize("accuracy"),
 *   budget: { trials: 6 },
 *   seed: "nas",
 * });
 * assertEquals(study.trials.length, 6);
 * ```
 */
export function oneShotEvaluate<A>(
  supernet: Supernet<A>,
  options: OneShotEvaluateOptions,
): Evaluate<A> {
  const { weights, train, validation, calibration = 1000, batchSize = 250 } = options;
  check({ calibration, batchSize });
  for (const [name, { labels }] of Object.entries({ train, validation })) {
    if (labels.length > 0) continue;
    throw new RangeError(`Cannot evaluate: ${name} must hold images, got none`);
  }
  const images = calibrationImages(train, calibration, options.seed);
  const size = Math.min(batchSize, Math.max(images.labels.length, validation.labels.length));
  const evaluate: Evaluate<A> = async (arch, { signal }) => {
    const plan = compile(discretise(supernet.graph, supernet.pathOf(arch)), { batch: size });
    try {
      takeOver(plan, weights);
      await recalibrate(plan, evenBatches(images, size));
      return await judge(plan, validation, signal);
    } finally {
      plan.dispose();
    }
  };
  const { space, graph } = supernet;
  if (space.recipe === undefined) return evaluate;
  const packed: PackedOptions = {
    weights: Object.fromEntries(
      [...weights].map(([name, each]) => [name, Float32Array.from(each)]),
    ),
    train: images,
    validation,
    calibration,
    batchSize,
  };
  return portable(
    { module: import.meta.url, factory: "oneShotEvaluateOf", args: [space.recipe, graph, packed] },
    evaluate,
  );
}

/** What another thread is sent: of the training images those that make the statistics. */
interface PackedOptions extends Omit<Required<OneShotEvaluateOptions>, "weights" | "seed"> {
  /** By name; not a map, which would hide what it holds from those who compare recipes. */
  readonly weights: { readonly [name: string]: Float32Array };
}

/** The same evaluator in a worker, which makes the space again for the paths of its architectures. */
export async function oneShotEvaluateOf<A>(
  recipe: EvaluateRecipe,
  graph: Graph,
  { weights, ...options }: PackedOptions,
): Promise<Evaluate<A>> {
  const space = await madeFrom<SearchSpace<A>>(recipe);
  return oneShotEvaluate({ ...supernetOf(space), graph }, {
    ...options,
    weights: new Map(Object.entries(weights)),
  });
}

function check(options: { readonly calibration: number; readonly batchSize: number }): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new RangeError(`Cannot evaluate: ${name} must be a whole number from 1, got ${value}`);
  }
}

function calibrationImages(train: Dataset, count: number, seed = "calibration"): Dataset {
  const all = train.labels.length;
  if (count >= all) return train;
  const order = createRng(seed).shuffle(Array.from({ length: all }, (_, i) => i));
  return take(train, order.slice(0, count));
}

function takeOver(plan: Plan, weights: OneShotEvaluateOptions["weights"]): void {
  for (const name of arrayNames(plan)) {
    const values = weights.get(name);
    if (values === undefined) {
      throw new RangeError(`Cannot evaluate: the supernet's weights lack "${name}"`);
    }
    plan.setWeights(name, values);
  }
}

/** As few batches as there can be, as equal as they can be: a small one would make poor statistics. */
function* evenBatches(dataset: Dataset, most: number): Generator<Batch> {
  const all = dataset.labels.length, batches = Math.ceil(all / most);
  for (let i = 0; i < batches; i++) {
    const start = Math.floor(i * all / batches);
    yield batch(dataset, { start, count: Math.floor((i + 1) * all / batches) - start });
  }
}

async function judge(
  plan: Plan,
  dataset: Dataset,
  signal: AbortSignal,
): Promise<{ accuracy: number; loss: number }> {
  const count = dataset.labels.length;
  let correct = 0, loss = 0;
  for (const images of evenBatches(dataset, plan.batch)) {
    signal.throwIfAborted();
    const found = plan.evaluate(images);
    correct += found.correct;
    loss += found.loss * images.labels.length;
    await nextTask();
  }
  return { accuracy: correct / count, loss: loss / count };
}
