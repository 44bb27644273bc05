import { createRng, type Rng } from "../../../lib/engine/rng.ts";
import type { Goal, Strategy, StrategyMaker } from "../../../lib/search/strategy.ts";
import type { Trial } from "../../../lib/search/trial.ts";
import type { SearchSpace } from "../../../lib/space/space.ts";

/** A search without networks: a strategy is asked and told, and nothing else happens. */
export interface Drive<A> {
  readonly space: SearchSpace<A>;
  readonly strategy: StrategyMaker;
  readonly goals: readonly Goal[];
  readonly trials: number;
  /** The metrics of an architecture, or what else becomes of it. */
  readonly evaluate: (arch: A, index: number) => Trial<A>["metrics"] | "failed" | "rejected";
  readonly rng?: Rng;
  readonly inFlight?: number;
  /** Called after each ask and before its outcome is told. */
  readonly onAsk?: (strategy: Strategy<A>) => void;
}

/** Drives a search and returns its trials; rejected ones in the second list. */
export function drive<A>(
  { space, strategy: make, goals, trials, evaluate, rng, inFlight = 1, onAsk }: Drive<A>,
): [Trial<A>[], Trial<A>[]] {
  const strategy = make(space, rng ?? createRng("drive"), goals);
  const rejected: Trial<A>[] = [];
  const asked: Trial<A>[] = [];
  let told = 0;
  while (asked.length < trials) {
    if (asked.length - told >= inFlight) strategy.tell(asked[told++]!);
    const proposal = strategy.ask();
    if (proposal === undefined) {
      if (told === asked.length) break;
      strategy.tell(asked[told++]!);
      continue;
    }
    onAsk?.(strategy);
    const key = space.encode(proposal.arch);
    const common = { ...proposal, key, curves: {}, seed: "", seconds: 0 };
    const outcome = evaluate(proposal.arch, asked.length);
    if (outcome === "rejected") {
      const trial = { ...common, index: rejected.length, status: outcome, metrics: {} };
      rejected.push(trial);
      strategy.tell(trial);
    } else {
      const status = outcome === "failed" ? outcome : "complete";
      const metrics = outcome === "failed" ? {} : outcome;
      asked.push({ ...common, index: asked.length, status, metrics });
    }
  }
  while (told < asked.length) strategy.tell(asked[told++]!);
  return [asked, rejected];
}
