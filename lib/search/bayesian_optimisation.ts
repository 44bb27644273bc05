import type { Json } from "../engine/json.ts";
import type { Rng } from "../engine/rng.ts";
import type { SearchSpace } from "../space/space.ts";
import { score } from "./bayesian/acquisition.ts";
import { Ensemble } from "./bayesian/ensemble.ts";
import { Feasibility } from "./bayesian/feasibility.ts";
import { type Described, describer, featuresOf } from "./bayesian/features.ts";
import { GaussianProcess } from "./bayesian/gaussian_process.ts";
import { Memory, type MemoryState } from "./bayesian/memory.ts";
import {
  type BayesianOptimisationOptions,
  type BayesianPlan,
  planBayesian,
} from "./bayesian/options.ts";
import { Pool, type PoolState } from "./bayesian/pool.ts";
import type { Predictor } from "./bayesian/predictor.ts";
import {
  defineStrategy,
  type Goal,
  type Proposal,
  soleGoal,
  type Strategy,
  type StrategyMaker,
} from "./strategy.ts";

/**
 * Bayesian optimisation: a predictor learns from the trials what others would give, and the candidate
 * with the best prospects is tried next (BANANAS, White et al. 2021; NASBOT, Kandasamy et al. 2018).
 *
 * - The predictor is a Gaussian process or an ensemble of small networks, which sees the decisions of an
 *   architecture, the paths through its cell and what it costs: none of which takes any training. Low
 *   values are drawn towards the others before they are learned.
 * - Candidates are mutants of the best trials and architectures drawn uniformly. They stay candidates
 *   until they are tried or better ones have come, so that a prediction costs little.
 * - Architectures with equal networks are tried once where the space can tell.
 * - With several trials in flight, the Gaussian process takes them to come out as predicted, which sends
 *   the next ones elsewhere. The ensemble takes no notice of them beyond not asking for them again:
 *   Thompson sampling spreads its choices by itself, expected improvement may ask for close relatives.
 * - Rejected architectures teach it which ones keep the constraints; failed ones are not tried again.
 *
 * The first architectures are drawn uniformly. Later proposals carry what was expected in their notes:
 * `predicted`, and `uncertainty`, its standard deviation, both in the objective's units.
 *
 * The features and the number of candidates were chosen on NAS-Bench-201, by the validation accuracies
 * after 12 epochs that they find on its three data sets. What comes nearest to BANANAS is the ensemble
 * with Thompson sampling and the paths alone as features.
 *
 * @param options How it predicts and chooses.
 * @throws {TypeError | RangeError} When an option is bad, and when a search begins in a space that has no
 * paths with paths among the features.
 *
 * @example Convolutions on the last edges, in 30 trials of 15,625 cells
 * ```ts
 * import { bayesianOptimisation, maximize, nasBench201, search } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: bayesianOptimisation(),
 *   evaluate: (arch) => ({
 *     score: arch.reduce((sum, op, edge) => sum + (op === "nor_conv_3x3" ? edge : 0), 0),
 *   }),
 *   objective: maximize("score"),
 *   budget: { trials: 30 },
 *   seed: "example",
 * });
 * assert(study.best().metrics.score! >= 12);
 * ```
 */
export function bayesianOptimisation(options: BayesianOptimisationOptions = {}): StrategyMaker {
  const plan = planBayesian(options);
  const name = `bayesianOptimisation(${
    Object.entries({ ...plan, features: plan.features?.join("+") ?? "offered" })
      .map(([key, value]) => `${key}: ${value}`).join(", ")
  })`;
  return defineStrategy(name, (space, rng, goals) =>
    new BayesianOptimisation(plan, {
      space,
      rng,
      goal: soleGoal(goals, "bayesianOptimisation"),
    }), { module: import.meta.url, factory: "bayesianOptimisation", args: [options] });
}

/** What a strategy is made for. */
interface Task<A> {
  readonly space: SearchSpace<A>;
  readonly rng: Rng;
  readonly goal: Goal;
}

class BayesianOptimisation<A> implements Strategy<A> {
  readonly #plan: BayesianPlan;
  readonly #task: Task<A>;
  readonly #describe: (arch: A) => Described<A>;
  readonly #predictor: Predictor;
  readonly #pool: Pool<A>;
  readonly #feasibility: Feasibility;
  #memory: Memory<A>;
  #asked = 0;

  constructor(plan: BayesianPlan, task: Task<A>) {
    this.#plan = plan;
    this.#task = task;
    const { space, goal } = task;
    const features = plan.features ?? featuresOf(space);
    this.#describe = describer(space, features);
    const options = space.decisions.map((decision) => decision.options.length);
    this.#feasibility = new Feasibility(options);
    this.#predictor = plan.predictor === "ensemble"
      ? new Ensemble(options, task.rng.split("ensemble"))
      : new GaussianProcess(features);
    this.#pool = new Pool(space, this.#describe, plan);
    this.#memory = new Memory(goal, this.#describe);
  }

  ask(): Proposal<A> | undefined {
    const { space, rng } = this.#task;
    if (BigInt(this.#memory.size) >= space.size) return undefined;
    const draw = rng.split(this.#asked++);
    this.#memory.begin();
    const { tried, inFlight, failed } = this.#memory;
    const isStart = tried.length + inFlight.length + failed < this.#plan.initial ||
      tried.length < 2;
    const { arch, ...rest } = (isStart ? undefined : this.#chosen(draw)) ?? this.#drawn(draw);
    this.#memory.ask(arch);
    return { arch: arch.arch, ...rest };
  }

  tell(trial: Parameters<Strategy<A>["tell"]>[0]): void {
    this.#memory.tell(trial);
  }

  snapshot(): Json {
    return {
      asked: this.#asked,
      memory: this.#memory.snapshot(),
      pool: this.#pool.snapshot(),
      predictor: this.#predictor.snapshot(),
    } as unknown as Json;
  }

  restore(state: Json): void {
    const { asked, memory, pool, predictor } = state as unknown as State;
    const { space, goal } = this.#task;
    this.#asked = asked;
    this.#memory = new Memory(goal, this.#describe);
    this.#memory.restore(memory, (key) => space.decode(key));
    this.#pool.restore(pool);
    this.#predictor.restore(predictor);
  }

  /** The candidate with the best prospects; `undefined` where the pool is empty. */
  #chosen(draw: Rng): Chosen<A> | undefined {
    const { goal } = this.#task;
    const memory = this.#memory;
    this.#pool.refresh(memory, draw);
    const { members } = this.#pool;
    if (members.length === 0) return undefined;
    const tried = memory.tried.map(({ described }) => described);
    const values = Float64Array.from(memory.tried, ({ value }) => value);
    this.#feasibility.learn(tried, memory.rejected);
    this.#predictor.learn(tried, values, memory.inFlight);
    const candidates = members.map(({ described }) => described);
    const prospects = this.#predictor.predict(candidates).map(({ mean, deviation }, i) => ({
      mean,
      deviation,
      // Candidates must be the safer, the more were rejected in a row.
      feasible: this.#feasibility.of(candidates[i]!) ** (1 + memory.rejectedInARow),
    }));
    const { acquisition } = this.#plan;
    const scores = score(prospects, { acquisition, best: this.#predictor.best(), rng: draw });
    const best = scores.indexOf(scores.reduce((most, each) => Math.max(most, each), -Infinity));
    const { described, parent } = members[best]!;
    const { mean, deviation } = prospects[best]!;
    const { scale } = this.#predictor;
    const sign = goal.direction === "maximize" ? 1 : -1;
    this.#pool.trim(scores);
    return {
      arch: described,
      ...(parent === undefined ? {} : { parents: [parent] }),
      notes: { predicted: sign * scale.valueAt(mean), uncertainty: scale.unit * deviation },
    };
  }

  /** An architecture drawn uniformly from those that were not tried. */
  #drawn(draw: Rng): Chosen<A> {
    // Where all networks that are left may have been tried, other architectures of them will do.
    for (let i = 0;; i++) {
      const arch = this.#describe(this.#task.space.sample(draw));
      if (!this.#memory.hasNetwork(arch)) return { arch };
      if (i >= 100 && !this.#memory.hasArch(arch)) return { arch };
    }
  }
}

/** A proposal whose architecture is described. */
type Chosen<A> = Omit<Proposal<A>, "arch"> & { readonly arch: Described<A> };

interface State {
  readonly asked: number;
  readonly memory: MemoryState;
  readonly pool: PoolState;
  readonly predictor: Json;
}
