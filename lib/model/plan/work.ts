import {
  fullWindow,
  type GraphNode,
  inputShapes,
  paramsOf,
  rulesOf,
  type Shape,
} from "../../graph/mod.ts";
import { sizeOf } from "../../graph/ops/rules.ts";
import type { Optimiser } from "./optimiser.ts";
import type { Region } from "./region.ts";
import type { PlanStatistics, Step } from "./schedule.ts";

/** What a step computes and moves, counted from its op and shapes rather than measured. */
export interface Work {
  /**
   * Floating-point operations, a multiply-add counted as two. Of a convolution those of the direct
   * algorithm, padded pixels included, whichever way it goes; of a pool one for each pixel of a window;
   * of a bilinear enlargement a multiply-add for each of the four pixels around; of an activation one for
   * each number.
   */
  readonly flops: number;
  /** Bytes that it must read and write: each array once, however often a kernel passes over it. */
  readonly bytes: number;
}

/** What is known of a plan when one of its steps is counted. */
export interface WorkContext {
  /** The shape of every node's value, without the batch. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Images that regions have room for. */
  readonly room: number;
  /** Images that the step runs on. */
  readonly count: number;
  /** Whose statistics batch norms use. */
  readonly statistics: Exclude<PlanStatistics, "sample">;
}

/** Bytes of a float. */
const FLOAT = 4;

/** Counts a step of a schedule. Throws a `RangeError` for a kernel that it does not know. */
export function workOf(step: Step, node: GraphNode, context: WorkContext): Work {
  const { reads, writes } = step;
  const inputs = inputShapes(node, context.shapes);
  const shape = context.shapes.get(node.name) as Shape;
  const floatsIn = (region: Region | undefined) =>
    (region?.floats ?? 0) * context.count / context.room;
  const written = floatsIn(writes[0]);
  const moved = [...reads, ...writes].reduce((sum, region) => sum + floatsIn(region), 0);
  const params = new Map<string, number>(
    paramsOf(node, inputs).map((spec) => [spec.name, sizeOf(spec.shape)]),
  );
  const floatsOf = (name: "weight" | "bias" | "gamma" | "beta") => params.get(name) ?? 0;
  const work = (flops: number, floats: number): Work => ({ flops, bytes: FLOAT * floats });
  switch (step.kernel) {
    case "conv":
    case "reluConv":
    case "convInputGrad":
    case "convFilterGrad":
    case "reluConvFilterGrad":
    case "depthwise":
    case "reluDepthwise":
    case "depthwiseInputGrad":
    case "depthwiseFilterGrad":
    case "reluDepthwiseFilterGrad":
    case "linearInputGrad":
    case "linearWeightGrad":
      return work(multiplyAdds(node, inputs, shape, context.count), moved + floatsOf("weight"));
    case "linear": {
      const bias = floatsOf("bias");
      return work(
        multiplyAdds(node, inputs, shape, context.count) + (bias && written),
        moved + floatsOf("weight") + bias,
      );
    }
    case "biasAdd":
      return work(written, moved + floatsOf("bias"));
    case "biasGrad":
      return work(floatsIn(reads[0]), moved + floatsOf("bias"));
    case "batchNorm":
    case "batchNormGrad":
      return work(...batchNormWork(step, written, {
        statistics: context.statistics,
        channels: shape.at(-1) as number,
        affine: floatsOf("gamma") + floatsOf("beta"),
      }));
    case "relu":
    case "relu6":
    case "hswish":
    case "swish":
    case "sigmoid":
    case "hsigmoid":
    case "tanh":
    case "reluGrad":
    case "relu6Grad":
    case "hswishGrad":
    case "swishGrad":
    case "sigmoidGrad":
    case "hsigmoidGrad":
    case "tanhGrad":
    case "add":
    case "addInto":
    case "multiply":
    case "gate":
    case "globalAvgPoolGrad":
      return work(written, moved);
    case "mixed":
      return work(2 * reads.length * written, (reads.length + 1) * written);
    case "mixedGrad":
      return work(reads.length * written, moved);
    case "mixedGateGrad": {
      const each = floatsIn(reads[0]);
      return work(2 * (reads.length - 1) * each, reads.length * each);
    }
    case "globalAvgPool":
      return work(floatsIn(reads[0]), moved);
    case "gateGrad":
      return work(2 * floatsIn(reads[0]), moved);
    case "avgPool":
    case "maxPool":
    case "avgPoolGrad":
    case "maxPoolGrad":
      return work(windowPixels(node) * sizeOf(shape) * context.count, moved);
    case "upsample":
      return work(8 * written, moved);
    case "upsampleGrad":
      return work(8 * floatsIn(reads[0]), moved);
    case "addPixels":
    case "packSigns":
      return work(floatsIn(reads[0]), moved);
    case "copy":
    case "copyPixels":
      return work(0, moved);
    case "copyColumns":
      return work(...copyWork(step, written, floatsIn));
    default:
      throw new RangeError(`Cannot count the work of "${node.name}": no kernel "${step.kernel}"`);
  }
}

/** Counts the cross entropy of logits with its slope: some operations a logit, exp being one. */
export function lossWork(classes: number, rows: number): Work {
  // Less the maximum, exp, into the sum; by the sum, less the target. A label and a loss a row.
  return { flops: 5 * classes * rows, bytes: FLOAT * rows * (2 * classes + 2) };
}

/** Counts the optimiser's pass over so many weights. */
export function optimiserWork({ flops, stateFloats }: Optimiser, weights: number): Work {
  // A gradient is read; a weight and what is remembered of it are read and written.
  return { flops: flops * weights, bytes: FLOAT * weights * (3 + 2 * stateFloats) };
}

function multiplyAdds(
  node: GraphNode,
  inputs: readonly Shape[],
  shape: Shape,
  count: number,
): number {
  return 2 * (rulesOf(node).macs?.(node, inputs, shape) ?? 0) * count;
}

/**
 * Operations and floats. By a batch's statistics a pass takes sums (4 operations a number) and another
 * applies what they come to (2 forward, 4 backward); by running ones there is only the latter. What
 * there is room for beyond the images and a few numbers a channel, no kernel touches then.
 */
function batchNormWork(
  { kernel }: Step,
  written: number,
  { statistics, channels, affine }: {
    readonly statistics: PlanStatistics;
    readonly channels: number;
    /** Floats of scale and shift together. */
    readonly affine: number;
  },
): [flops: number, floats: number] {
  const used = 2 * channels + affine;
  // Backward, the scale is read, and gradients of scale and shift are written.
  if (kernel === "batchNormGrad") return [8 * written, 3 * written + used + affine / 2];
  return [(statistics === "batch" ? 6 : 2) * written, 2 * written + used];
}

/** Part of one array to part of another, or added to it, which then is read as well. */
function copyWork(
  { phase, reads, writes }: Step,
  written: number,
  floatsIn: (region: Region | undefined) => number,
): [flops: number, floats: number] {
  if (phase === "forward") return [0, 2 * floatsIn(reads[0])];
  const adds = reads.includes(writes[0] as Region);
  return adds ? [written, 3 * written] : [0, 2 * written];
}

function windowPixels(node: GraphNode): number {
  if (node.op !== "avgPool" && node.op !== "maxPool") return 0;
  return fullWindow(node).kernel ** 2;
}
