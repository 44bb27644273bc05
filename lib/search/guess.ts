import type { Rng } from "../engine/rng.ts";
import type { Graph } from "../graph/graph.ts";
import type { SearchSpace } from "../space/space.ts";
import { spaceCosts, type TotalCosts } from "../space/space_costs.ts";

/** What a {@linkcode Guess} may look at; each part is worked out when it is first read. */
export interface Guessed {
  /** The architecture's canonical text, by which scores that were made before can be looked up. */
  readonly key: string;
  /** The network. */
  readonly graph: Graph;
  /** What it costs. */
  readonly costs: TotalCosts;
  /** Draws what the guess needs, e.g. weights; the same for an architecture every time. */
  readonly rng: Rng;
}

/** A cheap score that says beforehand how good a candidate may be, e.g. a zero-cost proxy. */
export interface Guess {
  /** Names it and all of its options; a journal is refused by a search with another one. */
  readonly name: string;
  /** The score: the more the better. Where it comes as a promise {@linkcode warmUp} alone can wait for it. */
  readonly score: (candidate: Guessed) => number | Promise<number>;
}

/** Throws a `TypeError` for what is no guess. */
export function checkGuess(task: string, guess: Guess): void {
  if (typeof guess?.name !== "string" || guess.name === "" || typeof guess.score !== "function") {
    throw new TypeError(`${task}: guess must be { name, score }, got ${JSON.stringify(guess)}`);
  }
}

/** Scores the architectures of a space. Throws a `RangeError` for a score that is no number. */
export function scorer<A>(
  space: SearchSpace<A>,
  guess: Guess,
  rng: Rng,
): (arch: A, key: string) => number | Promise<number> {
  const costsOf = spaceCosts(space);
  return (arch, key) => {
    let [graph, costs]: [Graph | undefined, TotalCosts | undefined] = [undefined, undefined];
    const score = guess.score({
      key,
      get graph() {
        return graph ??= space.lower(arch);
      },
      get costs() {
        return costs ??= costsOf(arch);
      },
      get rng() {
        return rng.split(key);
      },
    });
    const check = (score: number): number => {
      if (!Number.isNaN(score) && typeof score === "number") return score;
      throw new RangeError(`Cannot guess: ${guess.name} gave ${score} for ${key}, not a number`);
    };
    return score instanceof Promise ? score.then(check) : check(score);
  };
}
