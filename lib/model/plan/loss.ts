import { floatsOf, integersOf, type Machine } from "../../engine/machine.ts";
import type { LabelMix } from "../../data/mod.ts";
import type { Shape } from "../../graph/mod.ts";
import { mixLabels } from "./label_mix.ts";
import type { BatchOutcome } from "./plan.ts";
import type { Share } from "./crew.ts";
import type { Region } from "./region.ts";
import { countCorrect } from "./score.ts";

/** A network's output as rows of logits. */
export interface Logits {
  /** How many rows an image has: 1, or one for each pixel of the output. */
  readonly rows: number;
  /** The logits of a row. */
  readonly classes: number;
}

/** Reads an output of this shape, `[classes]` or `[height, width, classes]`, as logits. */
export function logitsOf(shape: Shape): Logits {
  return shape.length === 1
    ? { rows: 1, classes: shape[0] }
    : { rows: shape[0] * shape[1], classes: shape[2] };
}

/** Regions of a plan that trains, between its output and the way back. */
export interface LossRegions {
  /** The class of each row of logits. */
  readonly labels: Region;
  /** The loss of each row. */
  readonly losses: Region;
  /** The gradient of the output. */
  readonly slope: Region;
}

/** How to take a loss. */
export interface LossCall {
  /** Where the logits are. */
  readonly logits: Region;
  /** The class of each row. */
  readonly classLabels: Int32Array;
  /** Other classes of the rows, and their share. */
  readonly mix: LabelMix | undefined;
  /** How many rows an image has, and how many classes there are. */
  readonly form: Logits;
  /** How the batch is shared out. */
  readonly shares: readonly Share[];
  /** Share of each target spread evenly over all classes. */
  readonly smoothing: number;
  /** What the slope of each row's loss is multiplied by. */
  readonly scale: number;
}

/** Takes the cross entropy of logits, and writes its slope by them. */
export function takeLoss(
  machine: Machine,
  { labels, losses, slope }: LossRegions,
  { logits, classLabels, mix, form: { rows, classes }, shares, smoothing, scale }: LossCall,
): BatchOutcome {
  let sum = 0, correct = 0;
  for (const { first, count: images, offset } of shares) {
    const count = images * rows;
    const own = classLabels.subarray(first * rows, first * rows + count);
    integersOf(machine, labels.address + offset, count).set(own);
    machine.kernels.softmaxCrossEntropy(
      logits.address + offset,
      labels.address + offset,
      slope.address + offset,
      losses.address + offset,
      count,
      classes,
      smoothing,
      scale,
    );
    if (mix) {
      sum += mixLabels({
        logits: floatsOf(machine, logits.address + offset, count * classes),
        slope: floatsOf(machine, slope.address + offset, count * classes),
        labels: own,
        other: mix.labels.subarray(first * rows, first * rows + count),
        share: mix.share * (1 - smoothing),
        scale,
      });
    }
    for (const loss of floatsOf(machine, losses.address + offset, count)) sum += loss;
    correct += countCorrect(floatsOf(machine, logits.address + offset, count * classes), own);
  }
  return { loss: sum / classLabels.length, correct };
}
