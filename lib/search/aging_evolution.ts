import type { Json } from "../engine/json.ts";
import type { Rng } from "../engine/rng.ts";
import type { SearchSpace } from "../space/space.ts";
import {
  defineStrategy,
  type Goal,
  soleGoal,
  type Strategy,
  type StrategyMaker,
} from "./strategy.ts";
import { checkCount, checkVariety, checkWord, fitness } from "./strategy_options.ts";

/** How {@linkcode agingEvolution} goes on. */
export interface AgingEvolutionOptions {
  /** How many trials are alive; 100 when absent. */
  readonly population?: number;
  /** How many of them compete to be the parent of the next; 25 when absent. */
  readonly tournament?: number;
  /** Whether one may be drawn into a tournament more than once; `true` when absent. */
  readonly replacement?: boolean;
  /**
   * Who dies when one is born: the oldest, whatever its fitness, or the worst, which may be the
   * newborn; the oldest of these where several are. `"oldest"` when absent.
   */
  readonly kill?: "oldest" | "worst";
}

/** A living trial. */
interface Member<A> {
  readonly index: number;
  readonly arch: A;
  readonly fitness: number;
}

/**
 * Aging evolution, also called regularized evolution (Real et al. 2019, "Regularized Evolution for
 * Image Classifier Architecture Search"). A population is drawn at random; then, again and again, the
 * best of a random tournament gets a child that differs from it in one decision, and the oldest
 * member dies. The paper's children that are like their parent, one in twenty, are left out. Whoever is
 * to stay must be found good again through its children, so that a lucky training cannot hold its
 * place.
 *
 * The defaults are the paper's, made for searches of 20,000 trials. A search of a few hundred wants
 * less: (10, 3) is what AutoDL takes for NAS-Bench-201, (30, 10) what NASLib takes.
 *
 * A trial is born when its outcome is told. With several in flight a parent is chosen among those
 * born by then, which may be fewer than `population` at first. Failed and rejected candidates are
 * not born. Parents are chosen anew each time, and an architecture may be tried more than once.
 *
 * @throws {RangeError} When `population` or `tournament` is not a positive integer, or a tournament
 * without replacement is larger than the population.
 * @throws {TypeError} When `kill` is something else.
 *
 * @example A child differs from its parent in one operation
 * ```ts
 * import { agingEvolution, maximize, nasBench201, search } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: agingEvolution({ population: 10, tournament: 3 }),
 *   evaluate: (arch) => ({ convolutions: arch.filter((op) => op === "nor_conv_3x3").length }),
 *   objective: maximize("convolutions"),
 *   budget: { trials: 50 },
 *   seed: "example",
 * });
 * const { arch, parents: [parent] = [] } = study.trials[49]!;
 * const differs = arch.map((op, edge) => op !== study.trials[parent!]!.arch[edge]);
 * assertEquals(differs.filter((each) => each).length, 1);
 * ```
 */
export function agingEvolution(options: AgingEvolutionOptions = {}): StrategyMaker {
  const { population = 100, tournament = 25, replacement = true, kill = "oldest" } = options;
  checkCount("agingEvolution", "population", population);
  checkCount("agingEvolution", "tournament", tournament);
  checkWord("agingEvolution", "kill", { word: kill, words: ["oldest", "worst"] });
  if (!replacement && tournament > population) {
    throw new RangeError(
      `Cannot make agingEvolution: tournament must be at most population (${population}) ` +
        `without replacement, got ${tournament}`,
    );
  }
  const name = `agingEvolution(population: ${population}, tournament: ${tournament}, ` +
    `replacement: ${replacement}, kill: ${kill})`;
  return defineStrategy(
    name,
    <A>(space: SearchSpace<A>, rng: Rng, goals: readonly Goal[]): Strategy<A> => {
      const goal = soleGoal(goals, "agingEvolution");
      checkVariety("agingEvolution", space);
      let asks = 0;
      /** Random architectures whose outcome is not known yet. */
      let founders = 0;
      /** The oldest first. */
      let living: Member<A>[] = [];
      return {
        ask() {
          if (living.length + founders < population) {
            founders++;
            return { arch: space.sample(rng.split(asks++)) };
          }
          if (living.length === 0) return undefined;
          const draw = rng.split(asks++);
          const parent = fittest(competitors(living, { tournament, replacement }, draw));
          return { arch: space.mutate(parent.arch, draw), parents: [parent.index] };
        },
        tell(trial) {
          if (trial.parents === undefined) founders--;
          const value = fitness(trial, goal);
          if (value === undefined) return;
          living.push({ index: trial.index, arch: trial.arch, fitness: value });
          if (living.length > population) {
            living.splice(kill === "oldest" ? 0 : worst(living), 1);
          }
        },
        snapshot: () => ({ asks, founders, living: [...living] as unknown as Json }),
        restore(state) {
          const saved = state as unknown as { asks: number; founders: number; living: Member<A>[] };
          ({ asks, founders } = saved);
          living = [...saved.living];
        },
      };
    },
    { module: import.meta.url, factory: "agingEvolution", args: [options] },
  );
}

/** Those drawn into a tournament; all, in random order, where fewer live than it takes. */
function competitors<T>(
  living: readonly T[],
  { tournament, replacement }: { readonly tournament: number; readonly replacement: boolean },
  rng: Rng,
): T[] {
  if (replacement) {
    const drawn: T[] = [];
    for (let i = 0; i < tournament; i++) drawn.push(rng.pick(living));
    return drawn;
  }
  const rest = [...living];
  return Array.from({ length: Math.min(tournament, rest.length) }, (_, i) => {
    const at = i + rng.int(rest.length - i);
    [rest[i], rest[at]] = [rest[at] as T, rest[i] as T];
    return rest[i] as T;
  });
}

/** The best, the first of these where several are. */
function fittest<A>(members: readonly Member<A>[]): Member<A> {
  return members.reduce((best, member) => member.fitness > best.fitness ? member : best);
}

/** Where the worst stands, the first of these where several are. */
function worst(members: readonly Member<unknown>[]): number {
  let at = 0;
  members.forEach(({ fitness }, i) => {
    if (fitness < (members[at] as Member<unknown>).fitness) at = i;
  });
  return at;
}
