import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { digits, take } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import { tf } from "naskit/engine/tf.ts";
import { evaluateModel, trainModel } from "naskit/estimate/mod.ts";
import { heapInUse } from "naskit/engine/mod.ts";
import { buildModel, type Model } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";

const data = await digits({ train: 200, validation: 50 });
const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 });
const graph = space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));

function weightsOf(model: Model): number[] {
  return [...model.params.values(), ...model.statistics.values()].flatMap((each) => [
    ...each.dataSync(),
  ]);
}

Deno.test("a trained model has its weights at every report, and no memory is kept", async () => {
  const model = buildModel(graph, { rng: createRng("a") });
  const seen = [weightsOf(model)];
  const tensors = tf.memory().numTensors;
  await trainModel(model, data, {
    epochs: 2,
    rng: createRng("order"),
    onProgress: ({ done }) => {
      if (done > 0) seen.push(weightsOf(model));
      assert(heapInUse() > 0);
    },
  });
  assertEquals(heapInUse(), 0);
  assertEquals(tf.memory().numTensors, tensors);
  assertNotEquals(seen[0], seen[1]);
  assertNotEquals(seen[1], seen[2]);
  assertEquals(weightsOf(model), seen[2]);
  model.dispose();
});

Deno.test("a training that is stopped or fails leaves the model where it was", async () => {
  const model = buildModel(graph, { rng: createRng("a") });
  const controller = new AbortController();
  let atStop: number[] = [];
  const { stopped } = await trainModel(model, data, {
    epochs: 9,
    rng: createRng("order"),
    signal: controller.signal,
    onProgress: ({ done }) => {
      if (done !== 1) return;
      atStop = weightsOf(model);
      controller.abort();
    },
  });
  assertEquals(stopped, "aborted");
  assertEquals(weightsOf(model), atStop);
  await assertRejects(
    () =>
      trainModel(model, data, {
        rng: createRng("order"),
        onProgress: ({ done }) => {
          if (done === 1) throw new Error("no more");
        },
      }),
    Error,
    "no more",
  );
  assertNotEquals(weightsOf(model), atStop);
  assert(weightsOf(model).every((value) => Number.isFinite(value)));
  assertEquals(heapInUse(), 0);
  model.dispose();
});

Deno.test("an evaluation is the same whatever the batch, and keeps no memory", async () => {
  const model = buildModel(graph, { rng: createRng("a") });
  const whole = await evaluateModel(model, data.validation);
  for (const batchSize of [1, 7, 50, 1000]) {
    const { predictions, accuracy, loss } = await evaluateModel(model, data.validation, {
      batchSize,
    });
    assertEquals(predictions, whole.predictions);
    assertEquals(accuracy, whole.accuracy);
    assert(Math.abs(loss - whole.loss) < 1e-6 * whole.loss);
  }
  await assertRejects(
    () => evaluateModel(model, data.validation, { batchSize: 0 }),
    RangeError,
    "batch must be a positive whole number, got 0",
  );
  const signal = AbortSignal.abort(new Error("stop"));
  await assertRejects(() => evaluateModel(model, data.validation, { signal }), Error, "stop");
  assertEquals(heapInUse(), 0);
  model.dispose();
});

Deno.test("images of another size are refused, and no memory is kept", async () => {
  const model = buildModel(graph, { rng: createRng("a") });
  const small = take(data.validation, 4);
  const wrong = { ...small, shape: [4, 4, 4] as const };
  await assertRejects(
    () => evaluateModel(model, wrong),
    RangeError,
    "images must be [count, 8, 8, 1]",
  );
  await assertRejects(
    () => trainModel(model, { train: wrong, validation: wrong }, { rng: createRng("a") }),
    RangeError,
    "got [4, 4, 4, 4]",
  );
  model.dispose();
  await assertRejects(() => evaluateModel(model, data.validation), Error);
  assertEquals(heapInUse(), 0);
});
