import { assert, assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { Sgd, softmaxCrossEntropy } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { buildModel, compile, type Model, type Plan, type PlanBatch } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { randomGraph } from "../../support/random_graph.ts";
import { relativeError } from "../../support/tape.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 3 });

/** Batches of `count` images each whose classes show in their brightness. */
function makeBatches(graph: Graph, counts: readonly number[], classes: number): PlanBatch[] {
  const rng = createRng("batches");
  const [input] = graph.nodes;
  const size = input?.op === "input" ? input.shape.reduce((a, b) => a * b) : 0;
  return counts.map((count) => {
    const labels = Int32Array.from({ length: count }, () => rng.int(classes));
    const images = Float32Array.from(
      { length: count * size },
      (_, i) => 0.3 * labels[Math.floor(i / size)]! + rng.normal(),
    );
    return { images, labels };
  });
}

/** A training step on the tape; the arrays that have a gradient are moved by `move`. */
function tapeStep(
  model: Model,
  { images, labels }: PlanBatch,
  move: (variables: tf.Variable[], gradients: tf.Tensor[]) => void,
): number {
  return tf.tidy(() => {
    const shape = model.shapes.get(model.graph.nodes[0]!.name) as [number, number, number];
    const x = tf.tensor4d(images.slice(), [labels.length, ...shape]);
    const y = tf.tensor1d(labels.slice(), "int32");
    const variables = [...model.params.values()];
    const { value, grads } = tf.variableGrads(() => {
      const options = { statistics: "batch", updateStatistics: true } as const;
      return softmaxCrossEntropy(model.forward(x, options) as tf.Tensor2D, y);
    }, variables);
    const reached = variables.filter(({ name }) => grads[name] !== undefined);
    move(reached, reached.map(({ name }) => grads[name]!));
    return value.dataSync()[0]!;
  });
}

function assertSameArrays(plan: Plan, model: Model, tolerance: number): void {
  for (const [name, variable] of [...model.params, ...model.statistics]) {
    const error = relativeError(plan.weights(name), variable.dataSync(), 0.1);
    assert(error <= tolerance, `${name}: relative error ${error}`);
  }
}

const recipe = { momentum: 0.9, weightDecay: 5e-4, nesterov: true };

for (const choices of [[3, 1, 3, 1, 3, 3], [2, 3, 4, 0, 1, 3], [0, 0, 0, 4, 2, 0]]) {
  Deno.test(`twenty steps of NAS-Bench-201's ${choices} go where the tape's go`, () => {
    const graph = space.lower(space.fromChoices(choices));
    const model = buildModel(graph, { rng: createRng("weights") });
    const optimiser = { kind: "sgd", ...recipe } as const;
    const plan = compile(graph, { batch: 16, training: true, optimiser });
    plan.load(model);
    const sgd = new Sgd(recipe);
    const counts = Array.from({ length: 20 }, (_, i) => i % 4 === 3 ? 5 : 16);
    for (const batch of makeBatches(graph, counts, 10)) {
      const { loss, correct } = plan.trainStep(batch, { learningRate: 0.02 });
      const expected = tapeStep(model, batch, (...moved) => sgd.step(...moved, 0.02));
      assertAlmostEquals(loss, expected, 1e-3 * expected);
      assert(Number.isInteger(correct) && correct >= 0 && correct <= batch.labels.length);
    }
    assertSameArrays(plan, model, 1e-3);
    // What is stored is what the plan has, to the last bit.
    plan.store(model);
    assertSameArrays(plan, model, 0);
    sgd.dispose();
    plan.dispose();
    model.dispose();
  });
}

Deno.test("ten steps of random graphs go where the tape's go", () => {
  for (let seed = 0; seed < 25; seed++) {
    const graph = randomGraph(createRng(`training ${seed}`));
    const model = buildModel(graph, { rng: createRng(seed), init: "torchDefault" });
    const optimiser = { kind: "sgd", momentum: 0.5 } as const;
    const plan = compile(graph, { batch: 6, training: true, optimiser });
    plan.load(model);
    const sgd = new Sgd({ momentum: 0.5 });
    for (const batch of makeBatches(graph, Array(10).fill(6), 4)) {
      plan.trainStep(batch, { learningRate: 0.01 });
      tapeStep(model, batch, (...moved) => sgd.step(...moved, 0.01));
    }
    const reached = [...plan.params].filter(([, { reached }]) => reached);
    for (const [name] of reached) {
      const error = relativeError(plan.weights(name), model.params.get(name)!.dataSync(), 0.1);
      assert(error <= 1e-3, `seed ${seed}, ${name}: relative error ${error}`);
    }
    sgd.dispose();
    plan.dispose();
    model.dispose();
  }
});

Deno.test("Adam goes where tfjs's Adam goes", () => {
  const graph = space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));
  const model = buildModel(graph, { rng: createRng("weights") });
  const plan = compile(graph, {
    batch: 16,
    training: true,
    optimiser: { kind: "adam", beta1: 0.8, beta2: 0.99, epsilon: 1e-4 },
  });
  plan.load(model);
  const adam = tf.train.adam(3e-3, 0.8, 0.99, 1e-4);
  for (const batch of makeBatches(graph, Array(20).fill(16), 10)) {
    plan.trainStep(batch, { learningRate: 3e-3 });
    tapeStep(model, batch, (variables, gradients) => {
      adam.applyGradients(variables.map(({ name }, i) => ({ name, tensor: gradients[i]! })));
    });
  }
  assertSameArrays(plan, model, 1e-3);
  adam.dispose();
  plan.dispose();
  model.dispose();
});

Deno.test("weight decay pulls on gradients in Adam and on weights in AdamW", () => {
  const net = new GraphBuilder([1, 1, 1]);
  const flat = net.add("flat", { op: "flatten" }, net.input);
  const graph = net.build(net.add("fc", { op: "linear", features: 2, bias: false }, flat));
  const images = Float32Array.of(0, 0), labels = Int32Array.of(0, 1); // no slope but the decay's
  for (const decoupled of [false, true]) {
    const optimiser = { kind: "adam", weightDecay: 0.5, decoupled } as const;
    const plan = compile(graph, { batch: 2, training: true, optimiser });
    plan.setWeights("fc.weight", [1, -2]);
    for (let i = 0; i < 2; i++) plan.trainStep({ images, labels }, { learningRate: 0.1 });
    const [first, second] = plan.weights("fc.weight");
    // AdamW shrinks by the share 0.1 * 0.5 a step; in Adam the first steps are of length 0.1 each.
    assertAlmostEquals(first!, decoupled ? 0.95 ** 2 : 0.8, 1e-3);
    assertAlmostEquals(second!, decoupled ? -2 * 0.95 ** 2 : -1.8, 1e-3);
    plan.dispose();
  }
});

Deno.test("arrays that the output does not depend on stay as they are", () => {
  const net = new GraphBuilder([4, 4, 2]);
  const dead = net.add("dead", { op: "conv", kernel: 3, channels: 2, bias: true }, net.input);
  const normed = net.add("dead.bn", { op: "batchNorm" }, dead);
  const zeros = net.add("zero", { op: "zero" }, normed);
  const live = net.add("live", { op: "conv", kernel: 3, channels: 2 }, net.input);
  const sum = net.add("sum", { op: "add" }, live, zeros);
  const pooled = net.add("pool", { op: "globalAvgPool" }, sum);
  const graph = net.build(net.add("fc", { op: "linear", features: 3 }, pooled));
  const optimiser = { kind: "sgd", ...recipe } as const;
  const plan = compile(graph, { batch: 4, training: true, optimiser });
  plan.initialise({ rng: createRng("a") });
  assertEquals([...plan.params].map(([name, { reached }]) => [name, reached]), [
    ["dead.weight", false],
    ["dead.bias", false],
    ["dead.bn.gamma", false],
    ["dead.bn.beta", false],
    ["live.weight", true],
    ["fc.weight", true],
    ["fc.bias", true],
  ]);
  const names = [...plan.params.keys(), "dead.bn.mean", "dead.bn.variance"];
  const before = new Map(names.map((name) => [name, plan.weights(name)]));
  for (const batch of makeBatches(graph, [4, 4], 3)) plan.trainStep(batch, { learningRate: 0.1 });
  for (const name of names) {
    const moved = relativeError(plan.weights(name), before.get(name)!, 1);
    if (name.startsWith("dead")) assertEquals(moved, 0, name);
    else assertGreater(moved, 0, name);
  }
  const gradients = plan.backward(makeBatches(graph, [4], 3)[0]!).params;
  assertEquals([...gradients.keys()], [...plan.params.keys()]);
  assertEquals([...gradients.get("dead.bias")!], [0, 0]);
  plan.dispose();
});

Deno.test("weights start as buildModel() starts them, to the last bit", () => {
  const graph = space.lower(space.fromChoices([3, 2, 1, 4, 0, 3]));
  const plan = compile(graph, { batch: 1 });
  for (const init of ["heNormal", "torchDefault", "glorotUniform", "standardNormal"] as const) {
    const model = buildModel(graph, { rng: createRng(init), init });
    plan.initialise({ rng: createRng(init), init });
    assertEquals([...plan.params.keys()], [...model.params.keys()]);
    assertSameArrays(plan, model, 0);
    model.dispose();
  }
  plan.dispose();
});

Deno.test("loading weights puts the optimiser to rest", () => {
  const graph = space.lower(space.fromChoices([3, 0, 0, 3, 0, 3]));
  const model = buildModel(graph, { rng: createRng("a") });
  for (const optimiser of [{ kind: "sgd", momentum: 0.9 }, { kind: "adam" }] as const) {
    const plan = compile(graph, { batch: 8, training: true, optimiser });
    const [first, second] = makeBatches(graph, [8, 8], 10) as [PlanBatch, PlanBatch];
    const run = (...batches: PlanBatch[]) => {
      plan.load(model);
      for (const batch of batches) plan.trainStep(batch, { learningRate: 0.01 });
      return plan.weights("stem.conv.weight");
    };
    const once = run(first);
    assertGreater(relativeError(run(second, first), once), 1e-4);
    assertEquals(run(first), once);
    plan.dispose();
  }
  model.dispose();
});

Deno.test("a step whose loss is not finite moves no weight", () => {
  const graph = space.lower(space.fromChoices([3, 0, 0, 3, 0, 3]));
  const plan = compile(graph, { batch: 8, training: true });
  plan.initialise({ rng: createRng("a") });
  const before = plan.weights("stem.conv.weight");
  const [batch] = makeBatches(graph, [8], 10) as [PlanBatch];
  const huge = plan.weights("head.linear.weight").fill(3e38); // finite, but what comes of it is not
  plan.setWeights("head.linear.weight", huge.map((v, i) => i % 2 === 0 ? v : -v));
  assertEquals(plan.trainStep(batch, { learningRate: 0.1 }).loss, NaN);
  assertEquals(plan.weights("stem.conv.weight"), before);
  plan.dispose();
});

Deno.test("label smoothing changes the loss as its definition says", () => {
  const net = new GraphBuilder([1, 1, 3]);
  const graph = net.build(net.add("flat", { op: "flatten" }, net.input));
  const plan = compile(graph, { batch: 1, training: true });
  const images = Float32Array.of(1, 2, 4), labels = Int32Array.of(1);
  const log = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(4));
  assertAlmostEquals(plan.backward({ images, labels }).loss, log - 2, 1e-6);
  const { loss } = plan.backward({ images, labels }, { smoothing: 0.3 });
  assertAlmostEquals(loss, 0.7 * (log - 2) + 0.1 * (3 * log - 7), 1e-6);
  plan.dispose();
});

Deno.test("running statistics are moved by training steps and when asked, and only then", () => {
  const graph = space.lower(space.fromChoices([3, 1, 2, 3, 4, 3]));
  const model = buildModel(graph, { rng: createRng("a") });
  const plan = compile(graph, { batch: 8, training: true });
  plan.load(model);
  const [batch] = makeBatches(graph, [8], 10) as [PlanBatch];
  plan.forward(batch.images, { statistics: "batch" });
  plan.forward(batch.images);
  plan.backward(batch);
  plan.sampleGradients(batch, "sum");
  plan.profile(batch, { repeats: 1 });
  assertSameArrays(plan, model, 0);
  plan.forward(batch.images, { statistics: "batch", updateStatistics: true });
  tf.tidy(() => {
    const x = tf.tensor4d(batch.images.slice(), [8, 8, 8, 3]);
    model.forward(x, { statistics: "batch", updateStatistics: true });
  });
  assertSameArrays(plan, model, 1e-5);
  plan.dispose();
  model.dispose();
});

Deno.test("an evaluation is what the logits say", () => {
  const graph = space.lower(space.fromChoices([3, 2, 0, 3, 1, 3]));
  const plan = compile(graph, { batch: 9 });
  plan.initialise({ rng: createRng("a") });
  const [{ images, labels }] = makeBatches(graph, [7], 10) as [PlanBatch];
  const { loss, correct, predictions, confidence } = plan.evaluate({ images, labels });
  const logits = plan.forward(images);
  let total = 0, hits = 0;
  for (let i = 0; i < 7; i++) {
    const row = [...logits.subarray(10 * i, 10 * i + 10)];
    const sum = row.reduce((all, v) => all + Math.exp(v), 0), best = Math.max(...row);
    assertEquals(predictions[i], row.indexOf(best));
    assertAlmostEquals(confidence[i]!, Math.exp(best) / sum, 1e-6);
    total += Math.log(sum) - row[labels[i]!]!;
    if (row.indexOf(best) === labels[i]) hits++;
  }
  assertEquals(correct, hits);
  assertAlmostEquals(loss, total / 7, 1e-6);
  plan.dispose();
});

Deno.test("a profile has a row for each step and leaves the training as it was", () => {
  const graph = space.lower(space.fromChoices([3, 2, 4, 3, 1, 3]));
  const [first, second] = makeBatches(graph, [8, 8], 10) as [PlanBatch, PlanBatch];
  const weightsAfter = (between: (plan: Plan) => void) => {
    const optimiser = { kind: "adam" } as const;
    const plan = compile(graph, { batch: 8, training: true, optimiser });
    plan.initialise({ rng: createRng("a") });
    plan.trainStep(first, { learningRate: 0.01 });
    between(plan);
    plan.trainStep(second, { learningRate: 0.01 });
    const weights = plan.weights("stem.conv.weight");
    plan.dispose();
    return weights;
  };
  const profiled = weightsAfter((plan) => {
    const rows = plan.profile(first, { repeats: 3 });
    const phases = [...new Set(rows.map(({ phase }) => phase))];
    assertEquals(phases, ["forward", "loss", "backward", "optimiser"]);
    const convs = rows.filter(({ op, phase }) => op === "conv" && phase === "forward");
    assertEquals(convs.length, graph.nodes.filter(({ op }) => op === "conv").length);
    assertEquals(rows.some(({ node }) => node === "stage0.cell0.edge0_1.relu"), false);
    for (const { milliseconds } of rows) assert(milliseconds >= 0 && milliseconds < 1000);
  });
  assertEquals(profiled, weightsAfter(() => {}));
});
