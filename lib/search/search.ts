import { fingerprint } from "./fingerprint.ts";
import { openJournal } from "./journal.ts";
import { planSearch, type SearchOptions } from "./options.ts";
import { SearchRun } from "./search_run.ts";
import type { Study } from "./study.ts";

/**
 * Searches a space: asks a strategy for architectures, turns away those that break a constraint,
 * evaluates the others and tells the strategy, until the budget is used up.
 *
 * Equal options give equal studies, whichever executor runs them and however often the search was
 * killed and resumed from its journal: trial `k` is asked for when exactly the trials up to
 * `k - inFlight` have been told, and is evaluated with the seed `<seed>/trial/<k>`.
 *
 * @throws {TypeError | RangeError} When an option is bad, constraints contradict each other, or one
 * names an unknown cost: before any work is done.
 * @throws {EvaluationError} When an evaluation throws or gives no usable objective, unless
 * `catchErrors` is set; it carries the study so far.
 * @throws {InfeasibleError} When more than `maxRejections` candidates in a row break a constraint.
 * @throws {JournalError} When the journal cannot be used or is of another search.
 *
 * @example Six cells of at most 200,000 multiply-accumulates
 * ```ts
 * import { atMost, maximize, nasBench201, randomSearch, search } from "naskit";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }),
 *   strategy: randomSearch(),
 *   evaluate: (_arch, { graph }) => ({ nodes: graph.nodes.length }),
 *   objective: maximize("nodes"),
 *   constraints: [atMost("macs", 200_000)],
 *   budget: { trials: 6 },
 *   seed: "example",
 * });
 * assertEquals(study.trials.length, 6);
 * assert(study.best().metrics.macs! <= 200_000);
 * ```
 */
export async function search<A>(options: SearchOptions<A>): Promise<Study<A>> {
  const plan = planSearch(options);
  if (options.journal === undefined) return await new SearchRun(plan, undefined).run();
  const evaluate = await fingerprint(plan.evaluate);
  const header = {
    space: plan.space.name,
    strategy: plan.strategy.strategyName,
    seed: plan.seed,
    goals: plan.goals,
    constraints: plan.constraints,
    inFlight: plan.inFlight,
    ...(plan.duplicates === "evaluate" ? {} : { duplicates: plan.duplicates }),
    ...(evaluate === undefined ? {} : { evaluate }),
  };
  const journal = await openJournal<A>(options.journal, header, {
    adoptInFlight: options.inFlight === undefined,
  });
  try {
    const { inFlight } = journal.header;
    return await new SearchRun({ ...plan, inFlight }, journal).run();
  } finally {
    journal.close();
  }
}
