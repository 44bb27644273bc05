import type { Gates } from "../model/mod.ts";
import type { Rng } from "../engine/mod.ts";
import type { Gating } from "./gating.ts";
import type { GradientMethod, LogitSettings } from "./gradient_method.ts";
import type { Logits } from "./logits.ts";
import { unrolledGradient } from "./unrolled_gradient.ts";

/** Options of {@linkcode darts}. */
export interface DartsOptions {
  /**
   * Whether logits move by the loss that the weights have now (1), or by that which they have after their next step
   * (2), which costs some four times as much. 1 when absent.
   */
  readonly order?: 1 | 2;
  /**
   * With order 2, how far weights are moved for its finite difference; see {@linkcode unrolledGradient}. 0.01 when
   * absent, as published.
   */
  readonly distance?: number;
  /**
   * Whether the options of a choice share what there is of it (`"softmax"`), or each has gates by itself, so that
   * none gains by what another loses (`"sigmoid"`; FairDARTS, Chu et al. 2020). `"softmax"` when absent.
   */
  readonly gating?: Gating;
  /**
   * With sigmoids, how much gates are pushed from 1/2 to 0 or 1: by so much times the mean of `-(g - 1/2)²`. 10 when
   * absent, as published.
   */
  readonly zeroOne?: number;
  /**
   * How far the gates of the weights' steps are moved at random, each up or down by at most so much, from the
   * first step to the last: weights that do not fit one mixture alone make for a loss that is smooth around it
   * (SmoothDARTS, Chen & Hsieh 2020). Not at all when absent; `{ from: 0.03, to: 0.3 }` is as published.
   */
  readonly perturb?: { readonly from: number; readonly to: number };
}

/** How DARTS moves logits. */
export const dartsLogits: LogitSettings = {
  learningRate: 3e-4,
  beta1: 0.5,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 1e-3,
  deviation: 1e-3,
};

/** Epochs of the published search, and the steps of each. */
const publishedSteps = 50 * 391;

/** What is left of a gate that perturbation takes away, so that its branch runs as all others do. */
const LEAST = 1e-6;

/**
 * DARTS (Liu, Simonyan & Yang 2019): all options of a choice run, weighed by a softmax of its logits. Each step
 * moves the logits by a batch of their own images, then the weights by one of theirs.
 *
 * Left alone it tends to fill cells with skip connections: see `gating` and `perturb`, and `skips`, `drops`, `warmUp`
 * and `logits.weightDecay` of {@linkcode GradientOptions}.
 *
 * @param options Variants.
 * @throws {RangeError} When an option is out of range.
 *
 * @example
 * ```ts
 * import { darts } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(darts({ order: 2 }).name, "DARTS, second order");
 * ```
 */
export function darts(options: DartsOptions = {}): GradientMethod {
  const { order = 1, distance, gating = "softmax", perturb } = options;
  const { zeroOne = gating === "sigmoid" ? 10 : 0 } = options;
  check("order", order, order === 1 || order === 2, "1 or 2");
  if (distance !== undefined) {
    check("distance", distance, distance > 0 && distance < Infinity, "above 0");
    check("distance", distance, order === 2, "absent without order 2");
  }
  const far = distance === undefined ? {} : { distance };
  check("gating", gating, gating === "softmax" || gating === "sigmoid", '"softmax" or "sigmoid"');
  check("zeroOne", zeroOne, zeroOne >= 0 && zeroOne < Infinity, "at least 0");
  check("zeroOne", zeroOne, zeroOne === 0 || gating === "sigmoid", 'absent without "sigmoid"');
  for (const [name, value] of Object.entries(perturb ?? {})) {
    check(`perturb.${name}`, value, value >= 0 && value <= 1, "in [0, 1]");
  }
  const name = `${gating === "sigmoid" ? "FairDARTS" : "DARTS"}${
    order === 2 ? ", second order" : ""
  }`;
  return {
    name,
    settings: { order, ...far, gating, zeroOne, perturb: perturb ? { ...perturb } : null },
    gating,
    logits: dartsLogits,
    publishedSteps,
    evaluated: (probabilities) => probabilities,
    ...(zeroOne > 0 ? { penalty: (logits: Logits) => zeroOneSlope(logits, zeroOne) } : {}),
    step: ({ plan, logits, train, nextBatch, learningRate, progress, isFrozen, rng, ...does }) => {
      if (!isFrozen) {
        plan.setGates(logits.probabilities());
        const validation = nextBatch();
        const { loss, gates = new Map() } = order === 2
          ? unrolledGradient(plan, { train, validation, learningRate, ...far })
          : plan.backward(validation, { weights: false });
        does.moveLogits({ loss, gradient: logits.pullBack(gates) });
      }
      const gates = logits.probabilities();
      if (perturb === undefined) return does.trainWeights(gates);
      const radius = perturb.from + (perturb.to - perturb.from) * progress;
      return does.trainWeights(perturbed(gates, { radius, gating, rng }));
    },
  };
}

/** The slope by the logits of `-weight` times the mean of `(g - 1/2)²` over all gates. */
function zeroOneSlope(logits: Logits, weight: number): Map<string, Float64Array> {
  const gates = logits.probabilities();
  const count = [...gates.keys()].reduce((sum, name) => sum + logits.candidatesOf(name).length, 0);
  const slopes = new Map(
    [...gates].map(([choice, each]) => [choice, each.map((g) => -2 * weight * (g - 0.5) / count)]),
  );
  return logits.pullBack(slopes);
}

function perturbed(
  gates: Gates,
  { radius, gating, rng }: {
    readonly radius: number;
    readonly gating: Gating;
    readonly rng: Rng;
  },
): Gates {
  return new Map([...gates].map(([choice, each]) => {
    const moved = Array.from(each, (gate) => {
      if (gate === 0) return 0;
      return Math.min(Math.max(gate + radius * (2 * rng() - 1), LEAST), 1);
    });
    const sum = gating === "softmax" ? moved.reduce((a, b) => a + b, 0) : 1;
    return [choice, moved.map((gate) => gate / sum)];
  }));
}

function check(name: string, value: unknown, holds: boolean, expected: string): void {
  if (!holds) throw new RangeError(`Cannot make DARTS: ${name} must be ${expected}, got ${value}`);
}
