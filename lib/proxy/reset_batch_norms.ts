import type { Plan } from "../model/mod.ts";

/** Sets the scales of all batch norms to 1 and their shifts to 0, as they are before training. */
export function resetBatchNorms(plan: Plan): void {
  for (const [name, { shape: [channels] }] of plan.params) {
    const start = name.endsWith(".gamma") ? 1 : name.endsWith(".beta") ? 0 : undefined;
    if (start !== undefined) {
      plan.setWeights(name, new Float32Array(channels as number).fill(start));
    }
  }
}
