import type { OpName, Shape } from "../../graph/mod.ts";
import type { Model } from "../model.ts";
import { analyse, type Analysis } from "../plan/analyse.ts";
import { checkFinite, checkLabels, checkName, checkNumber } from "../plan/check.ts";
import { logitsOf } from "../plan/loss.ts";
import type { BackwardOptions, PlanBatch } from "../plan/plan.ts";
import { planStatistics } from "../plan/schedule.ts";
import { dualLoss } from "./dual_loss.ts";
import { type DualOp, dualOps } from "./dual_ops.ts";
import { type Backward, type Dual, DualRun } from "./dual_run.ts";

/** Along what to take a product with the Hessian; statistics are `"batch"` when absent. */
export interface HessianVectorOptions extends BackwardOptions {
  /** How parameters move, by name, each in its shape; those left out stay. */
  readonly direction: ReadonlyMap<string, ArrayLike<number>>;
}

/** What a product with the Hessian comes with. */
export interface HessianVectorOutcome {
  /** Mean cross entropy, in nats. */
  readonly loss: number;
  /** Its gradient g, by parameter in the order of the model; zeros where the output does not depend on it. */
  readonly gradient: ReadonlyMap<string, Float32Array>;
  /** The Hessian's product with the direction, laid out as the gradient is. */
  readonly product: ReadonlyMap<string, Float32Array>;
}

const action = "multiply the Hessian";

/**
 * Multiplies the Hessian H of a batch's mean cross entropy by a direction v: how the gradient changes as the
 * parameters move along v. It is exact up to rounding, and the Hessian itself is never made (Pearlmutter
 * 1994, "Fast Exact Multiplication by the Hessian").
 *
 * The network runs once on values and their tangents, that is their derivatives along v, which gives the
 * derivative of the loss along v; one way back through all that gives H v as its gradient by the parameters
 * and, at no more than another gradient of the weights, g as its gradient by v. That takes three to five
 * times as long as the gradient alone, and holds all values and tangents at once. Where activations and maximum
 * pools have a kink, their second derivative is taken as 0.
 *
 * @param model The network and its parameters, which stay as they are.
 * @param batch Labelled images.
 * @param options The direction, and how the loss is taken. The statistics of batch norms move with the
 * parameters unless they are the running ones.
 * @returns The product, the gradient and the loss.
 * @throws {TypeError} When `direction` is no map.
 * @throws {RangeError} When images, labels or the direction do not fit the model, an image is not finite, an
 * option is out of range, or the heap has no room.
 *
 * @example Before a batch norm the scale of a weight w does not matter, so that H w = -g
 * ```ts
 * import { buildModel, createRng, hessianVectorProduct, nasBench201, noiseBatch } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const model = buildModel(graph, { rng: createRng("weights") });
 * const batch = noiseBatch(graph, { count: 16, rng: createRng("noise") });
 *
 * const name = "stem.conv.weight";
 * const direction = new Map([[name, model.params.get(name)?.dataSync() ?? []]]);
 * const { gradient, product } = hessianVectorProduct(model, batch, { direction });
 * const g = gradient.get(name) ?? [];
 * product.get(name)?.forEach((value, i) => assertAlmostEquals(value, -(g[i] ?? NaN), 1e-3));
 * model.dispose();
 * ```
 */
export function hessianVectorProduct(
  model: Model,
  batch: PlanBatch,
  options: HessianVectorOptions,
): HessianVectorOutcome {
  const { direction, statistics = "batch", smoothing = 0 } = options;
  const analysis = analyse(model.graph, new Set());
  const output = analysis.shapes.get(model.graph.output) as Shape;
  const { images, labels } = batch, count = countImages(batch, analysis);
  checkLabels(labels, { count, output }, action);
  checkName("statistics", statistics, planStatistics, action);
  checkNumber("smoothing", smoothing, [0, 1], action);
  checkDirection(direction, model);
  const run = new DualRun({ model, analysis, images, count, direction, statistics });
  try {
    const backwards = analysis.live
      .filter(({ name }) => analysis.rootOf(name) === name)
      .map((node) => {
        const backward = (dualOps[node.op] as DualOp<OpName>)(node, run);
        return { dual: run.dual(node.name), backward };
      });
    const logits = run.dual(model.graph.output);
    logits.slope = run.pair(logits.size);
    const form = logitsOf(output);
    const loss = dualLoss(run, { logits, slope: logits.slope, labels, form, smoothing });
    for (const { dual, backward } of backwards.toReversed()) goBack(run, dual, backward);
    return { loss, gradient: run.results("gradient"), product: run.results("product") };
  } finally {
    run.dispose();
  }
}

/** Goes back through a node; nobody reads its value or slope again. */
function goBack(run: DualRun, dual: Dual, backward: Backward | undefined): void {
  const { slope } = dual;
  if (slope) backward?.(slope);
  if (slope) run.release(slope);
  run.release(dual);
}

function countImages({ images, shape }: PlanBatch, { graph, shapes }: Analysis): number {
  const image = shapes.get(graph.nodes[0]?.name as string) as Shape;
  const count = images.length / image.reduce((product: number, side) => product * side, 1);
  const fits = Number.isInteger(count) && count > 0;
  const isShape = shape === undefined || shape.join() === [count, ...image].join();
  if (!(images instanceof Float32Array) || !fits || !isShape) {
    throw new RangeError(
      `Cannot ${action}: images must be [count, ${image.join(", ")}], got ` +
        `${shape ? `[${shape.join(", ")}] and ` : ""}${images.length} numbers`,
    );
  }
  checkFinite(images, [count, ...image], action);
  return count;
}

function checkDirection(direction: HessianVectorOptions["direction"], { params }: Model): void {
  if (!(direction instanceof Map)) {
    throw new TypeError(
      `Cannot ${action}: direction must be a map of arrays by parameter, got ${typeof direction}`,
    );
  }
  for (const [name, { length }] of direction) {
    const size = params.get(name)?.size;
    if (size === length) continue;
    throw new RangeError(
      size === undefined
        ? `Cannot ${action}: direction names "${name}", but the model has no parameter of this name`
        : `Cannot ${action}: direction must have ${size} numbers for "${name}", got ${length}`,
    );
  }
}
