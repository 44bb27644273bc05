/** The searches whose steps are kept, by name. */
import { type Splits, take } from "naskit/data/mod.ts";
import { cpuSeconds, createRng } from "naskit/engine/mod.ts";
import { type TrainedTable, trainFromScratch } from "naskit/estimate/mod.ts";
import type { TraceStep } from "naskit/judge/mod.ts";
import { agingEvolution, maximize, search } from "naskit/search/mod.ts";
import { nasBench201, type NasBench201Arch, nasBench201Ops } from "naskit/space/mod.ts";
import {
  darts,
  gdas,
  gradientEpochs,
  type GradientMethod,
  type GradientOptions,
  gradientSearch,
  oneShot,
  oneShotEvaluate,
  proxyless,
  type SearchData,
  type Supernet,
  supernetOf,
} from "naskit/supernet/mod.ts";

/** What searches work on. */
export interface Ground {
  /** The networks, all of them trained. */
  readonly table: TrainedTable;
  /** The images that the table's networks were trained, validated and tested on. */
  readonly data: Splits;
  /** Those to train on, and some of those to validate on: enough for one look an epoch. */
  readonly images: SearchData;
  /** All networks in one, with a cell a stage. */
  readonly supernet: Supernet<NasBench201Arch>;
}

/** How searches are run, by name: what each would return from time to time. */
export type TracedSearch = (ground: Ground, seed: string) => AsyncGenerator<TraceStep>;

/** How supernets are trained: few steps want a higher learning rate than the published one. */
const weights = { learningRate: 0.1 };

/** The searches, in the order in which they are run. */
export const tracedSearches: Readonly<Record<string, TracedSearch>> = {
  "darts": byGradient(darts(), { epochs: 50 }),
  "gdas": byGradient(gdas(), { epochs: 110 }),
  "one-shot": oneShotThenEvolution,
  "random": fromScratch,
  "skip limit": byGradient(darts(), { epochs: 50, skips: { limit: 2 } }),
  "early stop": byGradient(darts(), { epochs: 50, skips: { stopAt: 3 } }),
  "weight decay": byGradient(darts(), { epochs: 50, logits: { weightDecay: 0.1 } }),
  "sigmoid": byGradient(darts({ gating: "sigmoid" }), { epochs: 50 }),
  "drops": byGradient(darts(), {
    epochs: 50,
    drops: [{ after: 15, keep: 3 }, { after: 30, keep: 2 }],
  }),
  "perturbed": byGradient(darts({ perturb: { from: 0.03, to: 0.3 } }), { epochs: 50 }),
  "warm-up": byGradient(darts(), { epochs: 50, warmUp: 15 }),
  "proxyless": byGradient(proxyless(), { epochs: 110 }),
  "second order": byGradient(darts({ order: 2 }), { epochs: 50 }),
};

/** The ground that the table of trainings gives. */
export async function groundOf(whole: TrainedTable): Promise<Ground> {
  const { operations } = whole.complete()[0]!;
  const { channels, size } = whole.recipe;
  const space = nasBench201({ channels, size, cellsPerStage: 1, inputChannels: 1, operations });
  const data = await whole.data(), { train, validation } = data;
  return {
    table: whole.within({ operations }),
    data,
    images: { train, validation: take(validation, Math.min(500, validation.labels.length)) },
    supernet: supernetOf(space),
  };
}

function byGradient(method: GradientMethod, options: Omit<GradientOptions, "seed">): TracedSearch {
  return async function* ({ images, supernet }, seed) {
    const start = cpuSeconds();
    for await (
      const record of gradientEpochs(supernet, method, images, { ...options, weights, seed })
    ) {
      const entropies = [...record.entropy.values()];
      yield {
        step: record.epoch,
        cpuSeconds: cpuSeconds() - start,
        operations: digitsOf(record.arch),
        skips: record.skips,
        entropy: entropies.reduce((sum, each) => sum + each, 0) / entropies.length,
        trainAccuracy: record.trainAccuracy,
        validationAccuracy: record.validationAccuracy,
      };
    }
  };
}

/** A supernet of single paths, and evolution that judges networks by the weights that they inherit. */
async function* oneShotThenEvolution(
  { table, images, supernet }: Ground,
  seed: string,
): AsyncGenerator<TraceStep> {
  const start = cpuSeconds();
  const { weights: shared } = await gradientSearch(supernet, oneShot(), images, {
    epochs: 85,
    weights,
    seed,
  });
  const evaluate = oneShotEvaluate(supernet, { weights: shared, ...images });
  const { trials } = await search({
    space: table.space,
    strategy: agingEvolution({ population: 20, tournament: 5 }),
    evaluate: async (arch, context) => {
      const { accuracy } = await evaluate(arch, context);
      return { accuracy: accuracy as number, cpuSeconds: cpuSeconds() - start };
    },
    objective: maximize("accuracy"),
    budget: { trials: 200 },
    seed,
  });
  let best = trials[0]!;
  for (const trial of trials) {
    if (trial.metrics.accuracy! > best.metrics.accuracy!) best = trial;
    yield {
      step: trial.index,
      cpuSeconds: trial.metrics.cpuSeconds!,
      operations: digitsOf(best.arch),
      validationAccuracy: best.metrics.accuracy!,
    };
  }
}

/** Random search that trains up to twelve networks as the table's were, about as long as the others search. */
async function* fromScratch({ table, data }: Ground, seed: string): AsyncGenerator<TraceStep> {
  const evaluate = trainFromScratch(data, table.recipe.training);
  const started = cpuSeconds(), rng = createRng(seed);
  let best = { accuracy: -Infinity, arch: [] as NasBench201Arch };
  for (let step = 0, spent = 0; step < 12 && spent < 45; step++) {
    const own = rng.split(`trial ${step}`), arch = table.space.sample(own);
    const graph = table.space.lower(arch), { signal } = new AbortController();
    const { accuracy } = await evaluate(arch, { graph, seed: own.seed, signal });
    if (accuracy as number > best.accuracy) best = { accuracy: accuracy as number, arch };
    spent = cpuSeconds() - started;
    yield {
      step,
      cpuSeconds: spent,
      operations: digitsOf(best.arch),
      validationAccuracy: best.accuracy,
    };
  }
}

function digitsOf(arch: NasBench201Arch): string {
  return arch.map((op) => nasBench201Ops.indexOf(op)).join("");
}
