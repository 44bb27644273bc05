import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { digits, resize, take } from "naskit/data/mod.ts";
import {
  extrapolateCurve,
  MedianStopping,
  sumOfLosses,
  trainAtFidelity,
  trainFromScratch,
} from "naskit/estimate/mod.ts";
import { withInputSize, withWidth } from "naskit/graph/mod.ts";
import { maximize, randomSearch, search, workers } from "naskit/search/mod.ts";
import { type Evaluate, nasBench201 } from "naskit/space/mod.ts";

const data = await digits({ train: 200, validation: 100 });
const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
const graph = space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));

function run(evaluate: Evaluate<unknown>, options: { epochs?: number; signal?: AbortSignal } = {}) {
  const { signal } = new AbortController();
  return Promise.resolve(evaluate(undefined, { graph, seed: "one", signal, ...options }));
}

Deno.test("without a fidelity it is the training from scratch, bit by bit", async () => {
  const { lossSum, trainedEpochs, ...rest } = await run(trainAtFidelity(data, { epochs: 2 }));
  assertEquals(rest, await run(trainFromScratch(data, { epochs: 2 })));
  assertEquals([lossSum, trainedEpochs], [sumOfLosses(rest.trainLoss as number[]), 2]);
});

Deno.test("a training that ends before its schedule is the beginning of the whole one", async () => {
  const whole = await run(trainFromScratch(data, { epochs: 4 }));
  const begun = await run(trainAtFidelity(data, { epochs: 4, fidelity: { stopAfter: 2 } }));
  const short = await run(trainAtFidelity(data, { epochs: 4, fidelity: { epochs: 2 } }));
  for (const name of ["trainLoss", "validationAccuracy"]) {
    assertEquals(begun[name], (whole[name] as number[]).slice(0, 2));
  }
  assertEquals(begun.accuracy, (whole.validationAccuracy as number[])[1]);
  assertEquals((short.trainLoss as number[]).length, 2);
  assertNotEquals(short.trainLoss, begun.trainLoss);
});

Deno.test("fewer and smaller images and a narrower network are what they would be by hand", async () => {
  const fidelity = { images: 100, size: 4, width: 0.5, epochs: 1 };
  const { lossSum: _, trainedEpochs: __, ...found } = await run(
    trainAtFidelity(data, { epochs: 3, fidelity }),
  );
  const byHand = trainFromScratch({
    train: resize(take(data.train, 100), 4),
    validation: resize(data.validation, 4),
  }, { epochs: 1 });
  const { signal } = new AbortController();
  const smaller = withInputSize(withWidth(graph, 0.5), 4);
  assertEquals(found, await byHand(undefined, { graph: smaller, seed: "one", signal }));
});

Deno.test("where the resolution is chosen, images are resized to it on request", async () => {
  const larger = withInputSize(graph, 12);
  const { signal } = new AbortController();
  const context = { graph: larger, seed: "one", signal };
  const options = { epochs: 1 };
  const found = await trainAtFidelity(data, { ...options, resize: true })(undefined, context);
  const whole = await trainFromScratch(data, { ...options, resize: true })(undefined, context);
  assertEquals(found.validationAccuracy, whole.validationAccuracy);
  await assertRejects(
    async () => await trainAtFidelity(data, options)(undefined, context),
    RangeError,
  );
});

Deno.test("it carries the curve on, and sums the losses that it is asked to", async () => {
  const evaluate = trainAtFidelity(data, {
    epochs: 6,
    fidelity: { stopAfter: 3 },
    extrapolate: true,
    lossEpochs: 2,
  });
  const { extrapolated, extrapolatedSpread, lossSum, trainLoss, ...rest } = await run(evaluate);
  const { mean, spread } = extrapolateCurve(rest.validationAccuracy as number[]).at(6);
  assertEquals([extrapolated, extrapolatedSpread], [mean, spread]);
  assertEquals(lossSum, sumOfLosses(trainLoss as number[], { epochs: 2 }));
});

Deno.test("a strategy's epochs are the whole training's, of which a beginning may do", async () => {
  const evaluate = trainAtFidelity(data, { epochs: 4, fidelity: { stopAfter: 2 } });
  assertEquals(evaluate.epochs, 2);
  assertEquals((await run(evaluate, { epochs: 1 })).trainedEpochs, 1);
  const three = await run(evaluate, { epochs: 3 });
  const whole = await run(trainFromScratch(data, { epochs: 3 }));
  assertEquals(three.trainLoss, (whole.trainLoss as number[]).slice(0, 2));
});

Deno.test("workers make the same study", async () => {
  const evaluate = trainAtFidelity(data, { epochs: 2, fidelity: { stopAfter: 1, width: 0.5 } });
  const options = {
    space,
    strategy: randomSearch(),
    evaluate,
    objective: maximize("accuracy"),
    budget: { trials: 3 },
    seed: "workers",
  };
  const executor = workers(1, { keepFor: 0 });
  const [here, there] = [await search(options), await search({ ...options, executor })];
  const metrics = (study: typeof here) => study.trials.map(({ metrics }) => metrics);
  assertEquals(metrics(here), metrics(there));
});

Deno.test("the median rule stops what it would stop in a replay, also after an interruption", async () => {
  const journal = await Deno.makeTempFile({ suffix: ".jsonl" });
  await Deno.remove(journal);
  const go = async (trials: number) => {
    const stopping = new MedianStopping({ minTrainings: 2 });
    const study = await search({
      space,
      strategy: randomSearch(),
      evaluate: trainAtFidelity(data, { epochs: 3, stopping }),
      objective: maximize("accuracy"),
      budget: { trials },
      inFlight: 1,
      onTrial: ({ seed, curves }) => stopping.learn(seed, curves.validationAccuracy!),
      journal,
      seed: "median",
    });
    return study.trials.map(({ curves }) => curves.validationAccuracy!);
  };
  try {
    await go(3);
    const curves = await go(6);
    const whole = await search({
      space,
      strategy: randomSearch(),
      evaluate: trainFromScratch(data, { epochs: 3 }),
      objective: maximize("accuracy"),
      budget: { trials: 6 },
      inFlight: 1,
      seed: "median",
    });
    const all = whole.trials.map(({ curves }) => curves.validationAccuracy!);
    const wanted = new MedianStopping({ minTrainings: 2 }).replay(all);
    assertEquals(curves, all.map((curve, i) => curve.slice(0, wanted[i]!.epochs)));
    assert(wanted.some(({ isStopped }) => isStopped));
  } finally {
    await Deno.remove(journal);
  }
});

Deno.test("with a rule to stop by it stays in the thread where the rule is told", async () => {
  const evaluate = trainAtFidelity(data, { epochs: 2, stopping: new MedianStopping() });
  await assertRejects(
    () =>
      search({
        space,
        strategy: randomSearch(),
        evaluate,
        objective: maximize("accuracy"),
        budget: { trials: 1 },
        executor: workers(1, { keepFor: 0 }),
        seed: "stay",
      }),
    TypeError,
  );
});

Deno.test("a signal from outside aborts it", async () => {
  const stop = new AbortController();
  const running = run(trainAtFidelity(data, { epochs: 50, fidelity: { stopAfter: 40 } }), {
    signal: stop.signal,
  });
  stop.abort(new Error("enough"));
  await assertRejects(() => running, Error, "enough");
});

Deno.test("what makes no sense is refused", () => {
  const refused = (options: object, message: string) =>
    assertThrows(() => trainAtFidelity(data, { epochs: 4, ...options }), RangeError, message);
  refused({ fidelity: { images: 201 } }, "images must be a whole number from 1 to 200, got 201");
  refused({ fidelity: { stopAfter: 5 } }, "stopAfter must be a whole number from 1 to 4, got 5");
  refused({ fidelity: { width: 0 } }, "width must be a positive number, got 0");
  refused({ fidelity: { size: 1.5 } }, "size must be a positive whole number, got 1.5");
  refused({ fidelity: { epochs: 0 } }, "epochs must be a positive whole number, got 0");
  refused({ lossEpochs: 0 }, "lossEpochs must be a positive whole number, got 0");
  refused({ extrapolate: true, fidelity: { stopAfter: 2 } }, "three epochs or more, got 2");
});
