import type { Json } from "../engine/json.ts";
import type { Rng } from "../engine/rng.ts";
import type { SearchSpace } from "../space/space.ts";
import { Newcomers } from "./newcomers.ts";
import type { Goal, Proposal, Strategy } from "./strategy.ts";

/** A complete trial as an ancestor. */
export interface Ancestor<A> {
  readonly index: number;
  readonly arch: A;
  /** The values of the goals, in their order. */
  readonly values: readonly number[];
}

/** A child before it is known whether it is new. */
export interface Child<A> {
  readonly arch: A;
  readonly parents: readonly number[];
}

/** What tells one way of evolving in generations from another. */
export interface GenerationRules<A> {
  /** How many trials a generation has. */
  readonly size: number;
  /** A child for the given place of a generation. There is at least one ancestor. */
  readonly breed: (ancestors: readonly Ancestor<A>[], place: number, rng: Rng) => Child<A>;
  /** Who of the ancestors and their children are the ancestors of the next generation. */
  readonly select: (members: readonly Ancestor<A>[]) => Ancestor<A>[];
}

/**
 * Evolves in generations. The first is drawn at random; each other is bred once all of the one before
 * are told. No architecture is tried twice: a child that was there before is changed on until it is
 * new, and where that leads to nothing new its place goes to a random newcomer.
 *
 * A rejected child leaves its place to another; a failed one has had it.
 */
export function generations<A>(
  { space, rng, goals }: {
    readonly space: SearchSpace<A>;
    readonly rng: Rng;
    readonly goals: readonly Goal[];
  },
  { size, breed, select }: GenerationRules<A>,
): Strategy<A> {
  const newcomers = new Newcomers(space);
  let state = {
    asks: 0,
    generation: 0,
    /** How many of the generation were asked for, and told of. */
    asked: 0,
    told: 0,
    ancestors: [] as readonly Ancestor<A>[],
    born: [] as readonly Ancestor<A>[],
  };
  const next = (draw: Rng): Child<A> | { readonly arch: A } | undefined => {
    if (state.ancestors.length > 0) {
      const { arch, parents } = breed(state.ancestors, state.asked, draw);
      const child = newcomers.near(arch, draw);
      if (child !== undefined) return { arch: child, parents };
    }
    const arch = newcomers.draw(draw);
    return arch === undefined ? undefined : { arch };
  };
  return {
    ask(): Proposal<A> | undefined {
      if (state.asked === size) {
        if (state.told < size) return undefined;
        state.ancestors = select([...state.ancestors, ...state.born]);
        state.born = [];
        state.generation++;
        state.asked = state.told = 0;
      }
      if (!newcomers.areLeft) return undefined;
      const child = next(rng.split(state.asks++));
      if (child === undefined) return undefined;
      state.asked++;
      return { ...child, notes: { generation: state.generation } };
    },
    tell({ status, index, arch, metrics }) {
      if (status === "rejected") {
        state.asked--;
        return;
      }
      state.told++;
      if (status === "failed") return;
      const values = goals.map(({ metric }) => metrics[metric] as number);
      state.born = [...state.born, { index, arch, values }];
    },
    snapshot: () => ({ ...state, seen: newcomers.toJSON() }) as unknown as Json,
    restore(saved) {
      const { seen, ...rest } = saved as unknown as typeof state & { seen: string[] };
      state = rest;
      newcomers.restore(seen);
    },
  };
}
