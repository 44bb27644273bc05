import type { Json } from "../../engine/json.ts";
import type { SearchSpace } from "../../space/space.ts";
import type { Goal, Proposal, Strategy } from "../strategy.ts";
import type { Trial } from "../trial.ts";
import type { Rung } from "./rungs.ts";

/** A proposal that finished a rung. */
interface Member {
  readonly key: string;
  /** The trial's index. */
  readonly index: number;
  /** How good it is, more being better; `null` when it failed. */
  readonly value: number | null;
}

/**
 * One round of successive halving. The proposals of the first rung come from another strategy, which
 * is told how they did there; the best of each rung go on to the next once the whole rung is known.
 */
export class Bracket<A> {
  readonly #space: SearchSpace<A>;
  readonly #goal: Goal;
  readonly #rungs: readonly Rung[];
  readonly #proposer: Strategy<A>;
  #rung = 0;
  /** What is still to be asked for on this rung, above the first. */
  #waiting: Member[] = [];
  #asked = 0;
  #members: Member[] = [];
  #proposerIsDry = false;
  #isEmpty = false;

  constructor(
    { space, goal, rungs, proposer }: {
      readonly space: SearchSpace<A>;
      readonly goal: Goal;
      readonly rungs: readonly Rung[];
      readonly proposer: Strategy<A>;
    },
  ) {
    this.#space = space;
    this.#goal = goal;
    this.#rungs = rungs;
    this.#proposer = proposer;
  }

  /** Whether all rungs are done. */
  get isDone(): boolean {
    return this.#rung >= this.#rungs.length;
  }

  /** Whether nothing was ever proposed in it, since the other strategy has nothing left. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** The next proposal; `undefined` while outcomes are missing, and when it is done. */
  ask(): Proposal<A> | undefined {
    if (this.isDone) return undefined;
    const { count, epochs } = this.#rungs[this.#rung] as Rung;
    if (this.#rung > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) return undefined;
      this.#asked++;
      const notes = { rung: this.#rung };
      return { arch: this.#space.decode(next.key), epochs, parents: [next.index], notes };
    }
    if (this.#asked >= count || this.#proposerIsDry) return undefined;
    const proposal = this.#proposer.ask();
    if (proposal !== undefined) {
      this.#asked++;
      return { ...proposal, epochs, notes: { ...proposal.notes, rung: 0 } };
    }
    // It waits for outcomes; when there are none to come, it has nothing more.
    if (this.#asked > this.#members.length) return undefined;
    this.#proposerIsDry = true;
    this.#climb();
    return this.ask();
  }

  /** Learns an outcome. */
  tell(trial: Trial<A>): void {
    if (this.#rung === 0) this.#proposer.tell(trial);
    if (trial.status === "rejected") {
      // On the first rung another takes its place.
      this.#asked--;
    } else {
      this.#members.push(this.#memberOf(trial));
    }
    const { count } = this.#rungs[this.#rung] as Rung;
    const isAsked = this.#rung > 0 ? this.#waiting.length === 0 : this.#asked === count;
    if (isAsked && this.#members.length === this.#asked) this.#climb();
  }

  #memberOf({ key, index, status, metrics }: Trial<A>): Member {
    const { metric, direction } = this.#goal;
    if (status === "failed") return { key, index, value: null };
    const value = metrics[metric] as number;
    return { key, index, value: direction === "maximize" ? value : -value };
  }

  /** On to the next rung, with the best of this one; done when none can go on. */
  #climb(): void {
    const [rung, next] = this.#rungs.slice(this.#rung, this.#rung + 2) as [Rung, Rung?];
    this.#isEmpty = this.#rung === 0 && this.#members.length === 0;
    // Fewer where the other strategy could not fill the rung.
    const share = this.#members.length / rung.count;
    const places = next === undefined ? 0 : Math.max(1, Math.floor(share * next.count));
    this.#waiting = this.#members.filter(({ value }) => value !== null)
      .sort((a, b) => (b.value as number) - (a.value as number) || a.index - b.index)
      .slice(0, places);
    this.#rung = this.#waiting.length === 0 ? this.#rungs.length : this.#rung + 1;
    this.#members = [];
    this.#asked = 0;
  }

  /** The state without that of the other strategy. */
  snapshot(): Json {
    return {
      rung: this.#rung,
      waiting: this.#waiting.map((member) => ({ ...member })),
      asked: this.#asked,
      members: this.#members.map((member) => ({ ...member })),
      proposerIsDry: this.#proposerIsDry,
      isEmpty: this.#isEmpty,
    };
  }

  restore(state: Json): void {
    const saved = state as unknown as {
      rung: number;
      waiting: Member[];
      asked: number;
      members: Member[];
      proposerIsDry: boolean;
      isEmpty: boolean;
    };
    this.#rung = saved.rung;
    this.#waiting = [...saved.waiting];
    this.#asked = saved.asked;
    this.#members = [...saved.members];
    this.#proposerIsDry = saved.proposerIsDry;
    this.#isEmpty = saved.isEmpty;
  }
}
