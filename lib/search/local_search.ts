import type { Json } from "../engine/json.ts";
import type { Rng } from "../engine/rng.ts";
import type { SearchSpace } from "../space/space.ts";
import {
  defineStrategy,
  type Goal,
  type Proposal,
  soleGoal,
  type Strategy,
  type StrategyMaker,
} from "./strategy.ts";
import { checkCount, checkVariety, checkWord, fitness } from "./strategy_options.ts";
import type { Trial } from "./trial.ts";

/** How {@linkcode localSearch} climbs. */
export interface LocalSearchOptions {
  /**
   * Whether it moves to the best neighbour once all are known, or to the first that is better.
   * `"best"` when absent.
   */
  readonly improvement?: "best" | "first";
  /**
   * Whether no architecture is tried twice: what is known of one from before counts. `true` when
   * absent.
   */
  readonly unique?: boolean;
  /** After how many moves a climb ends even if it could go on; never when absent. */
  readonly steps?: number;
  /** How many climbs there are, each from a random start; no end of them when absent. */
  readonly climbs?: number;
}

/**
 * Local search, also called hill climbing: it tries the neighbours of an architecture, those that
 * differ in one decision, in random order and moves to one that is better, until none is; then it
 * starts again from a random architecture. A strong baseline where trainings have little noise
 * (White et al. 2020, "Local Search is State of the Art for Neural Architecture Search Benchmarks";
 * Den Ottelander et al. 2020, "Local Search is a Remarkably Strong Baseline for Neural Architecture
 * Search"). The defaults are White's.
 *
 * With several in flight, neighbours are tried side by side, and the search waits where it cannot know
 * where to go: for the outcome of a start, and of the last neighbours of a place. A search for the
 * first that is better moves on at once; one of an earlier place whose outcome comes later counts where
 * it is better still. Rejected and failed candidates are no better than any other; after a start of
 * that kind there is another.
 *
 * @throws {RangeError} When `steps` or `climbs` is not a positive integer.
 * @throws {TypeError} When `improvement` is something else.
 *
 * @example One climb, to where no neighbour is better
 * ```ts
 * import { localSearch, maximize, nasBench201, search } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: localSearch({ climbs: 1 }),
 *   evaluate: (arch) => ({ convolutions: arch.filter((op) => op === "nor_conv_3x3").length }),
 *   objective: maximize("convolutions"),
 *   budget: { trials: 200 },
 *   seed: "example",
 * });
 * assertEquals(study.best().metrics.convolutions, 6);
 * assertEquals(study.stopped, "exhausted");
 * ```
 */
export function localSearch(options: LocalSearchOptions = {}): StrategyMaker {
  const { improvement = "best", unique = true, steps = Infinity, climbs = Infinity } = options;
  checkWord("localSearch", "improvement", { word: improvement, words: ["best", "first"] });
  if (options.steps !== undefined) checkCount("localSearch", "steps", steps);
  if (options.climbs !== undefined) checkCount("localSearch", "climbs", climbs);
  const name = `localSearch(improvement: ${improvement}, unique: ${unique}, ` +
    `steps: ${options.steps ?? "any"}, climbs: ${options.climbs ?? "any"})`;
  return defineStrategy(name, <A>(space: SearchSpace<A>, rng: Rng, goals: readonly Goal[]) => {
    const goal = soleGoal(goals, "localSearch");
    checkVariety("localSearch", space);
    return new Climber(space, { rng, goal, improvement, unique, steps, climbs });
  }, { module: import.meta.url, factory: "localSearch", args: [options] });
}

/** What an architecture was found to be worth. */
interface Outcome {
  readonly index: number;
  readonly fitness: number;
}

/** An architecture with its outcome. */
interface Place<A> extends Outcome {
  readonly arch: A;
}

/** All but the outcomes and the neighbours, which follow. */
interface ClimbState<A> {
  /** How often the generator was split. */
  draws: number;
  /** The number of the climb, and of moves made in it. */
  climb: number;
  step: number;
  /** Where the climb is; none before its start is told. */
  here: Place<A> | null;
  /** The best of the neighbours known by now, where it is better than that. */
  better: Place<A> | null;
  /** Which split orders the neighbours, and how many of them are done with. */
  order: number;
  tried: number;
  /** How many were asked for and not told. */
  outstanding: number;
}

/** What a climber needs to know, its options resolved. */
interface ClimbRules extends Required<LocalSearchOptions> {
  readonly rng: Rng;
  readonly goal: Goal;
}

class Climber<A> implements Strategy<A> {
  readonly #space: SearchSpace<A>;
  readonly #rules: ClimbRules;
  #state: ClimbState<A> = {
    draws: 0,
    climb: 0,
    step: 0,
    here: null,
    better: null,
    order: 0,
    tried: 0,
    outstanding: 0,
  };
  #neighbours: A[] = [];
  /** By text, what was asked for; `null` where it is worth nothing, or not yet. */
  #known = new Map<string, Outcome | null>();

  constructor(space: SearchSpace<A>, rules: ClimbRules) {
    this.#space = space;
    this.#rules = rules;
  }

  ask(): Proposal<A> | undefined {
    const state = this.#state;
    while (state.here !== null) {
      const proposal = this.#nextNeighbour(state.here);
      if (proposal !== undefined) return proposal;
      if (state.tried < this.#neighbours.length) continue;
      if (state.outstanding > 0) return undefined;
      if (state.better === null) this.#endClimb();
      else this.#move(state.better);
    }
    return state.outstanding > 0 ? undefined : this.#start();
  }

  tell(trial: Trial<A>): void {
    const { unique, goal } = this.#rules;
    const { index, arch, key, parents } = trial;
    this.#state.outstanding--;
    const value = fitness(trial, goal);
    if (value === undefined) return;
    if (unique) this.#known.set(key, { index, fitness: value });
    const place = { index, arch, fitness: value };
    if (parents === undefined) this.#settle(place);
    else this.#consider(place);
  }

  snapshot(): Json {
    return { ...this.#state, known: [...this.#known] } as unknown as Json;
  }

  restore(saved: Json): void {
    const { known, ...state } = saved as unknown as ClimbState<A> & {
      known: [string, Outcome | null][];
    };
    this.#state = state;
    this.#known = new Map(known);
    if (state.here !== null) this.#neighbours = this.#around(state.here, state.order);
  }

  /** A neighbour to try; `undefined` when what there is to know of the next one is known. */
  #nextNeighbour(here: Place<A>): Proposal<A> | undefined {
    const state = this.#state;
    const arch = this.#neighbours[state.tried];
    if (arch === undefined) return undefined;
    state.tried++;
    if (this.#rules.unique) {
      const key = this.#space.encode(arch);
      const known = this.#known.get(key);
      if (known) this.#consider({ ...known, arch });
      if (known !== undefined) return undefined;
      this.#known.set(key, null);
    }
    state.outstanding++;
    return { arch, parents: [here.index], notes: { climb: state.climb, step: state.step } };
  }

  /** Counts a neighbour, of this place or an earlier one, where it is better. */
  #consider(place: Place<A>): void {
    const { here, better } = this.#state;
    if (here === null || place.fitness <= (better ?? here).fitness) return;
    if (this.#rules.improvement === "first") this.#move(place);
    else this.#state.better = place;
  }

  #start(): Proposal<A> | undefined {
    const state = this.#state;
    const { unique, climbs, rng } = this.#rules;
    if (state.climb === climbs || BigInt(this.#known.size) >= this.#space.size) return undefined;
    const draw = rng.split(state.draws++);
    let arch = this.#space.sample(draw);
    if (unique) {
      while (this.#known.has(this.#space.encode(arch))) arch = this.#space.sample(draw);
      this.#known.set(this.#space.encode(arch), null);
    }
    state.outstanding++;
    return { arch, notes: { climb: state.climb, step: 0 } };
  }

  #move(place: Place<A>): void {
    this.#state.step++;
    if (this.#state.step === this.#rules.steps) this.#endClimb();
    else this.#settle(place);
  }

  /** Goes to a place and lists its neighbours. */
  #settle(here: Place<A>): void {
    const order = this.#state.draws++;
    Object.assign(this.#state, { here, better: null, order, tried: 0 });
    this.#neighbours = this.#around(here, order);
  }

  #endClimb(): void {
    const state = this.#state;
    Object.assign(state, { here: null, better: null, step: 0, climb: state.climb + 1 });
  }

  #around({ arch }: Place<A>, order: number): A[] {
    return this.#rules.rng.split(order).shuffle([...this.#space.neighbours(arch)]);
  }
}
