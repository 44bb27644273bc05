import { floatsOf, integersOf, type Machine } from "../../engine/machine.ts";
import type { BatchOutcome } from "./plan.ts";
import type { Share } from "./crew.ts";
import type { Region } from "./region.ts";
import { countCorrect } from "./score.ts";

/** Regions of a plan that trains, between its output and the way back. */
export interface LossRegions {
  /** The class of each image. */
  readonly labels: Region;
  /** The loss of each image. */
  readonly losses: Region;
  /** The gradient of the output. */
  readonly slope: Region;
}

/** How to take a loss. */
export interface LossCall {
  /** Where the logits are. */
  readonly logits: Region;
  /** The class of each image. */
  readonly classLabels: Int32Array;
  /** How many classes there are. */
  readonly classes: number;
  /** How the batch is shared out. */
  readonly shares: readonly Share[];
  /** Share of each target spread evenly over all classes. */
  readonly smoothing: number;
  /** What the slope of each image's loss is multiplied by. */
  readonly scale: number;
}

/** Takes the cross entropy of logits, and writes its slope by them. */
export function takeLoss(
  machine: Machine,
  { labels, losses, slope }: LossRegions,
  { logits, classLabels, classes, shares, smoothing, scale }: LossCall,
): BatchOutcome {
  let sum = 0, correct = 0;
  for (const { first, count, offset } of shares) {
    const own = classLabels.subarray(first, first + count);
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
    for (const loss of floatsOf(machine, losses.address + offset, count)) sum += loss;
    correct += countCorrect(floatsOf(machine, logits.address + offset, count * classes), own);
  }
  return { loss: sum / classLabels.length, correct };
}
