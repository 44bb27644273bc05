import type { Proposal, Strategy } from "../../../lib/search/strategy.ts";
import type { Trial } from "../../../lib/search/trial.ts";

/** How {@linkcode play} plays. */
export interface PlayOptions<A> {
  /** The objective, named `score`; a trial without one failed. */
  readonly score: (proposal: Proposal<A>, index: number) => number | undefined;
  /** How many proposals are asked for. */
  readonly trials: number;
  /** How many may be out at once; 1 when absent. */
  readonly inFlight?: number;
  /** The architecture's text. */
  readonly encode: (arch: A) => string;
}

/** Plays a search without one: asks, and tells in the order of asking. Returns what was told. */
export function play<A>(
  strategy: Strategy<A>,
  { score, trials, inFlight = 1, encode }: PlayOptions<A>,
): Trial<A>[] {
  const told: Trial<A>[] = [];
  const out: Trial<A>[] = [];
  const tell = () => {
    const trial = out.shift()!;
    strategy.tell(trial);
    told.push(trial);
  };
  for (let index = 0; index < trials;) {
    const proposal = out.length < inFlight ? strategy.ask() : undefined;
    if (proposal === undefined) {
      if (out.length === 0) break;
      tell();
      continue;
    }
    const value = score(proposal, index);
    out.push({
      index: index++,
      ...proposal,
      key: encode(proposal.arch),
      status: value === undefined ? "failed" : "complete",
      metrics: value === undefined ? {} : { score: value },
      curves: {},
      seed: "",
      seconds: 1,
    });
  }
  while (out.length > 0) tell();
  return told;
}
