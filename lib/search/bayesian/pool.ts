import type { Rng } from "../../engine/rng.ts";
import type { SearchSpace } from "../../space/space.ts";
import type { Described } from "./features.ts";
import type { Memory } from "./memory.ts";

/** A candidate and the trial that it is a mutant of. */
export interface PoolMember<A> {
  /** The architecture. */
  readonly described: Described<A>;
  /** The index of the trial it was made from; `undefined` when it was drawn. */
  readonly parent: number | undefined;
}

/** How candidates are found. */
export interface PoolOptions {
  /** How many of the best trials are mutated. */
  readonly parents: number;
  /** How many mutants join at a time. */
  readonly mutants: number;
  /** How many drawn architectures join at a time. */
  readonly samples: number;
  /** How many candidates are kept. */
  readonly capacity: number;
}

/**
 * The candidates among which a predictor chooses: mutants of the best trials and architectures drawn
 * uniformly, all of them with networks that were not tried. They stay until they are asked for or are
 * the least promising of too many, so that their predictions need not be made afresh.
 */
export class Pool<A> {
  readonly #space: SearchSpace<A>;
  readonly #describe: (arch: A) => Described<A>;
  readonly #options: PoolOptions;
  #members: PoolMember<A>[] = [];
  #networks = new Set<string>();

  constructor(
    space: SearchSpace<A>,
    describe: (arch: A) => Described<A>,
    options: PoolOptions,
  ) {
    this.#space = space;
    this.#describe = describe;
    this.#options = options;
  }

  /** The candidates, in the order in which they joined. */
  get members(): readonly PoolMember<A>[] {
    return this.#members;
  }

  /** Drops what was tried since, and lets new candidates join. */
  refresh(memory: Memory<A>, rng: Rng): void {
    const { parents, mutants, samples } = this.#options;
    this.#keepThose(({ described }) => !memory.hasNetwork(described));
    const join = (arch: A, parent: number | undefined) => {
      const described = this.#describe(arch);
      const { network } = described;
      if (memory.hasNetwork(described) || this.#networks.has(network)) return;
      this.#networks.add(network);
      this.#members.push({ described, parent });
    };
    const best = memory.best(parents);
    if (this.#space.size > 1n) {
      for (let i = 0; i < mutants; i++) {
        const { described: { arch }, trial } = rng.pick(best);
        join(this.#space.mutate(arch, rng), trial);
      }
    }
    for (let i = 0; i < samples; i++) join(this.#space.sample(rng), undefined);
  }

  /** Drops the candidates with the lowest scores where there are too many. */
  trim(scores: readonly number[]): void {
    const { capacity } = this.#options;
    if (scores.length <= capacity) return;
    const order = scores.map((_, i) => i).sort((a, b) =>
      (scores[b] as number) - (scores[a] as number) || a - b
    );
    const kept = new Set(order.slice(0, capacity));
    this.#keepThose((_, i) => kept.has(i));
  }

  /** The candidates as plain JSON. */
  snapshot(): PoolState {
    return this.#members.map(({ described, parent }) => [described.key, parent ?? null]);
  }

  /** Becomes the pool that gave this state. */
  restore(state: PoolState): void {
    this.#members = state.map(([key, parent]) => ({
      described: this.#describe(this.#space.decode(key)),
      parent: parent ?? undefined,
    }));
    this.#networks = new Set(this.#members.map(({ described }) => described.network));
  }

  #keepThose(isKept: (member: PoolMember<A>, i: number) => boolean): void {
    this.#members = this.#members.filter((member, i) => {
      const keep = isKept(member, i);
      if (!keep) this.#networks.delete(member.described.network);
      return keep;
    });
  }
}

/** A {@linkcode Pool} as plain JSON: texts and parents. */
export type PoolState = readonly (readonly [string, number | null])[];
