import { batch as takeBatch, type Dataset } from "../data/mod.ts";
import { pause } from "../engine/progress.ts";
import { compile, type Model, type Plan } from "../model/mod.ts";

/** How a classifier does on a dataset. */
export interface Evaluation {
  /** Share of images whose highest logit is their class (top-1), in [0, 1]. */
  readonly accuracy: number;
  /** Mean cross entropy, in nats. */
  readonly loss: number;
  /** The class with the highest logit for each image. */
  readonly predictions: Int32Array;
  /** The probability given to that class. */
  readonly confidence: Float32Array;
}

/** How to evaluate. */
export interface EvaluateModelOptions {
  /** Images at a time; does not change the result. 250 when absent. */
  readonly batchSize?: number;
  /** Stops the evaluation, which then throws `signal.reason`. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a classifier over a whole dataset with its running statistics.
 *
 * @throws {RangeError} When the images or the number of classes do not fit the model.
 *
 * @example
 * ```ts
 * import { buildModel, createRng, digits, evaluateModel, nasBench201 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { test } = await digits();
 * const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const model = buildModel(space.lower(space.sample(createRng("a"))), { rng: createRng("b") });
 * const { predictions } = await evaluateModel(model, test);
 * assertEquals(predictions.length, test.labels.length);
 * model.dispose();
 * ```
 */
export async function evaluateModel(
  model: Model,
  dataset: Dataset,
  { batchSize = 250, signal }: EvaluateModelOptions = {},
): Promise<Evaluation> {
  requireClasses(model, dataset);
  const batch = Math.min(batchSize, dataset.labels.length || 1);
  const plan = loaded(compile(model.graph, { batch }), model);
  try {
    return await evaluatePlan(plan, dataset, signal);
  } finally {
    plan.dispose();
  }
}

/** Loads a model into a plan, which is disposed of if it does not fit. */
export function loaded(plan: Plan, model: Model): Plan {
  try {
    plan.load(model);
  } catch (error) {
    plan.dispose();
    throw error;
  }
  return plan;
}

/** Runs a plan over a whole dataset, which must fit it, with its running statistics. */
export async function evaluatePlan(
  plan: Plan,
  dataset: Dataset,
  signal?: AbortSignal,
): Promise<Evaluation> {
  const count = dataset.labels.length;
  const predictions = new Int32Array(count);
  const confidence = new Float32Array(count);
  let loss = 0;
  let correct = 0;
  for (let start = 0; start < count; start += plan.batch) {
    signal?.throwIfAborted();
    const batch = takeBatch(dataset, { start, count: Math.min(plan.batch, count - start) });
    const found = plan.evaluate(batch);
    predictions.set(found.predictions, start);
    confidence.set(found.confidence, start);
    loss += found.loss * batch.labels.length;
    correct += found.correct;
    await pause();
  }
  return { accuracy: correct / count, loss: loss / count, predictions, confidence };
}

/** Throws unless the model has a logit for each of the dataset's classes. */
export function requireClasses(model: Model, dataset: Dataset): void {
  const output = model.shapes.get(model.graph.output) as readonly number[];
  if (output.length !== 1 || (output[0] as number) < dataset.classes.length) {
    throw new RangeError(
      `The model must return a logit for each of the ${dataset.classes.length} classes of ` +
        `"${dataset.name}", got shape [${output.join(", ")}]`,
    );
  }
}
