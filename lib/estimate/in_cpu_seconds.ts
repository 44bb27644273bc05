import { cpuSeconds } from "../engine/cpu_seconds.ts";
import { madeFrom } from "../space/made_from.ts";
import { type Evaluate, type EvaluateRecipe, portable } from "../space/mod.ts";

/**
 * The same evaluator, which also gives the `seconds` of computing that each evaluation took, by
 * {@linkcode cpuSeconds}, and has a search count those: with `budget.seconds` strategies and ways of training
 * are compared at equal work, on however many threads they run and whatever else the machine does.
 *
 * In one thread evaluations must not overlap (`inFlight: 1`, or workers), or each counts what others did
 * meanwhile. Threads that an evaluation starts do not count. Workers can run it where they can run what is
 * given.
 *
 * @param evaluate What to measure; a metric `seconds` of its own is replaced.
 * @returns The evaluator, marked as one whose time is the metric `seconds`.
 *
 * @example A search of half a second of computing
 * ```ts
 * import { digits, inCpuSeconds, maximize, nasBench201, randomSearch } from "naskit";
 * import { search, trainFromScratch } from "naskit";
 * import { assertLess } from "@std/assert";
 *
 * const study = await search({
 *   space: nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 }),
 *   strategy: randomSearch(),
 *   evaluate: inCpuSeconds(trainFromScratch(await digits({ train: 200 }), { epochs: 1 })),
 *   objective: maximize("accuracy"),
 *   budget: { seconds: 0.5 },
 *   inFlight: 1,
 *   seed: "nas",
 * });
 * const all = study.trials.map(({ seconds }) => seconds);
 * assertLess(all.slice(0, -1).reduce((a, b) => a + b, 0), 0.5);
 * ```
 */
export function inCpuSeconds<A>(evaluate: Evaluate<A>): Evaluate<A> {
  const { recipe, epochs } = evaluate;
  const measured: Evaluate<A> = async (arch, context) => {
    const start = cpuSeconds();
    const metrics = await evaluate(arch, context);
    return { ...metrics, seconds: cpuSeconds() - start };
  };
  const about = { ...(epochs === undefined ? {} : { epochs }), simulated: true } as const;
  if (recipe === undefined) return Object.assign(measured, about);
  return portable(
    { module: import.meta.url, factory: "remadeInCpuSeconds", args: [recipe] },
    measured,
    about,
  );
}

/** What {@linkcode inCpuSeconds} gives for the evaluator of a recipe; how workers make it. */
export async function remadeInCpuSeconds<A>(recipe: EvaluateRecipe): Promise<Evaluate<A>> {
  return inCpuSeconds(await madeFrom<Evaluate<A>>(recipe));
}
