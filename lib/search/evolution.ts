import type { Rng } from "../engine/rng.ts";
import type { SearchSpace } from "../space/space.ts";
import { type Ancestor, generations } from "./generations.ts";
import { defineStrategy, type Goal, soleGoal, type StrategyMaker } from "./strategy.ts";
import { checkCount, checkShare, checkVariety } from "./strategy_options.ts";

/** How {@linkcode evolution} goes on. */
export interface EvolutionOptions {
  /** How many trials a generation has; 100 when absent. */
  readonly population?: number;
  /** How many parents there are, as a share of a generation, but at least one; 0.25 when absent. */
  readonly parentShare?: number;
  /** How many children have one parent, as a share of a generation; 0.5 when absent. */
  readonly mutantShare?: number;
  /** How likely each decision of a mutant is drawn anew; 0.1 when absent. */
  readonly mutationRate?: number;
}

/**
 * Evolution in generations as Once-for-All has it (Cai et al. 2020, "Once-for-All: Train One Network
 * and Specialize it for Efficient Deployment"). The first generation is random. The best of all so
 * far become parents; a share of their children are mutants of one of them, the others take each
 * decision from one of two. The defaults are those of Once-for-All.
 *
 * Mutants and crossings take turns in a generation, which is asked for whole before the next: with
 * several in flight a search waits at its end. No architecture is tried twice: a child that was
 * tried before, its parent included, is changed on, one decision at a time, until it is new, and
 * where that leads to nothing new a random newcomer takes its place. A child that breaks a constraint
 * leaves its place to another, drawn anew; a search gives up after `maxRejections` in a row. A
 * failed child has had its place.
 *
 * @throws {RangeError} When `population` is not a positive integer, or a share or rate is not from 0
 * to 1.
 *
 * @example Networks of at most 60,000 multiply-accumulates
 * ```ts
 * import { atMost, evolution, maximize, nasBench201, search } from "naskit";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: evolution({ population: 20 }),
 *   evaluate: (arch) => ({ convolutions: arch.filter((op) => op === "nor_conv_3x3").length }),
 *   objective: maximize("convolutions"),
 *   constraints: [atMost("macs", 60_000)],
 *   budget: { trials: 80 },
 *   seed: "example",
 * });
 * assert(study.best().metrics.macs! <= 60_000);
 * assertEquals(new Set(study.trials.map(({ key }) => key)).size, 80);
 * ```
 */
export function evolution(options: EvolutionOptions = {}): StrategyMaker {
  const { population = 100, parentShare = 0.25, mutantShare = 0.5, mutationRate = 0.1 } = options;
  checkCount("evolution", "population", population);
  checkShare("evolution", "parentShare", parentShare);
  checkShare("evolution", "mutantShare", mutantShare);
  checkShare("evolution", "mutationRate", mutationRate);
  const parents = Math.max(1, Math.round(parentShare * population));
  const name = `evolution(population: ${population}, parentShare: ${parentShare}, ` +
    `mutantShare: ${mutantShare}, mutationRate: ${mutationRate})`;
  return defineStrategy(name, <A>(space: SearchSpace<A>, rng: Rng, goals: readonly Goal[]) => {
    const { direction } = soleGoal(goals, "evolution");
    checkVariety("evolution", space);
    return generations({ space, rng, goals }, {
      size: population,
      breed: (ancestors, place, draw) => {
        // Spread evenly over the generation, so that half of it has its share of mutants too.
        const isMutant = Math.floor((place + 1) * mutantShare) > Math.floor(place * mutantShare);
        const mother = draw.pick(ancestors);
        if (isMutant || ancestors.length === 1) {
          return { arch: space.mutate(mother.arch, draw, mutationRate), parents: [mother.index] };
        }
        const father = draw.pick(ancestors.filter((each) => each !== mother));
        return {
          arch: space.crossover(mother.arch, father.arch, draw),
          parents: [mother.index, father.index],
        };
      },
      select: (members) => best(members, { parents, direction }),
    });
  }, { module: import.meta.url, factory: "evolution", args: [options] });
}

/** The best, the best first, the earliest trials where several are equal. */
function best<A>(
  members: readonly Ancestor<A>[],
  { parents, direction }: { readonly parents: number; readonly direction: Goal["direction"] },
): Ancestor<A>[] {
  const sign = direction === "maximize" ? 1 : -1;
  const fitness = ({ values }: Ancestor<A>) => sign * (values[0] as number);
  return members.toSorted((a, b) => fitness(b) - fitness(a) || a.index - b.index).slice(0, parents);
}
