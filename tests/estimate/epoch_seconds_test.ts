import { assert, assertEquals, assertRejects } from "@std/assert";
import { digits, take } from "naskit/data/mod.ts";
import { cpuSeconds, createRng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { epochSeconds, trainModel } from "naskit/estimate/mod.ts";
import { buildModel } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";

const data = await digits({ train: 400, validation: 100 });
const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));

Deno.test("so many epochs take as long as a training of them", async () => {
  const count = tf.memory().numTensors;
  const each = await epochSeconds(graph, data);
  assertEquals(tf.memory().numTensors, count);
  const model = buildModel(graph, { rng: createRng("weights") });
  const start = cpuSeconds();
  await trainModel(model, data, { epochs: 6, rng: createRng("order") });
  const ratio = (cpuSeconds() - start) / (6 * each);
  model.dispose();
  assert(ratio > 0.5 && ratio < 2, `${ratio}`);
});

Deno.test("an epoch of a third of the images takes less", async () => {
  const less = { train: take(data.train, 130), validation: take(data.validation, 30) };
  assert(await epochSeconds(graph, less) < 0.7 * await epochSeconds(graph, data));
});

Deno.test("measuring can be stopped", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => epochSeconds(graph, data, { signal }), Error, "enough");
});
