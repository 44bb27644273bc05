import type { Logits } from "../plan/loss.ts";
import type { DualRun, Pair } from "./dual_run.ts";

/**
 * Takes the mean cross entropy of logits z and writes the slope of its directional derivative, the mean over
 * rows of (p - t) z' with p the softmax of z and t the target: (p - t) / rows by z', and by z the tangent
 * of that, p (z' - p z') / rows.
 *
 * @returns The loss, in nats.
 */
export function dualLoss(
  run: DualRun,
  { logits, slope, labels, form: { classes }, smoothing }: {
    readonly logits: Pair;
    readonly slope: Pair;
    readonly labels: Int32Array;
    readonly form: Logits;
    readonly smoothing: number;
  },
): number {
  const rows = labels.length, floats = rows * classes;
  const [z, dz, byValue, byTangent] = [logits.value, logits.tangent, slope.value, slope.tangent]
    .map((address) => run.floats(address, floats)) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
  const p = new Float64Array(classes);
  let loss = 0;
  for (const [row, label] of labels.entries()) {
    const at = row * classes;
    let most = -Infinity, sum = 0, mean = 0;
    for (let k = 0; k < classes; k++) most = Math.max(most, z[at + k]!);
    for (let k = 0; k < classes; k++) sum += p[k] = Math.exp(z[at + k]! - most);
    for (let k = 0; k < classes; k++) {
      p[k]! /= sum;
      mean += p[k]! * dz[at + k]!;
    }
    for (let k = 0; k < classes; k++) {
      const target = smoothing / classes + (k === label ? 1 - smoothing : 0);
      if (target > 0) loss -= target * (z[at + k]! - most - Math.log(sum));
      byValue[at + k] = p[k]! * (dz[at + k]! - mean) / rows;
      byTangent[at + k] = (p[k]! - target) / rows;
    }
  }
  return loss / rows;
}
