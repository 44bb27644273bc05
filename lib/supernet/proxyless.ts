import type { Rng } from "../engine/rng.ts";
import { gatesOf, likeliestPath, oneHot, pullBackGates } from "./gating.ts";
import type { GradientMethod, GradientStep, LogitSlopes } from "./gradient_method.ts";
import type { Logits } from "./logits.ts";

/** Options of {@linkcode proxyless}. */
export interface ProxylessOptions {
  /**
   * How many options of each choice a step of the logits runs: two, which takes the memory of two paths whatever
   * the number of options; or all candidates. 2 when absent.
   */
  readonly paths?: 2 | "all";
  /** After how many steps of the weights the logits move; 5 when absent. */
  readonly every?: number;
}

/** Epochs of the published search, and the steps of each: 1,231,167 images in batches of 256. */
const publishedSteps = 120 * 4809;

/** How options of a choice are compared: those that run, one of which alone is in the output. */
interface Comparison {
  /** The place of the one whose gate is 1. */
  readonly active: number;
  /** The places of all that run. */
  readonly involved: readonly number[];
  /** How likely each is among those that run; 0 for others. */
  readonly shares: Float64Array;
}

/**
 * ProxylessNAS (Cai, Zhu & Han 2019): gates are binary, so that a step of the weights runs and trains one path
 * alone, each option drawn by the softmax of its choice's logits. For a step of the logits two options of each
 * choice are drawn, one of which is let through; the other runs beside it, and the slopes of the loss by both
 * gates move their two logits as a softmax over these two would. A shift of the two then gives them the share
 * that they had together, so that options that were not drawn stay as likely as they were.
 *
 * As in the published program, logits are moved by Adam without momentum, so that those of options not drawn
 * stay, and after every fifth step of the weights; for the time before, when only weights move, there is the
 * option `warmUp` of a search. A loss on the expected cost moves all logits, also those of options not drawn.
 * The supernet is validated by its most likely path.
 *
 * The slope by a gate is that at the path that was drawn; its mean over paths is the slope of the expected loss
 * only where the loss is linear in the gates.
 *
 * @param options How many options a step of the logits runs, and how often there is one.
 * @throws {RangeError} When `every` is not a positive whole number or `paths` is something else.
 *
 * @example
 * ```ts
 * import { addLinearCost, digits, expectedCost, gradientSearch, nasBench201, proxyless, supernetOf } from "naskit";
 * import { assertGreater } from "@std/assert";
 *
 * const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const supernet = supernetOf(space);
 * const macs = expectedCost(supernet, "macs", { bases: 1, checks: 0 });
 * const { epochs } = await gradientSearch(supernet, proxyless({ every: 1 }), await digits({ train: 200 }), {
 *   epochs: 1,
 *   cost: { ...macs, form: addLinearCost({ reference: 30_000 }) },
 *   seed: "nas",
 * });
 * assertGreater(epochs[0]!.expectedCost!, macs.constant);
 * ```
 */
export function proxyless({ paths = 2, every = 5 }: ProxylessOptions = {}): GradientMethod {
  if (paths !== 2 && paths !== "all") {
    throw new RangeError(
      `Cannot make ProxylessNAS: paths must be 2 or "all", got ${JSON.stringify(paths)}`,
    );
  }
  if (!(Number.isSafeInteger(every) && every >= 1)) {
    throw new RangeError(
      `Cannot make ProxylessNAS: every must be a positive whole number, got ${every}`,
    );
  }
  return {
    name: "ProxylessNAS",
    settings: { paths, every },
    gating: "softmax",
    logits: {
      learningRate: 1e-3,
      beta1: 0,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      deviation: 1e-3,
    },
    publishedSteps,
    evaluated: likeliestPath,
    step: (step) => {
      const { logits, number, isFrozen, rng, trainWeights } = step;
      const outcome = trainWeights(drawPath(logits, rng.split("weights")));
      if (!isFrozen && (number + 1) % every === 0) moveLogits(step, paths);
      return outcome;
    },
  };
}

function drawPath(logits: Logits, rng: Rng): Map<string, Float64Array> {
  return new Map(logits.choices.map((choice) => {
    const values = logits.of(choice), candidates = logits.candidatesOf(choice);
    return [choice, oneHot(values.length, drawPlace(values, candidates, rng))];
  }));
}

function moveLogits(
  { plan, logits, nextBatch, rng, moveLogits }: GradientStep,
  paths: 2 | "all",
): void {
  const draws = rng.split("logits");
  const compared = new Map(
    logits.choices.map((choice) => [choice, compare(logits, { choice, paths, rng: draws })]),
  );
  plan.setGates(
    new Map([...compared].map(([choice, { active, shares }]) => [
      choice,
      oneHot(shares.length, active),
    ])),
    { open: new Map([...compared].map(([choice, { involved }]) => [choice, involved])) },
  );
  const { loss, gates } = plan.backward(nextBatch(), { weights: false });
  const gradient: LogitSlopes["gradient"] = new Map(
    [...compared].map(([choice, { shares }]) => {
      const slopes = gates?.get(choice) ?? new Float64Array(shares.length);
      return [choice, pullBackGates(shares, slopes, { gating: "softmax" })];
    }),
  );
  const before = new Map([...compared].map(([choice, { involved }]) => [
    choice,
    logSumExp(logits.of(choice), involved),
  ]));
  moveLogits({ loss, gradient });
  for (const [choice, { involved }] of compared) {
    const values = logits.of(choice);
    const offset = logSumExp(values, involved) - (before.get(choice) as number);
    for (const place of involved) values[place] = (values[place] as number) - offset;
  }
}

/** Draws the options of a choice that a step of the logits runs, and which of them is let through. */
function compare(
  logits: Logits,
  { choice, paths, rng }: {
    readonly choice: string;
    readonly paths: 2 | "all";
    readonly rng: Rng;
  },
): Comparison {
  const values = logits.of(choice), candidates = logits.candidatesOf(choice);
  const involved = paths === "all" || candidates.length <= 2
    ? candidates
    : drawTwo(values, candidates, rng);
  const shares = gatesOf(values, { gating: "softmax", candidates: involved });
  return { active: drawPlace(values, involved, rng), involved, shares };
}

/** Two different places, the second drawn as if there were no first. */
function drawTwo(values: Float64Array, candidates: readonly number[], rng: Rng): number[] {
  const first = drawPlace(values, candidates, rng);
  const others = candidates.filter((place) => place !== first);
  return [first, drawPlace(values, others, rng)];
}

/** One of some places, each as likely as a softmax over them says. */
function drawPlace(values: Float64Array, places: readonly number[], rng: Rng): number {
  const shares = gatesOf(values, { gating: "softmax", candidates: places });
  let rest = rng();
  for (const place of places) {
    rest -= shares[place] as number;
    if (rest < 0) return place;
  }
  // Where rounding leaves the shares' sum below 1.
  return places.at(-1) as number;
}

/** The logarithm of the sum of exponentials. */
function logSumExp(values: Float64Array, places: readonly number[]): number {
  const highest = Math.max(...places.map((place) => values[place] as number));
  return highest +
    Math.log(places.reduce((sum, place) => sum + Math.exp((values[place] as number) - highest), 0));
}
