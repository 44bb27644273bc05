import { assert, assertEquals } from "@std/assert";
import { digits } from "naskit/data/mod.ts";
import { cpuSeconds } from "naskit/engine/mod.ts";
import { inCpuSeconds, trainFromScratch } from "naskit/estimate/mod.ts";
import { maximize, randomSearch, search, workers } from "naskit/search/mod.ts";
import { type Evaluate, nasBench201 } from "naskit/space/mod.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });

/** Computes for so many seconds, after a wait. */
function busy(seconds: number, wait = 0): Evaluate<unknown> {
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, wait));
    const start = cpuSeconds();
    while (cpuSeconds() - start < seconds);
    return { accuracy: 0.5, seconds: 1e6 };
  };
}

function run(evaluate: Evaluate<unknown>, more: Partial<Parameters<typeof search>[0]> = {}) {
  const base = { space, strategy: randomSearch(), objective: maximize("accuracy"), seed: "a" };
  const budget = { seconds: 0.1 };
  return search({ ...base, budget, inFlight: 1, ...more as object, evaluate });
}

Deno.test("computing counts and waiting does not", async () => {
  const [trial] = (await run(inCpuSeconds(busy(0.03, 300)), { budget: { trials: 1 } })).trials;
  assert(trial!.seconds >= 0.03 && trial!.seconds < 0.2, `${trial!.seconds}`);
});

Deno.test("a search ends once its seconds of computing are used up", async () => {
  const { trials, seconds } = await run(inCpuSeconds(busy(0.03)));
  const before = trials.slice(0, -1).reduce((sum, { seconds }) => sum + seconds, 0);
  assert(before < 0.1 && seconds >= 0.1);
  assert(trials.length >= 2 && trials.length <= 4, `${trials.length}`);
});

Deno.test("workers measure what inline evaluations measure, and find the same", async () => {
  const training = trainFromScratch(await digits({ train: 100 }), { epochs: 1 });
  const evaluate = inCpuSeconds(training);
  assertEquals([evaluate.simulated, evaluate.epochs], [true, training.epochs]);
  const budget = { trials: 2 };
  const inline = await run(evaluate, { budget });
  const there = await run(evaluate, { budget, executor: workers(1, { keepFor: 0 }) });
  assertEquals(
    there.trials.map(({ metrics }) => metrics.accuracy),
    inline.trials.map(({ metrics }) => metrics.accuracy),
  );
  assert(there.trials.every(({ seconds }) => seconds > 0));
});
