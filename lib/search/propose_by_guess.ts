import type { Json } from "../engine/json.ts";
import type { Rng } from "../engine/rng.ts";
import type { SearchSpace } from "../space/space.ts";
import { quantile } from "../stats/quantile.ts";
import { checkGuess, type Guess, scorer } from "./guess.ts";
import { defineStrategy, type Goal, type Strategy, type StrategyMaker } from "./strategy.ts";
import { checkProposer } from "./successive_halving.ts";
import { sealTrial } from "./trial.ts";

/** How {@linkcode proposeByGuess} sifts. */
export interface ProposeByGuessOptions {
  /** The share of the strategy's proposals that is let through, best guesses first; 0.25 when absent. */
  readonly keep?: number;
  /** The share of proposals that are sifted, the others being let through unseen; 0.75 when absent. */
  readonly trust?: number;
  /** Against how many of the latest guesses a proposal is measured; 50 when absent. */
  readonly window?: number;
}

/** So many proposals in a row are turned away at most. */
const mostSkipped = 200;

interface Saved {
  readonly asks: number;
  readonly skipped: number;
  readonly recent: readonly number[];
  readonly inner: Json;
}

/**
 * A strategy whose proposals are sifted by a cheap guess: one that scores below most of the latest
 * ones is turned away before anything is trained, which the strategy is told as if it had broken a
 * constraint, and asked again. A share goes through unseen, so that a guess that misleads cannot
 * close off a part of the space (Abdelfattah et al. 2021, "Zero-Cost Proxies for Lightweight NAS",
 * who take the best of a parent's children three times in four).
 *
 * Trials bear the guess as the note `guess`, and as `skipped` how many were turned away before.
 *
 * @param strategy What proposes.
 * @param guess What sifts.
 * @throws {RangeError} When an option makes no sense; while it searches, when a score is no number.
 * @throws {TypeError} When `strategy` is no strategy or `guess` no guess; while it searches, when a score
 * is a promise.
 *
 * @example Only networks that are large for what evolution breeds
 * ```ts
 * import { maximize, nasBench201, proposeByGuess, randomSearch, search } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const size = { name: "params", score: ({ costs }: { costs: { params: number } }) => costs.params };
 * const meanOf = async (strategy: ReturnType<typeof randomSearch>) => {
 *   const study = await search({
 *     space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *     strategy,
 *     evaluate: (_arch, { graph }) => ({ nodes: graph.nodes.length }),
 *     objective: maximize("nodes"),
 *     budget: { trials: 50 },
 *     seed: "example",
 *   });
 *   return study.trials.reduce((sum, { metrics }) => sum + metrics.params!, 0) / 50;
 * };
 * assert(await meanOf(proposeByGuess(randomSearch(), size)) > await meanOf(randomSearch()));
 * ```
 */
export function proposeByGuess(
  strategy: StrategyMaker,
  guess: Guess,
  { keep = 0.25, trust = 0.75, window = 50 }: ProposeByGuessOptions = {},
): StrategyMaker {
  const task = "Cannot propose by a guess";
  checkProposer(task, strategy);
  checkGuess(task, guess);
  if (!(keep > 0 && keep <= 1)) {
    throw new RangeError(`${task}: keep must be a share in (0, 1], got ${keep}`);
  }
  if (!(trust >= 0 && trust <= 1)) {
    throw new RangeError(`${task}: trust must be a share in [0, 1], got ${trust}`);
  }
  if (!(Number.isSafeInteger(window) && window >= 2)) {
    throw new RangeError(`${task}: window must be a whole number from 2 up, got ${window}`);
  }
  const name = `proposeByGuess(${strategy.strategyName}, ${guess.name}, keep: ${keep}, ` +
    `trust: ${trust}, window: ${window})`;
  return defineStrategy(name, <A>(
    space: SearchSpace<A>,
    rng: Rng,
    goals: readonly Goal[],
  ): Strategy<A> => {
    const inner = strategy(space, rng.split("proposals"), goals);
    const scoreOf = scorer(space, guess, rng.split("scores"));
    let asks = 0;
    let skipped = 0;
    let recent: number[] = [];
    return {
      ask() {
        const isSifted = rng.split(asks++)() < trust;
        for (let turnedAway = 0;; turnedAway++) {
          const proposal = inner.ask();
          if (proposal === undefined) return undefined;
          const key = space.encode(proposal.arch);
          const score = scoreOf(proposal.arch, key);
          if (typeof score !== "number") {
            throw new TypeError(`${task}: ${guess.name} must give a number at once, got a promise`);
          }
          recent.push(score);
          if (recent.length > window) recent.shift();
          const bar = quantile(recent, 1 - keep);
          if (!isSifted || score >= bar || turnedAway === mostSkipped) {
            const notes = { ...proposal.notes, guess: score, skipped: turnedAway };
            return { ...proposal, notes };
          }
          inner.tell(sealTrial<A>({
            index: skipped++,
            ...proposal,
            key,
            status: "rejected",
            metrics: {},
            curves: {},
            seed: "",
            seconds: 0,
            reason: `${guess.name} is ${score}, wanted is at least ${bar}`,
          }));
        }
      },
      tell: (trial) => inner.tell(trial),
      snapshot: () => ({ asks, skipped, recent: [...recent], inner: inner.snapshot() }),
      restore(state) {
        const saved = state as unknown as Saved;
        ({ asks, skipped } = saved);
        recent = [...saved.recent];
        inner.restore(saved.inner);
      },
    };
  });
}
