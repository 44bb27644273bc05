import type { Rng } from "../../engine/rng.ts";
import type { SearchSpace } from "../../space/space.ts";
import { Adam } from "./adam.ts";
import { LogitsPolicy } from "./logits_policy.ts";
import { LstmPolicy } from "./lstm_policy.ts";
import {
  checkCount,
  type ControllerOptions,
  type ControllerPlan,
  planController,
} from "./options.ts";
import type { Policy } from "./policy.ts";

/** A decision that a controller made where there was something to choose. */
export interface ControllerStep {
  /** The decision's place among the decisions of the space. */
  readonly decision: number;
  /** The option that was chosen. */
  readonly choice: number;
  /** The probability of each option; 0 for those that the choices before rule out. */
  readonly probabilities: Float64Array;
}

/** An architecture as a controller makes it, decision by decision. */
export interface ControllerWalk<A> {
  /** The architecture. */
  readonly arch: A;
  /** Its choices, one a decision. */
  readonly choices: readonly number[];
  /** The decisions of them that were made; the others had a single option. */
  readonly steps: readonly ControllerStep[];
  /** The logarithm of the probability with which the controller makes this architecture. */
  readonly logProbability: number;
  /** The entropies of all steps together, in nats; its mean over walks is that of the policy. */
  readonly entropy: number;
}

/** What came of an architecture. */
export interface ControllerOutcome {
  /** Its choices. */
  readonly choices: readonly number[];
  /** How much better than expected it was: reward less baseline. */
  readonly advantage: number;
}

/** Options of {@linkcode Controller.marginals}. */
export interface MarginalsOptions {
  /** How many architectures are drawn; 500 when absent. */
  readonly walks?: number;
}

/**
 * A stochastic policy that makes architectures, and learns to make better ones by REINFORCE (Williams
 * 1992; Zoph & Le 2017): the probability of what was better than expected grows. {@linkcode reinforce}
 * searches with one.
 *
 * It walks the space's decisions in order and draws each from a softmax over the options that are
 * allowed after the choices before. Decisions without alternatives take no part. At the start its
 * choices are nearly even decision by decision, as {@linkcode sampleByDecision} draws.
 *
 * @typeParam A The architecture.
 *
 * @example A controller that learns to like 3x3 convolutions
 * ```ts
 * import { Controller, createRng, nasBench201 } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const rng = createRng("nas");
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const controller = new Controller(space, rng, { units: 16, learningRate: 0.01 });
 * let expected = 6 / 5;
 * for (let i = 0; i < 100; i++) {
 *   const { choices } = controller.sample(rng.split(i));
 *   const reward = choices.filter((operation) => operation === 3).length;
 *   controller.learn([{ choices, advantage: reward - expected }]);
 *   expected += 0.1 * (reward - expected);
 * }
 * assert(controller.marginals(rng, { walks: 100 }).every((edge) => edge[3]! > 0.9));
 * ```
 */
export class Controller<A> {
  readonly #space: SearchSpace<A>;
  readonly #plan: ControllerPlan;
  readonly #policy: Policy;
  readonly #adam: Adam;
  readonly #gradient: Float64Array;
  /** How much the squeezed logits rise with the logits, for every step of the last walk. */
  #bends: Float64Array[] = [];
  /** The last walk that the policy made as it is. */
  #last: ControllerWalk<A> | undefined;

  /**
   * A controller that has learned nothing.
   *
   * @param rng Where its first weights come from.
   * @throws {TypeError | RangeError} When an option is bad.
   */
  constructor(space: SearchSpace<A>, rng: Rng, options: ControllerOptions = {}) {
    this.#space = space;
    this.#plan = planController("make a controller", options);
    const { policy, learningRate } = this.#plan;
    const counts = space.decisions.map(({ options }) => options.length);
    const weights = rng.split("weights");
    this.#policy = policy === "lstm"
      ? new LstmPolicy(counts, this.#plan, weights)
      : new LogitsPolicy(counts, weights);
    const { length } = this.#policy.parameters;
    this.#adam = new Adam(length, learningRate);
    this.#gradient = new Float64Array(length);
  }

  /** All that is learned, as one array; a copy. */
  get parameters(): Float64Array {
    return this.#policy.parameters.slice();
  }

  /** Puts others in their place, as many. Throws a `RangeError` when there are more or fewer. */
  set parameters(values: Float64Array) {
    const { parameters } = this.#policy;
    if (values.length !== parameters.length) {
      throw new RangeError(
        `Cannot set parameters: there must be ${parameters.length}, got ${values.length}`,
      );
    }
    parameters.set(values);
    this.#forget();
  }

  /** Draws an architecture. */
  sample(rng: Rng): ControllerWalk<A> {
    return this.#walk(({ probabilities }) => draw(probabilities, rng()));
  }

  /**
   * The walk that makes an architecture, and how probable it is.
   *
   * @param choices One index a decision.
   * @throws {RangeError} When they are not an architecture of the space.
   */
  follow(choices: readonly number[]): ControllerWalk<A> {
    this.#space.fromChoices(choices);
    return this.#walk(({ decision }) => choices[decision] as number);
  }

  /**
   * The estimate of the gradient of the expected reward: the mean over outcomes of
   * `advantage · ∇ log π(choices)`, unbiased where they were drawn from the policy as it is and the
   * baseline in the advantage does not depend on them; and `entropyWeight` times that of the
   * entropies of the steps. What a choice does to the entropy of later steps is left out.
   *
   * @returns The slopes in the order of `parameters`; overwritten by the next call.
   * @throws {RangeError} When there is no outcome, an advantage is not finite, or choices are not
   * an architecture.
   */
  gradient(outcomes: readonly ControllerOutcome[]): Float64Array {
    if (outcomes.length === 0) throw new RangeError("Cannot learn: outcomes is empty");
    this.#gradient.fill(0);
    for (const { choices, advantage } of outcomes) {
      if (!Number.isFinite(advantage)) {
        throw new RangeError(`Cannot learn: advantage must be a finite number, got ${advantage}`);
      }
      const { steps } = this.#isLast(choices) ? this.#last! : this.follow(choices);
      const weights = {
        advantage: advantage / outcomes.length,
        entropyWeight: this.#plan.entropyWeight / outcomes.length,
      };
      const slopes = steps.map((step, k) => this.#slopes(step, k, weights));
      this.#policy.backward(slopes, this.#gradient);
    }
    return this.#gradient;
  }

  /**
   * Learns from outcomes: one step of Adam along their {@linkcode Controller.gradient}.
   *
   * @throws {RangeError} As `gradient` does.
   */
  learn(outcomes: readonly ControllerOutcome[]): void {
    const gradient = this.gradient(outcomes);
    let squares = 0;
    for (let i = 0; i < gradient.length; i++) squares += gradient[i]! ** 2;
    const shorter = Math.min(1, this.#plan.maxNorm / Math.sqrt(squares));
    if (shorter < 1) { for (let i = 0; i < gradient.length; i++) gradient[i]! *= shorter; }
    this.#adam.climb(this.#policy.parameters, gradient);
    this.#forget();
  }

  /**
   * How probable each option of each decision is, whatever is chosen before: the mean over walks of
   * the probabilities met, of which those of a decision without alternatives are 1 and 0.
   *
   * @param rng Draws the walks.
   * @param options How many walks; 500 when absent.
   * @returns `marginals[decision][option]`; each decision's come to 1.
   * @throws {RangeError} When `walks` is not a positive whole number.
   */
  marginals(rng: Rng, { walks = 500 }: MarginalsOptions = {}): number[][] {
    checkCount("take marginals", "walks", walks);
    const sums = this.#space.decisions.map(({ options }) => options.map(() => 0));
    for (let i = 0; i < walks; i++) {
      const { choices, steps } = this.sample(rng);
      const made = new Map(steps.map((step) => [step.decision, step.probabilities]));
      choices.forEach((choice, decision) => {
        const row = sums[decision]!;
        const probabilities = made.get(decision);
        if (probabilities === undefined) row[choice]! += 1;
        else probabilities.forEach((each, option) => row[option]! += each);
      });
    }
    return sums.map((row) => row.map((sum) => sum / walks));
  }

  /** What was computed holds no longer: the parameters have changed. */
  #forget(): void {
    this.#last = undefined;
    this.#policy.forget();
  }

  #walk(pick: (step: Omit<ControllerStep, "choice">) => number): ControllerWalk<A> {
    const space = this.#space;
    const choices: number[] = [];
    const steps: ControllerStep[] = [];
    let logProbability = 0;
    let entropy = 0;
    this.#policy.begin();
    this.#bends = [];
    for (let decision = 0; decision < space.decisions.length; decision++) {
      const allowed = space.allowed(choices);
      if (allowed.length === 1) {
        choices.push(allowed[0] as number);
        continue;
      }
      const probabilities = this.#probabilities(decision, allowed);
      const choice = pick({ decision, probabilities });
      this.#policy.choose(decision, choice);
      choices.push(choice);
      steps.push({ decision, choice, probabilities });
      logProbability += Math.log(probabilities[choice] as number);
      entropy += entropyOf(probabilities);
    }
    const arch = space.fromChoices(choices);
    return this.#last = { arch, choices, steps, logProbability, entropy };
  }

  /** Whether the policy has just walked so, and need not again. */
  #isLast(choices: readonly number[]): boolean {
    const last = this.#last?.choices;
    return last?.length === choices.length && last.every((choice, i) => choice === choices[i]);
  }

  /** The softmax over the allowed options. */
  #probabilities(decision: number, allowed: readonly number[]): Float64Array {
    const { temperature, tanhConstant } = this.#plan;
    const logits = this.#policy.logits(decision).map((logit) => logit / temperature);
    const bends = new Float64Array(logits.length).fill(1 / temperature);
    if (tanhConstant < Infinity) {
      logits.forEach((logit, option) => {
        const squeezed = Math.tanh(logit);
        logits[option] = tanhConstant * squeezed;
        bends[option]! *= tanhConstant * (1 - squeezed * squeezed);
      });
    }
    this.#bends.push(bends);
    let highest = -Infinity;
    for (const option of allowed) highest = Math.max(highest, logits[option]!);
    const probabilities = new Float64Array(logits.length);
    let sum = 0;
    for (const option of allowed) {
      sum += probabilities[option] = Math.exp(logits[option]! - highest);
    }
    for (const option of allowed) probabilities[option]! /= sum;
    return probabilities;
  }

  /** The slopes of `advantage · log π + weight · entropy` of the last walk, by the logits of a step. */
  #slopes({ choice, probabilities }: ControllerStep, step: number, weights: SlopeWeights) {
    const { advantage, entropyWeight } = weights;
    const entropy = entropyWeight === 0 ? 0 : entropyOf(probabilities);
    const bends = this.#bends[step] as Float64Array;
    return probabilities.map((p, option) => {
      const ofLog = (option === choice ? 1 : 0) - p;
      const ofEntropy = entropyWeight === 0 || p === 0 ? 0 : -p * (Math.log(p) + entropy);
      return bends[option]! * (advantage * ofLog + entropyWeight * ofEntropy);
    });
  }
}

/** What the parts of a walk's objective count. */
interface SlopeWeights {
  readonly advantage: number;
  readonly entropyWeight: number;
}

/** The option at which the sum of the probabilities passes a number from [0, 1). */
function draw(probabilities: Float64Array, at: number): number {
  let last = 0;
  let sum = 0;
  for (let option = 0; option < probabilities.length; option++) {
    if (probabilities[option] === 0) continue;
    last = option;
    sum += probabilities[option]!;
    if (at < sum) break;
  }
  return last;
}

/** In nats. */
function entropyOf(probabilities: Float64Array): number {
  let entropy = 0;
  for (const p of probabilities) if (p > 0) entropy -= p * Math.log(p);
  return entropy;
}
