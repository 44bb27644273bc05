import type { Plan, PlanBatch } from "naskit/model/mod.ts";

/** A loss of one weight and one gate, with its slopes. */
export interface ScalarLoss {
  readonly loss: (w: number, gate: number) => number;
  readonly byWeight: (w: number, gate: number) => number;
  readonly byGate: (w: number, gate: number) => number;
}

/** What a {@linkcode scalarPlan} has in place of batches. */
export const trainBatch: PlanBatch = { images: new Float32Array(), labels: Int32Array.of(0) };
/** The other. */
export const validationBatch: PlanBatch = { images: new Float32Array(), labels: Int32Array.of(1) };

/** As much of a plan as unrolling takes, in double precision: a weight `w` and a gate, trained by plain SGD. */
export function scalarPlan(
  losses: { readonly train: ScalarLoss; readonly validation: ScalarLoss },
  { w, gate }: { readonly w: number; readonly gate: number },
): Plan {
  let weight = w;
  const of = (batch: PlanBatch) => batch === trainBatch ? losses.train : losses.validation;
  return {
    graph: { nodes: [], output: "" },
    params: new Map([["w", { shape: [1], reached: true }]]),
    gates: new Map([["choice", Float64Array.of(gate)]]),
    weights: () => Float64Array.of(weight),
    setWeights: (_: string, [value]: readonly number[]) => weight = value as number,
    optimiserState: () => ({ steps: 0, values: new Float32Array() }),
    restoreOptimiser: () => {},
    trainStep: (batch: PlanBatch, { learningRate }: { readonly learningRate: number }) => {
      weight -= learningRate * of(batch).byWeight(weight, gate);
    },
    backward: (batch: PlanBatch) => ({
      loss: of(batch).loss(weight, gate),
      correct: 0,
      params: new Map([["w", Float64Array.of(of(batch).byWeight(weight, gate))]]),
      gates: new Map([["choice", Float64Array.of(of(batch).byGate(weight, gate))]]),
    }),
  } as unknown as Plan;
}
