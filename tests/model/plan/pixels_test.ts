import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { softmaxCrossEntropy } from "naskit/engine/ops.ts";
import { tf } from "naskit/engine/tf.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { buildModel, compile, compileThreaded, type PlanBatch } from "naskit/model/mod.ts";
import { relativeError } from "../../support/tape.ts";

const classes = 3;

/** A network that tells pixels apart, at half the resolution and back. */
function pixelNet(): Graph {
  const net = new GraphBuilder([6, 4, 2]);
  let x = net.add("conv", { op: "conv", kernel: 3, channels: 5, stride: 2 }, net.input);
  x = net.add("bn", { op: "batchNorm" }, x);
  x = net.add("relu", { op: "relu" }, x);
  x = net.add("logits", { op: "conv", kernel: 1, channels: classes, bias: true }, x);
  return net.build(net.add("up", { op: "upsample", factor: 2 }, x));
}

/** Noise with the class of each pixel, which follows from the signs of its two channels. */
function noise(count: number, seed: string): PlanBatch {
  const rng = createRng(seed);
  const images = Float32Array.from({ length: count * 24 * 2 }, () => rng.normal());
  const labels = Int32Array.from(
    { length: count * 24 },
    (_, i) => images[2 * i]! < 0 ? 0 : images[2 * i + 1]! < 0 ? 1 : 2,
  );
  return { images, labels };
}

Deno.test("the loss over pixels and its gradients are those of the tape", () => {
  const graph = pixelNet(), model = buildModel(graph, { rng: createRng("pixels") });
  const plan = compile(graph, { batch: 5, training: true });
  plan.load(model);
  const batch = noise(4, "batch");
  for (const smoothing of [0, 0.2]) {
    const found = plan.backward(batch, { smoothing });
    tf.tidy(() => {
      const x = tf.tensor4d(batch.images, [4, 6, 4, 2]);
      const y = tf.tensor1d(batch.labels, "int32");
      const run = () => {
        const logits = model.forward(x, { statistics: "batch" }).reshape([-1, classes]);
        return softmaxCrossEntropy(logits as tf.Tensor2D, y, { smoothing });
      };
      const { value, grads } = tf.variableGrads(run, [...model.params.values()]);
      assertAlmostEquals(found.loss, value.dataSync()[0]!, 1e-5);
      for (const [name, { name: id }] of model.params) {
        const far = relativeError(found.params.get(name)!, grads[id]!.dataSync(), 1e-3);
        assertLess(far, 1e-4, name);
      }
    });
  }
  const { loss, correct, predictions, confidence } = plan.evaluate(batch, { statistics: "batch" });
  assertAlmostEquals(loss, plan.backward(batch).loss, 1e-5);
  assertEquals([predictions.length, confidence.length], [96, 96]);
  assertEquals(correct, predictions.filter((each, i) => each === batch.labels[i]).length);
  assertEquals(plan.backward(batch).correct, correct);
  plan.dispose();
  model.dispose();
});

Deno.test("gradients image by image are those of the mean over an image's pixels", () => {
  const plan = compile(pixelNet(), { batch: 3, training: true });
  plan.initialise({ rng: createRng("pixels") });
  const { images, labels } = noise(3, "samples");
  const sums = plan.sampleGradients({ images, labels }, "sum");
  const alone = [0, 1, 2].map((i) =>
    plan.backward({
      images: images.slice(48 * i, 48 * i + 48),
      labels: labels.slice(24 * i, 24 * i + 24),
    }).params
  );
  for (const [name, sum] of sums) {
    const expected = sum.map((_, k) =>
      alone.reduce((total, each) => total + each.get(name)![k]!, 0)
    );
    assertLess(relativeError(sum, expected), 1e-5, name);
  }
  plan.dispose();
});

Deno.test("threads share the pixels of a batch as they share its images", async () => {
  const graph = pixelNet(), options = { batch: 20, training: true };
  const one = compile(graph, options);
  const two = await compileThreaded(graph, { ...options, threads: 2 });
  for (const plan of [one, two]) plan.initialise({ rng: createRng("pixels") });
  // Shares are of eight images here, so that all but the second batch are split.
  for (const count of [20, 1, 13]) {
    const batch = noise(count, `threads ${count}`);
    const [a, b] = [one, two].map((plan) => plan.trainStep(batch, { learningRate: 0.1 }));
    assertAlmostEquals(a!.loss, b!.loss, 1e-5);
    assertEquals(a!.correct, b!.correct);
  }
  for (const name of one.params.keys()) {
    assertLess(relativeError(two.weights(name), one.weights(name), 1e-2), 1e-5, name);
  }
  one.dispose();
  two.dispose();
});

Deno.test("a training step moves weights against the gradient of the loss over pixels", () => {
  const plan = compile(pixelNet(), { batch: 4, training: true });
  plan.initialise({ rng: createRng("pixels") });
  const batch = noise(4, "step");
  const { params, loss } = plan.backward(batch);
  const before = new Map([...params.keys()].map((name) => [name, plan.weights(name)] as const));
  assertAlmostEquals(plan.trainStep(batch, { learningRate: 0.5 }).loss, loss, 1e-6);
  for (const [name, gradient] of params) {
    const expected = before.get(name)!.map((weight, i) => weight - 0.5 * gradient[i]!);
    assertLess(relativeError(plan.weights(name), expected, 1e-3), 1e-6, name);
  }
  assert(plan.backward(batch).loss < loss);
  plan.dispose();
});
