import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { digits } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { trainModel, tryLearningRates } from "naskit/estimate/mod.ts";
import { buildModel } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";

const data = await digits({ train: 200, validation: 100 });
const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
const begin = (seed: string) => buildModel(graph, { rng: createRng(seed) });
const recipe = { epochs: 2, batchSize: 32 };

Deno.test("each rate is worth the mean of its trainings, and the best has the highest", async () => {
  const count = tf.memory().numTensors;
  const done: number[] = [];
  const { rates, accuracies, best } = await tryLearningRates(begin, data, {
    ...recipe,
    rates: [0.0001, 0.2],
    seeds: ["a", "b"],
    onProgress: (progress) => void done.push(progress.done),
  });
  assertEquals(tf.memory().numTensors, count);
  assertEquals([rates, best, done], [[0.0001, 0.2], 0.2, [0, 1, 2, 3, 4]]);
  let sum = 0;
  for (const seed of ["a", "b"]) {
    const model = begin(seed), rng = createRng(seed).split("training");
    sum += (await trainModel(model, data, { ...recipe, learningRate: 0.2, rng })).accuracy;
    model.dispose();
  }
  assertAlmostEquals(accuracies[1]!, sum / 2, 1e-12);
  assert(accuracies[0]! < accuracies[1]!);
});

Deno.test("of equal rates the first is best", async () => {
  const options = { ...recipe, epochs: 1, rates: [1e-9, 1e-9 / 2], seeds: ["a"] };
  assertEquals((await tryLearningRates(begin, data, options)).best, 1e-9);
});

Deno.test("trying rates can be stopped, and needs rates and seeds", async () => {
  const options = { ...recipe, rates: [0.1], seeds: ["a"] };
  const signal = AbortSignal.abort(new Error("enough"));
  const count = tf.memory().numTensors;
  await assertRejects(() => tryLearningRates(begin, data, { ...options, signal }), Error, "enough");
  for (const empty of [{ rates: [] }, { seeds: [] }]) {
    const [name] = Object.keys(empty);
    await assertRejects(
      () => tryLearningRates(begin, data, { ...options, ...empty }),
      RangeError,
      `Cannot try learning rates: ${name} must hold at least one, got none`,
    );
  }
  assertEquals(tf.memory().numTensors, count);
});
