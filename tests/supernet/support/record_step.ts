import type { Batch } from "naskit/data/mod.ts";
import type { Rng } from "naskit/engine/mod.ts";
import type { Plan, PlanBatch } from "naskit/model/mod.ts";
import type { Decision } from "naskit/space/mod.ts";
import type { GradientMethod, Logits, LogitSlopes } from "naskit/supernet/mod.ts";

/** What a step is taken with. */
export interface StepSetting {
  readonly plan: Plan;
  readonly choices: readonly Decision[];
  readonly logits: Logits;
  readonly train: PlanBatch;
  readonly other: PlanBatch;
  readonly rng: Rng;
  readonly isFrozen?: boolean;
  readonly progress?: number;
}

/** What a step did. */
export interface StepRecord {
  /** The gates whenever the plan trained or was asked for slopes. */
  readonly gates: readonly ReadonlyMap<string, Float64Array>[];
  /** By what it moved the logits, which stay. */
  readonly slopes: LogitSlopes | undefined;
}

/** Takes a step of a method without moving the logits. */
export function recordStep(method: GradientMethod, setting: StepSetting): StepRecord {
  const { plan, choices, logits, train, other, rng, isFrozen = false, progress = 0 } = setting;
  const gates: ReadonlyMap<string, Float64Array>[] = [];
  let slopes: LogitSlopes | undefined;
  method.step({
    plan,
    choices,
    logits,
    train: train as Batch,
    nextBatch: () => other as Batch,
    learningRate: 0.1,
    number: 0,
    progress,
    isFrozen,
    rng,
    moveLogits: (found) => {
      gates.push(plan.gates);
      slopes = found;
    },
    trainWeights: (some) => {
      if (some) plan.setGates(some);
      gates.push(plan.gates);
      return plan.trainStep(train, { learningRate: 0.1 });
    },
  });
  return { gates, slopes };
}
