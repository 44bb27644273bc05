import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { digits, resize } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import { heapInUse } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { evaluateModel, trainFromScratch, trainGraph, trainModel } from "naskit/estimate/mod.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import { buildModel } from "naskit/model/mod.ts";
import { mobileNetwork, nasBench201 } from "naskit/space/mod.ts";

const data = await digits({ train: 600, validation: 200 });
const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
const graph = space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));

Deno.test("training learns, reports every epoch, and leaks nothing", async () => {
  const before = tf.memory().numTensors;
  const seen: number[] = [];
  const { model, accuracy, curves, steps, stopped } = await trainGraph(graph, data, {
    epochs: 4,
    seed: "a",
    onProgress: ({ done }) => void seen.push(done),
  });
  assertEquals(seen, [0, 1, 2, 3, 4]);
  assertEquals(stopped, "done");
  assertEquals(steps, 4 * Math.ceil(600 / 64));
  for (const curve of Object.values(curves)) assertEquals(curve.length, 4);
  assertGreater(accuracy, 0.8);
  assertEquals(accuracy, curves.validationAccuracy.at(-1));
  assert(curves.trainLoss[3]! < curves.trainLoss[0]!);
  assertEquals(curves.learningRate[0], 0.1);
  assertAlmostEquals(curves.learningRate[2]!, 0.05, 1e-12);
  const evaluation = await evaluateModel(model, data.validation, { batchSize: 7 });
  assertEquals(evaluation.accuracy, accuracy);
  model.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("threads train the same network every time, and about that of one thread", async () => {
  const run = async (threads: number) => {
    const { model, curves } = await trainGraph(graph, data, { epochs: 2, seed: "a", threads });
    const weights = model.params.get("stem.conv.weight")!.dataSync().slice();
    model.dispose();
    return { curves, weights };
  };
  const one = await run(1), two = await run(2);
  assertEquals(await run(2), two);
  assertNotEquals(two.weights, one.weights);
  assertAlmostEquals(two.curves.trainLoss[0]!, one.curves.trainLoss[0]!, 0.05);
});

Deno.test("a training on threads can be stopped, and leaves nothing behind", async () => {
  const before = heapInUse();
  const controller = new AbortController();
  const { model, stopped, curves } = await trainGraph(graph, data, {
    epochs: 50,
    seed: "a",
    threads: 2,
    signal: controller.signal,
    onProgress: ({ done }) => done === 1 ? controller.abort() : undefined,
  });
  assertEquals([stopped, curves.trainLoss.length], ["aborted", 1]);
  model.dispose();
  await assertRejects(
    () => trainGraph(graph, data, { epochs: 1, seed: "a", threads: 0 }),
    RangeError,
    "threads",
  );
  assertEquals(heapInUse(), before);
});

Deno.test("the seed determines the training to the last bit", async () => {
  const run = async (seed: string) => {
    const { model, curves } = await trainGraph(graph, data, {
      epochs: 1,
      seed,
      augment: { flip: true, shift: 1 },
    });
    const weights = model.params.get("stem.conv.weight")!.dataSync().slice();
    model.dispose();
    return { curves, weights };
  };
  const first = await run("a");
  assertEquals(await run("a"), first);
  assertNotEquals((await run("b")).weights, first.weights);
});

Deno.test("one step of training is the step that the formulas give", async () => {
  // Logistic regression on raw pixels: gradient and Nesterov step in closed form, double precision.
  const net = new GraphBuilder([8, 8, 1]);
  const flat = net.add("flat", { op: "flatten" }, net.input);
  const linear = net.build(net.add("fc", { op: "linear", features: 10 }, flat));
  const model = buildModel(linear, { rng: createRng("w") });
  const before = [...model.params.get("fc.weight")!.dataSync()];
  const count = data.train.labels.length;
  const gradient = new Float64Array(640);
  for (let n = 0; n < count; n++) {
    const x = data.train.images.subarray(n * 64, n * 64 + 64);
    const logits = Array.from(
      { length: 10 },
      (_, k) => x.reduce((sum, v, i) => sum + v * before[i * 10 + k]!, 0),
    );
    const total = logits.reduce((sum, v) => sum + Math.exp(v), 0);
    for (let k = 0; k < 10; k++) {
      const error = Math.exp(logits[k]!) / total - (data.train.labels[n] === k ? 1 : 0);
      for (let i = 0; i < 64; i++) gradient[i * 10 + k]! += x[i]! * error / count;
    }
  }
  await trainModel(model, data, {
    epochs: 1,
    batchSize: count,
    learningRate: 0.01,
    weightDecay: 0.1,
    rng: createRng("order"),
  });
  const after = model.params.get("fc.weight")!.dataSync();
  before.forEach((w, i) => {
    const decayed = gradient[i]! + 0.1 * w;
    // The first Nesterov step goes (1 + momentum) times the gradient.
    assertAlmostEquals(after[i]!, w - 0.01 * 1.9 * decayed, 1e-5);
  });
  model.dispose();
});

Deno.test("an aborted training returns what it has reached", async () => {
  const before = tf.memory().numTensors;
  const controller = new AbortController();
  const { model, curves, stopped } = await trainGraph(graph, data, {
    epochs: 50,
    seed: "a",
    signal: controller.signal,
    onProgress: ({ done }) => done === 2 ? controller.abort() : undefined,
  });
  assertEquals(stopped, "aborted");
  assertEquals(curves.trainLoss.length, 2);
  model.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("trainFromScratch() gives metrics and curves, and test accuracy only when asked", async () => {
  const context = { graph, seed: "a", signal: new AbortController().signal };
  const metrics = await trainFromScratch(data, { epochs: 2 })("x", context);
  assertEquals(Object.keys(metrics).sort(), [
    "accuracy",
    "trainAccuracy",
    "trainLoss",
    "validationAccuracy",
    "validationLoss",
  ]);
  const half = await trainFromScratch(data, { epochs: 2, test: data.test })("x", {
    ...context,
    epochs: 1,
  });
  assertEquals((half.trainLoss as number[]).length, 1);
  assert((half.testAccuracy as number) > 0.1);
  const signal = AbortSignal.abort(new Error("stop"));
  await assertRejects(
    async () => await trainFromScratch(data)("x", { ...context, signal }),
    Error,
    "stop",
  );
});

Deno.test("trainFromScratch() resizes images to what the network reads when asked", async () => {
  const mobile = mobileNetwork({ inputChannels: 1, resolutions: [6] });
  const small = mobile.lower(mobile.decode("6px w1 8:k3e2 16:k3e2 32:k3e2"));
  const context = { graph: small, seed: "a", signal: new AbortController().signal };
  const recipe = { epochs: 1 };
  const all = { ...recipe, resize: true, test: data.test };
  const { accuracy, testAccuracy } = await trainFromScratch(data, all)("x", context);
  const by = { train: resize(data.train, 6), validation: resize(data.validation, 6) };
  const { model, accuracy: expected } = await trainGraph(small, by, { ...recipe, seed: "a" });
  const onTest = await evaluateModel(model, resize(data.test, 6));
  model.dispose();
  assertEquals([accuracy, testAccuracy], [expected, onTest.accuracy]);
  await assertRejects(
    async () => await trainFromScratch(data, recipe)("x", context),
    RangeError,
    "6",
  );
});

Deno.test("options out of range and data that do not fit are refused", async () => {
  assertThrows(
    () => trainFromScratch(data, { epochs: 0 }),
    RangeError,
    "epochs must be a positive",
  );
  assertThrows(
    () => trainFromScratch(data, { learningRate: -1 }),
    RangeError,
    "learningRate must be above 0, got -1",
  );
  const three = nasBench201({
    channels: 2,
    cellsPerStage: 1,
    size: 8,
    inputChannels: 1,
    classes: 3,
  });
  await assertRejects(
    () => trainGraph(three.lower(three.fromChoices([3, 0, 0, 3, 0, 3])), data, { seed: "a" }),
    RangeError,
    "a logit for each of the 10 classes",
  );
});

Deno.test("a training whose loss is no longer finite stops with the place", async () => {
  const before = tf.memory().numTensors;
  await assertRejects(
    () => trainGraph(graph, data, { epochs: 1, learningRate: 1e30, seed: "a" }),
    Error,
    "in epoch 1, step",
  );
  const images = data.train.images.slice().fill(NaN, 0, 64);
  await assertRejects(
    () =>
      trainGraph(graph, { ...data, train: { ...data.train, images } }, { epochs: 1, seed: "a" }),
    RangeError,
    "images must be finite, got NaN at [",
  );
  assertEquals(tf.memory().numTensors, before);
});
