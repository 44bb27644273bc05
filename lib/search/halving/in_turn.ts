import type { Json } from "../../engine/json.ts";
import type { Rng } from "../../engine/rng.ts";
import type { SearchSpace } from "../../space/space.ts";
import { type Goal, soleGoal, type Strategy, type StrategyMaker } from "../strategy.ts";
import { Bracket } from "./bracket.ts";
import type { Rung } from "./rungs.ts";

interface Saved {
  readonly round: number;
  readonly empty: readonly number[];
  readonly bracket: Json;
  readonly proposers: readonly Json[];
}

/** Brackets one after another, round and round, each kind with proposals of its own strategy. */
export function bracketsInTurn<A>(
  { name, kinds, propose }: {
    readonly name: string;
    readonly kinds: readonly (readonly Rung[])[];
    readonly propose: StrategyMaker;
  },
  { space, rng, goals }: {
    readonly space: SearchSpace<A>;
    readonly rng: Rng;
    readonly goals: readonly Goal[];
  },
): Strategy<A> {
  const goal = soleGoal(goals, name);
  // A strategy that was told accuracies after one epoch and after nine could not compare them.
  const proposers = kinds.map((_, kind) => propose(space, rng.split(kind), goals));
  const empty = new Set<number>();
  let round = 0;
  const kindNow = () => round % kinds.length;
  const begin = () => {
    const kind = kindNow();
    const [rungs, proposer] = [kinds[kind] as Rung[], proposers[kind] as Strategy<A>];
    return new Bracket({ space, goal, rungs, proposer });
  };
  let bracket = begin();
  return {
    ask() {
      while (empty.size < kinds.length) {
        const proposal = empty.has(kindNow()) ? undefined : bracket.ask();
        if (proposal !== undefined) {
          const notes = { ...proposal.notes, bracket: kindNow() };
          return { ...proposal, notes };
        }
        if (bracket.isEmpty) empty.add(kindNow());
        if (!bracket.isDone && !empty.has(kindNow())) return undefined;
        round++;
        bracket = begin();
      }
      return undefined;
    },
    tell: (trial) => bracket.tell(trial),
    snapshot: () => ({
      round,
      empty: [...empty],
      bracket: bracket.snapshot(),
      proposers: proposers.map((proposer) => proposer.snapshot()),
    }),
    restore(state) {
      const saved = state as unknown as Saved;
      round = saved.round;
      empty.clear();
      saved.empty.forEach((kind) => empty.add(kind));
      proposers.forEach((proposer, kind) => proposer.restore(saved.proposers[kind] as Json));
      bracket = begin();
      bracket.restore(saved.bracket);
    },
  };
}
