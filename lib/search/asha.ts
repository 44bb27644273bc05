import type { Json } from "../engine/json.ts";
import { checkHalving, type HalvingOptions, rungEpochs } from "./halving/rungs.ts";
import { randomSearch } from "./random_search.ts";
import { defineStrategy, type Proposal, soleGoal, type StrategyMaker } from "./strategy.ts";
import { checkProposer } from "./successive_halving.ts";

/** How {@linkcode asha} halves. */
export interface AshaOptions extends HalvingOptions {
  /** What makes the proposals; `randomSearch()` when absent. */
  readonly strategy?: StrategyMaker;
}

/** A training that ended on a rung. */
interface Finished {
  readonly key: string;
  /** The trial's index. */
  readonly index: number;
  /** How good it is, more being better. */
  readonly value: number;
  /** Whether it went on to the next rung. */
  readonly isPromoted: boolean;
}

interface Saved {
  readonly rungs: readonly (readonly Finished[])[];
  readonly pending: readonly number[];
  readonly proposer: Json;
}

/**
 * Asynchronous successive halving: whenever there is room for a training, the best one of the highest
 * rung that belongs to the rung's best one in `eta` and has not gone on yet goes on; where there is
 * none, a new proposal begins on the lowest rung (Li et al. 2020, "A System for Massively Parallel
 * Hyperparameter Tuning"). No training waits for others to end, which keeps many workers busy; the
 * price is that some early ones go on that would not have, had more been known.
 *
 * The strategy that proposes is told what came of the shortest trainings. A promoted architecture is
 * trained anew for more epochs; its trial names the one before as its parent, and its rung as a note.
 * A failed training never goes on.
 *
 * @throws {RangeError} When an option makes no sense.
 * @throws {TypeError} When `strategy` is no strategy.
 *
 * @example
 * ```ts
 * import { asha, maximize, nasBench201, search } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: asha({ maxEpochs: 9 }),
 *   evaluate: (_arch, { graph, epochs = 9 }) => ({ score: graph.nodes.length - 1 / epochs }),
 *   objective: maximize("score"),
 *   budget: { trials: 40 },
 *   seed: "example",
 * });
 * const count = (epochs: number) => study.trials.filter((trial) => trial.epochs === epochs).length;
 * assert(count(1) > count(3) && count(3) > count(9) && count(9) > 0);
 * ```
 */
export function asha(options: AshaOptions): StrategyMaker {
  const task = "Cannot make ASHA";
  const halving = checkHalving(task, options);
  const { strategy = randomSearch() } = options;
  checkProposer(task, strategy);
  const { maxEpochs, minEpochs, eta } = halving;
  const epochs = rungEpochs(halving);
  const name = `asha(epochs: ${minEpochs} to ${maxEpochs}, eta: ${eta}, ` +
    `strategy: ${strategy.strategyName})`;
  return defineStrategy(name, (space, rng, goals) => {
    const { metric, direction } = soleGoal(goals, "asha()");
    const proposer = strategy(space, rng.split("proposals"), goals);
    // The best first.
    let rungs: Finished[][] = epochs.map(() => []);
    /** The rung of each proposal that is not told of yet, in the order of asking. */
    let pending: number[] = [];

    return {
      ask() {
        for (let rung = epochs.length - 2; rung >= 0; rung--) {
          const finished = rungs[rung] as Finished[];
          const places = Math.floor(finished.length / eta);
          const at = finished.findIndex(({ isPromoted }, i) => i < places && !isPromoted);
          if (at < 0) continue;
          const best = finished[at] as Finished;
          finished[at] = { ...best, isPromoted: true };
          pending.push(rung + 1);
          return {
            arch: space.decode(best.key),
            epochs: epochs[rung + 1] as number,
            parents: [best.index],
            notes: { rung: rung + 1 },
          };
        }
        const proposal = proposer.ask();
        if (proposal === undefined) return undefined;
        pending.push(0);
        const notes = { ...proposal.notes, rung: 0 };
        return { ...proposal, epochs: epochs[0] as number, notes } satisfies Proposal<unknown>;
      },
      tell(trial) {
        // A rejected one is told before any other is asked for, the others in order.
        const rung = (trial.status === "rejected" ? pending.pop() : pending.shift()) as number;
        if (rung === 0) proposer.tell(trial);
        if (trial.status !== "complete") return;
        const value = (direction === "maximize" ? 1 : -1) * (trial.metrics[metric] as number);
        const finished = rungs[rung] as Finished[];
        const behind = finished.findIndex((other) => other.value < value);
        const { key, index } = trial;
        finished.splice(behind < 0 ? finished.length : behind, 0, {
          key,
          index,
          value,
          isPromoted: false,
        });
      },
      snapshot: () => ({
        rungs: rungs.map((rung) => rung.map((finished) => ({ ...finished }))),
        pending: [...pending],
        proposer: proposer.snapshot(),
      }),
      restore(state) {
        const saved = state as unknown as Saved;
        rungs = saved.rungs.map((rung) => [...rung]);
        pending = [...saved.pending];
        proposer.restore(saved.proposer);
      },
    };
  }, { module: import.meta.url, factory: "asha", args: [options] });
}
