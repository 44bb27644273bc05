import type { Kernels } from "../../engine/kernels.ts";
import type { SgdOptions } from "../../engine/sgd.ts";

/** Which trained arrays weight decay pulls on. */
export interface DecayOptions {
  /**
   * All of them, or only the weights of convolutions and linear layers: neither biases nor the gamma and beta
   * of batch norms, as is usual where the decay is meant for what those normalise (He et al. 2019).
   * `"all"` when absent.
   */
  readonly decays?: "all" | "weights";
}

/** Stochastic gradient descent, as {@linkcode Sgd} does it. */
export interface PlanSgd extends SgdOptions, DecayOptions {
  /** Tells it apart. */
  readonly kind: "sgd";
}

/** Adam (Kingma & Ba 2015), or AdamW (Loshchilov & Hutter 2019). */
export interface PlanAdam extends DecayOptions {
  /** Tells it apart. */
  readonly kind: "adam";
  /** Share of the last mean of gradients that is kept, in [0, 1); 0.9 when absent. */
  readonly beta1?: number;
  /** Share of the last mean of squared gradients that is kept, in [0, 1); 0.999 when absent. */
  readonly beta2?: number;
  /** Added to the root of the mean square; 1e-8 when absent. */
  readonly epsilon?: number;
  /** Pull of each weight towards 0; 0 when absent. */
  readonly weightDecay?: number;
  /** Whether the pull is apart from the gradient (AdamW) or part of it; `false` when absent. */
  readonly decoupled?: boolean;
}

/** How a plan's training steps move the weights. */
export type PlanOptimiser = PlanSgd | PlanAdam;

/** An optimiser over slabs. */
export interface Optimiser {
  /** Floats of state for each weight. */
  readonly stateFloats: number;
  /** Floating-point operations for each weight. */
  readonly flops: number;
  /** Moves weights. */
  readonly step: OptimiserMove;
}

/** Moves weights by their gradients. */
export type OptimiserMove = (
  kernels: Kernels,
  slabs: OptimiserSlabs,
  step: OptimiserStep,
) => void;

/** One step of an optimiser. */
export interface OptimiserStep {
  /** Its length. */
  readonly learningRate: number;
  /** Which step it is, from 1 on, since the state was 0. */
  readonly number: number;
  /** The floats of the gradients' slab whose weights move. */
  readonly range: Range;
}

/** Some of the floats of a slab. */
export interface Range {
  /** The first of them. */
  readonly first: number;
  /** How many there are. */
  readonly floats: number;
}

/** What an optimiser works on. Weights beyond the gradients are not moved. */
export interface OptimiserSlabs {
  /** The first of the gradients' floats are of the weights of convolutions and linear layers: so many. */
  readonly weightFloats: number;
  /** The weights. */
  readonly weights: Floats;
  /** Their gradients. */
  readonly gradients: Floats;
  /** What it keeps between steps. */
  readonly state: Floats;
}

/** Floats in the memory. */
export interface Floats {
  /** Where they begin, in bytes. */
  readonly address: number;
  /** How many there are. */
  readonly floats: number;
}

/** Checks the settings. Throws a `RangeError` on one out of range. */
export function makeOptimiser(settings: PlanOptimiser): Optimiser {
  switch (settings.kind) {
    case "sgd":
      return makeSgd(settings);
    case "adam":
      return makeAdam(settings);
    default:
      throw new RangeError(
        `Cannot compile the graph: optimiser.kind must be "sgd" or "adam", got ${
          JSON.stringify((settings satisfies never as PlanOptimiser).kind)
        }`,
      );
  }
}

function makeSgd(settings: PlanSgd): Optimiser {
  const { momentum = 0, weightDecay = 0, nesterov = false } = settings;
  check("momentum", momentum, momentum >= 0 && momentum < 1, "in [0, 1)");
  checkDecay(weightDecay);
  if (nesterov) check("momentum", momentum, momentum > 0, "above 0 where there is nesterov");
  const pulled =
    (weightDecay: number): OptimiserMove =>
    (kernels, { weights, gradients, state }, { learningRate, range: { first, floats } }) =>
      kernels.sgd(
        weights.address + 4 * first,
        gradients.address + 4 * first,
        momentum > 0 ? state.address + 4 * first : 0,
        floats,
        learningRate,
        momentum,
        weightDecay,
        nesterov ? 1 : 0,
      );
  return {
    stateFloats: momentum > 0 ? 1 : 0,
    flops: 2 * (1 + Number(momentum > 0) + Number(weightDecay > 0) + Number(nesterov)),
    step: withDecay(settings, pulled),
  };
}

function makeAdam(settings: PlanAdam): Optimiser {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, decoupled = false } =
    settings;
  check("beta1", beta1, beta1 >= 0 && beta1 < 1, "in [0, 1)");
  check("beta2", beta2, beta2 >= 0 && beta2 < 1, "in [0, 1)");
  check("epsilon", epsilon, epsilon > 0 && epsilon < Infinity, "above 0");
  checkDecay(weightDecay);
  const pulled =
    (weightDecay: number): OptimiserMove =>
    (kernels, { weights, gradients, state }, { learningRate, number, range }) =>
      (decoupled ? kernels.adamW : kernels.adam)(
        weights.address + 4 * range.first,
        gradients.address + 4 * range.first,
        state.address + 4 * range.first,
        state.address + 4 * (gradients.floats + range.first),
        range.floats,
        learningRate,
        beta1,
        beta2,
        epsilon,
        weightDecay,
        number,
      );
  return {
    stateFloats: 2,
    // Three for the mean, four for the mean square, five for the step with its root and quotient.
    flops: 12 + (weightDecay > 0 ? 2 : 0),
    step: withDecay(settings, pulled),
  };
}

/** Moves all weights with the decay, or those that it does not pull on without. */
function withDecay(
  { weightDecay = 0, decays = "all" }: PlanOptimiser,
  pulled: (weightDecay: number) => OptimiserMove,
): OptimiserMove {
  const known = decays === "all" || decays === "weights";
  check("decays", JSON.stringify(decays), known, 'one of "all", "weights"');
  const withIt = pulled(weightDecay), without = pulled(0);
  if (decays === "all" || weightDecay === 0) return withIt;
  return (kernels, slabs, { range: { first, floats }, ...step }) => {
    const end = first + floats;
    const middle = Math.min(Math.max(slabs.weightFloats, first), end);
    withIt(kernels, slabs, { ...step, range: { first, floats: middle - first } });
    without(kernels, slabs, { ...step, range: { first: middle, floats: end - middle } });
  };
}

function checkDecay(weightDecay: number): void {
  check("weightDecay", weightDecay, weightDecay >= 0 && weightDecay < Infinity, "at least 0");
}

function check(name: string, value: number | string, holds: boolean, expected: string): void {
  if (!holds) {
    throw new RangeError(
      `Cannot compile the graph: optimiser.${name} must be ${expected}, got ${value}`,
    );
  }
}
