import type { Json } from "../engine/json.ts";
import { checkCount, type ControllerOptions, planController } from "./controller/options.ts";
import { Controller } from "./controller/controller.ts";
import { checkReward, describeReward, rewardOf, type RewardShape } from "./controller/reward.ts";
import { defineStrategy, soleGoal, type StrategyMaker } from "./strategy.ts";

/** How {@linkcode reinforce} learns. */
export interface ReinforceOptions extends ControllerOptions {
  /**
   * How many outcomes each update waits for, and so how many trials can run at once; 4 when absent.
   */
  readonly batch?: number;
  /**
   * How much of the baseline stays at each reward; 0.9 when absent, as in NAS-Bench-201's code. 0.99
   * in ENAS's.
   */
  readonly baselineDecay?: number;
  /** How the objective becomes the reward; `"value"` when absent. */
  readonly reward?: RewardShape;
  /**
   * The reward of what failed or broke a constraint, from which the controller learns to avoid it. When
   * absent nothing is learned from these.
   */
  readonly penalty?: number;
}

/**
 * Reinforcement learning: a {@linkcode Controller} makes the architectures, and after every `batch`
 * outcomes makes those more probable that were better than expected (Zoph & Le 2017, "Neural
 * Architecture Search with Reinforcement Learning"; the policy of logits: Dong & Yang 2020,
 * "NAS-Bench-201").
 *
 * What is expected, the baseline, is an exponential mean of all rewards before the batch, corrected for
 * its beginning; the first batch only gives the first baseline. All of a batch are drawn from
 * the same policy, as the gradient asks: where more trials could run, the search waits for the
 * outcomes of a batch before the next. So the number of trials in flight changes nothing but time.
 *
 * The LSTM's defaults are ENAS's (Pham et al. 2018: units and rate of the code, tanh constant of the
 * paper). With them and batches of 4, 300 trials of NAS-Bench-201 on CIFAR-10, led by the
 * accuracy after 12 epochs, end at 94.2 % in the mean where random search ends at 93.9 %.
 *
 * Architectures come again as the policy grows sure of them; a repeated one is another trial. The
 * result of a search is the best that was tried, not what the policy likes best in the end.
 *
 * Every trial's notes say `logProbability`, that of the architecture under the policy it was drawn
 * from; `entropy`, that of all its decisions together in nats, whose exponential is about how many
 * architectures the policy still chooses among; and `baseline`, once there is one.
 *
 * A snapshot holds what was learned from, in order, and restoring learns it again: some tenths of a
 * millisecond a trial.
 *
 * @throws {TypeError | RangeError} When an option is bad.
 *
 * @example
 * ```ts
 * import { maximize, nasBench201, reinforce, search } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: reinforce({ units: 16 }),
 *   evaluate: (_arch, { graph }) => ({
 *     convolutions: graph.nodes.filter(({ op }) => op === "conv").length,
 *   }),
 *   objective: maximize("convolutions"),
 *   budget: { trials: 60 },
 *   seed: "example",
 * });
 * const entropies = study.trials.map(({ notes }) => notes!.entropy!);
 * assert(entropies.at(-1)! < entropies[0]!);
 * ```
 *
 * @example Accuracy against latency, with MnasNet's reward
 * ```ts
 * import { reinforce, strategyContract } from "naskit";
 *
 * const strategy = reinforce({
 *   policy: "logits",
 *   reward: { metric: "macs", target: 5e6, exponent: -0.07 },
 * });
 * await strategyContract(strategy, { runs: 5 });
 * ```
 */
export function reinforce(options: ReinforceOptions = {}): StrategyMaker {
  const plan = planController("make reinforce()", options);
  const { batch = 4, baselineDecay = 0.9, reward = "value", penalty } = options;
  checkCount("make reinforce()", "batch", batch);
  if (!(baselineDecay >= 0 && baselineDecay < 1)) {
    throw new RangeError(
      `Cannot make reinforce(): baselineDecay must be in [0, 1), got ${baselineDecay}`,
    );
  }
  if (penalty !== undefined && !Number.isFinite(penalty)) {
    throw new RangeError(
      `Cannot make reinforce(): penalty must be a finite number, got ${penalty}`,
    );
  }
  checkReward("make reinforce()", reward);
  const all = { ...plan, batch, baselineDecay, reward: describeReward(reward), penalty };
  const name = `reinforce(${
    Object.entries(all).map(([key, value]) => `${key}: ${value ?? "none"}`).join(", ")
  })`;

  return defineStrategy(name, (space, rng, goals) => {
    const goal = soleGoal(goals, "reinforce()");
    let asked = 0;
    let outstanding = 0;
    /** Every reward that was learned from, followed by the choices it was given for. */
    let lessons: (readonly number[])[] = [];
    let controller = new Controller(space, rng, plan);
    let baseline = new Baseline(baselineDecay);

    function learn(lesson: readonly number[]): void {
      lessons.push(lesson);
      if (lessons.length % batch !== 0) return;
      const { value } = baseline;
      const last = lessons.slice(-batch);
      if (value !== undefined) {
        controller.learn(
          last.map(([reward, ...choices]) => ({ choices, advantage: reward! - value })),
        );
      }
      last.forEach(([reward]) => baseline.add(reward!));
    }

    return {
      ask() {
        if (outstanding >= batch - lessons.length % batch) return undefined;
        outstanding++;
        const { arch, logProbability, entropy } = controller.sample(rng.split(asked++));
        const { value } = baseline;
        const notes = {
          logProbability,
          entropy,
          ...(value === undefined ? {} : { baseline: value }),
        };
        return { arch, notes };
      },
      tell(trial) {
        outstanding--;
        const earned = trial.status === "complete" ? rewardOf(trial, goal, reward) : penalty;
        if (earned !== undefined) learn([earned, ...space.toChoices(trial.arch)]);
      },
      snapshot: () => ({ asked, outstanding, lessons: [...lessons] }) satisfies Json,
      restore(state) {
        const saved = state as { asked: number; outstanding: number; lessons: number[][] };
        ({ asked, outstanding } = saved);
        lessons = [];
        controller = new Controller(space, rng, plan);
        baseline = new Baseline(baselineDecay);
        saved.lessons.forEach((lesson) => learn([...lesson]));
      },
    };
  }, { module: import.meta.url, factory: "reinforce", args: [options] });
}

/** An exponential mean, corrected for its beginning at zero. */
class Baseline {
  readonly #decay: number;
  #sum = 0;
  #weight = 0;

  constructor(decay: number) {
    this.#decay = decay;
  }

  /** `undefined` before the first reward. */
  get value(): number | undefined {
    return this.#weight === 0 ? undefined : this.#sum / this.#weight;
  }

  add(reward: number): void {
    this.#sum = this.#decay * this.#sum + (1 - this.#decay) * reward;
    this.#weight = this.#decay * this.#weight + (1 - this.#decay);
  }
}
