import type { Rng } from "../engine/rng.ts";
import type { BatchOutcome, Gates } from "../model/mod.ts";
import { likeliestPath, oneHot } from "./gating.ts";
import type { GradientMethod, GradientStep } from "./gradient_method.ts";

/** How paths are drawn. */
export interface OneShotOptions {
  /**
   * `"uniform"`: each step trains one path, each option of a choice as likely. `"fair"`: each step trains as
   * many paths as a choice has options at most, one after the other on the same batch, so that each option of a
   * choice comes once (where choices have fewer options, some come once more). `"uniform"` when absent.
   */
  readonly sampling?: "uniform" | "fair";
}

/**
 * Trains a supernet one path at a time, each as likely as any other, as single-path one-shot search does (Guo
 * et al. 2020); or by turns that treat all options alike, as FairNAS does (Chu, Zhang & Xu 2021), which adds
 * up the gradients of a turn where here each path takes a step of its own: a turn of `k` paths takes `k` times
 * as long, and moves what paths have in common `k` times.
 *
 * Logits do not move: the architecture of the result is a random one. Search over the weights of the result
 * instead, by {@linkcode oneShotEvaluate}.
 *
 * @throws {TypeError} When `sampling` is something else.
 *
 * @example
 * ```ts
 * import { digits, gradientSearch, nasBench201, oneShot, supernetOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const data = await digits({ train: 200, validation: 100 });
 * const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const { weights, steps } = await gradientSearch(supernetOf(space), oneShot(), data, {
 *   epochs: 2,
 *   batchSize: 50,
 *   seed: "nas",
 * });
 * assertEquals(steps, 2 * 4);
 * assertEquals(weights.get("stem.conv.weight")?.length, 3 * 3 * 2);
 * ```
 */
export function oneShot({ sampling = "uniform" }: OneShotOptions = {}): GradientMethod {
  if (sampling !== "uniform" && sampling !== "fair") {
    throw new TypeError(
      `Cannot sample paths: sampling must be "uniform" or "fair", got ${JSON.stringify(sampling)}`,
    );
  }
  return {
    name: "one-shot",
    settings: { sampling },
    gating: "softmax",
    logits: {
      learningRate: 3e-4,
      beta1: 0.5,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      deviation: 1e-3,
    },
    learns: false,
    evaluated: likeliestPath,
    step: (step) => {
      if (sampling === "uniform") return step.trainWeights(uniformPath(step));
      const outcomes = fairPaths(step).map((path) => step.trainWeights(path));
      return {
        loss: meanOf(outcomes, "loss"),
        correct: meanOf(outcomes, "correct"),
      };
    },
  };
}

function uniformPath({ logits, rng }: GradientStep): Gates {
  return new Map(logits.choices.map((choice) => {
    const place = rng.pick(logits.candidatesOf(choice));
    return [choice, oneHot(logits.of(choice).length, place)];
  }));
}

/** Paths of which each option of a choice is in one, or in two where other choices have more options. */
function fairPaths({ logits, rng }: GradientStep): Gates[] {
  const turns = Math.max(...logits.choices.map((choice) => logits.candidatesOf(choice).length));
  const orders = logits.choices.map((choice) => {
    const candidates = logits.candidatesOf(choice);
    return { choice, places: shuffledTurns(candidates, turns, rng) };
  });
  return Array.from({ length: turns }, (_, turn) =>
    new Map(orders.map(({ choice, places }) => [
      choice,
      oneHot(logits.of(choice).length, places[turn] as number),
    ])));
}

/** Random orders of all places, one behind the other, up to a length. */
function shuffledTurns(places: readonly number[], length: number, rng: Rng): number[] {
  const turns: number[] = [];
  while (turns.length < length) turns.push(...rng.shuffle(places));
  return turns.slice(0, length);
}

function meanOf(outcomes: readonly BatchOutcome[], what: keyof BatchOutcome): number {
  return outcomes.reduce((sum, outcome) => sum + outcome[what], 0) / outcomes.length;
}
