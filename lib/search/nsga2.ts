import type { Rng } from "../engine/rng.ts";
import type { SearchSpace } from "../space/space.ts";
import { crowdingDistance } from "../stats/crowding_distance.ts";
import { nonDominatedSort } from "../stats/non_dominated_sort.ts";
import { type Ancestor, generations } from "./generations.ts";
import { defineStrategy, type Goal, type StrategyMaker } from "./strategy.ts";
import { checkCount, checkShare, checkVariety } from "./strategy_options.ts";

/** How {@linkcode nsga2} goes on. */
export interface Nsga2Options {
  /** How many trials survive, and how many children they have together; 100 when absent. */
  readonly population?: number;
  /** How likely a child takes its decisions from two parents; 0.9 when absent. */
  readonly crossoverRate?: number;
  /** How likely each decision of a child is drawn anew; one in as many as there are when absent. */
  readonly mutationRate?: number;
}

/**
 * NSGA-II, evolution towards the Pareto front of several goals (Deb et al. 2002, "A Fast and Elitist
 * Multiobjective Genetic Algorithm: NSGA-II"). Of a generation and its ancestors those survive that
 * fewest fronts dominate and, of the last front that finds room, those in the least crowded places.
 * A parent is the better of two random survivors by the same order.
 *
 * Rates and size are those of the paper. What happens to copies, to rejected and failed children,
 * and with several in flight is the same as for {@linkcode evolution}. One goal will do as well.
 *
 * @throws {RangeError} When `population` is not a positive integer, or a rate is not from 0 to 1.
 *
 * @example Many convolutions, few multiply-accumulates
 * ```ts
 * import { maximize, minimize, nasBench201, nsga2, search } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: nsga2({ population: 20 }),
 *   evaluate: (arch) => ({ convolutions: arch.filter((op) => op.startsWith("nor_conv")).length }),
 *   objective: [maximize("convolutions"), minimize("macs")],
 *   budget: { trials: 100 },
 *   seed: "example",
 * });
 * const front = study.paretoFront({ convolutions: "maximize", macs: "minimize" });
 * assert(new Set(front.map(({ metrics }) => metrics.convolutions)).size > 3);
 * ```
 */
export function nsga2(options: Nsga2Options = {}): StrategyMaker {
  const { population = 100, crossoverRate = 0.9, mutationRate } = options;
  checkCount("nsga2", "population", population);
  checkShare("nsga2", "crossoverRate", crossoverRate);
  if (mutationRate !== undefined) checkShare("nsga2", "mutationRate", mutationRate);
  const name = `nsga2(population: ${population}, crossoverRate: ${crossoverRate}, ` +
    `mutationRate: ${mutationRate ?? "1/decisions"})`;
  return defineStrategy(name, <A>(space: SearchSpace<A>, rng: Rng, goals: readonly Goal[]) => {
    checkVariety("nsga2", space);
    const rate = mutationRate ?? 1 / space.decisions.length;
    return generations({ space, rng, goals }, {
      size: population,
      breed: (ancestors, _place, draw) => {
        const mother = winner(ancestors, draw);
        const father = draw() < crossoverRate ? winner(ancestors, draw) : mother;
        const child = mother === father
          ? mother.arch
          : space.crossover(mother.arch, father.arch, draw);
        return {
          arch: space.mutate(child, draw, rate),
          parents: mother === father ? [mother.index] : [mother.index, father.index],
        };
      },
      select: (members) => survivors(members, goals).slice(0, population),
    });
  }, { module: import.meta.url, factory: "nsga2", args: [options] });
}

/** The better of two, which may be the same, of members in their order. */
function winner<T>(members: readonly T[], rng: Rng): T {
  const [a, b] = [rng.int(members.length), rng.int(members.length)];
  return members[Math.min(a, b)] as T;
}

/** All members: by their front, the least crowded of a front first, the earliest where equal. */
function survivors<A>(members: readonly Ancestor<A>[], goals: readonly Goal[]): Ancestor<A>[] {
  const fronts = nonDominatedSort(
    members.map(({ values }) => values),
    goals.map(({ direction }) => direction),
  );
  return fronts.flatMap((front) => {
    const own = front.map((i) => members[i] as Ancestor<A>);
    const distance = crowdingDistance(own.map(({ values }) => values));
    return own
      .map((member, i) => ({ member, distance: distance[i] as number }))
      .sort((a, b) =>
        a.distance === b.distance ? a.member.index - b.member.index : b.distance - a.distance
      )
      .map(({ member }) => member);
  });
}
