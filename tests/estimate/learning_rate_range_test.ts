import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { digits } from "naskit/data/mod.ts";
import { heapInUse } from "naskit/engine/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import { tf } from "naskit/engine/tf.ts";
import {
  learningRateRange,
  type LearningRateRangeOptions,
  trainModel,
} from "naskit/estimate/mod.ts";
import { buildModel } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";

const data = await digits({ train: 600, validation: 200 });
const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
const graph = space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));
const rng = createRng("order");

const model = () => buildModel(graph, { rng: createRng("weights") });

async function range(options: Omit<LearningRateRangeOptions, "rng"> = {}) {
  const tested = model();
  try {
    return await learningRateRange(tested, data.train, { rng, ...options });
  } finally {
    tested.dispose();
  }
}

Deno.test("rates grow by one factor, and the loss falls before it rises", async () => {
  const before = [tf.memory().numTensors, heapInUse()];
  const seen: number[] = [];
  const { learningRates, losses, smoothed, steepest, lowest } = await range({
    from: 1e-4,
    to: 100,
    steps: 61,
    onProgress: ({ done }) => void seen.push(done),
  });
  assertEquals(seen, [0, ...losses.keys().map((i) => i + 1)]);
  learningRates.forEach((rate, i) => assertAlmostEquals(Math.log10(rate), -4 + i / 10, 1e-9));
  assertEquals([losses.length, smoothed.length], [learningRates.length, learningRates.length]);
  assert(1e-4 < steepest && steepest < lowest && lowest < 100, `${steepest} ${lowest}`);
  assert(Math.min(...smoothed) < 0.8 * smoothed[0]!);
  assertEquals([tf.memory().numTensors, heapInUse()], before);
});

Deno.test("smoothing is a mean that forgets, and none leaves the losses as they are", async () => {
  const { losses, smoothed } = await range({ steps: 5, to: 1e-3, smoothness: 0.5 });
  losses.forEach((_, i) => {
    const weights = losses.slice(0, i + 1).map((_, k) => 0.5 ** (i - k));
    const sum = weights.reduce((sum, weight, k) => sum + weight * losses[k]!, 0);
    assertAlmostEquals(smoothed[i]!, sum / weights.reduce((a, b) => a + b), 1e-9);
  });
  const rough = await range({ steps: 5, to: 1e-3, smoothness: 0 });
  assertEquals(rough.smoothed, rough.losses);
});

Deno.test("a loss beyond bounds ends the test", async () => {
  const { losses, diverged } = await range({ from: 1, to: 1e30, steps: 40 });
  assert(diverged);
  assert(losses.length < 40 && losses.every(Number.isFinite));
});

Deno.test("the model stays as it is, and its steps are those of a training", async () => {
  const tested = model();
  const before = [...tested.params.values()].map((array) => [...array.dataSync()]);
  const options = { steps: 2, from: 0.01, to: 0.02, batchSize: 600, smoothing: 0.1, mixUp: 0.5 };
  const { losses } = await learningRateRange(tested, data.train, { rng, ...options });
  assertEquals([...tested.params.values()].map((array) => [...array.dataSync()]), before);
  const { steps: _, from: learningRate, to: __, ...recipe } = options;
  const { curves } = await trainModel(tested, data, {
    ...recipe,
    epochs: 2,
    learningRate,
    schedule: { kind: "linear", end: 3 }, // the second step at twice the first one's rate
    rng,
  });
  assertEquals(losses, curves.trainLoss);
  tested.dispose();
});

Deno.test("a test that is stopped gives what it found; rates that make no range are refused", async () => {
  const controller = new AbortController();
  const { losses } = await range({
    signal: controller.signal,
    onProgress: ({ done }) => done === 3 ? controller.abort() : undefined,
  });
  assertEquals(losses.length, 3);
  const bad: [Partial<LearningRateRangeOptions>, string][] = [
    [{ from: 0 }, "from must be above 0, got 0"],
    [{ from: 1, to: 1 }, "to must be above from, 1, got 1"],
    [{ steps: 1 }, "steps must be a whole number above 1, got 1"],
    [{ smoothness: 1 }, "smoothness must be in [0, 1), got 1"],
    [{ mixUp: -1 }, "mixUp must be above 0, got -1"],
  ];
  for (const [options, message] of bad) {
    await assertRejects(() => range(options), RangeError, message);
  }
});
