import { floatsAt, integersAt } from "../../engine/heap.ts";
import { kernels } from "../../engine/kernels.ts";
import type { BatchOutcome } from "./plan.ts";
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
  /** How many classes there are. */
  readonly classes: number;
  /** Share of each target spread evenly over all classes. */
  readonly smoothing: number;
  /** What the slope of each image's loss is multiplied by. */
  readonly scale: number;
}

/** Takes the cross entropy of logits, and writes its slope by them. */
export function takeLoss(
  { labels, losses, slope }: LossRegions,
  classLabels: Int32Array,
  { logits, classes, smoothing, scale }: LossCall,
): BatchOutcome {
  const count = classLabels.length;
  integersAt(labels.address, count).set(classLabels);
  kernels.softmaxCrossEntropy(
    logits.address,
    labels.address,
    slope.address,
    losses.address,
    count,
    classes,
    smoothing,
    scale,
  );
  const sum = floatsAt(losses.address, count).reduce((a, b) => a + b, 0);
  const correct = countCorrect(floatsAt(logits.address, count * classes), classLabels);
  return { loss: sum / count, correct };
}
