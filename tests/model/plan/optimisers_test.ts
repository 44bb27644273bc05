import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import {
  compile,
  compileThreaded,
  inherit,
  inheritOptimiser,
  type OptimiserSlots,
  type PlanOptimiser,
  type TrainStepOptions,
} from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { softmaxRegression, trainingFixture } from "../../estimate/support/training_fixture.ts";

const fixture = await trainingFixture();
const graph = softmaxRegression();

const sgd = { kind: "sgd", momentum: 0.9, weightDecay: 0.05 } as const;
const nesterov = { ...sgd, nesterov: true } as const;
const adam = { kind: "adam", weightDecay: 0.1 } as const;
const adamW = { ...adam, decoupled: true } as const;

interface Run {
  readonly optimiser: PlanOptimiser;
  readonly options?: Partial<TrainStepOptions>;
  readonly mix?: number;
}

const runs: { readonly [name: string]: Run } = {
  "sgd": { optimiser: { kind: "sgd", weightDecay: 0.05 } },
  "momentum": { optimiser: sgd },
  "nesterov": { optimiser: nesterov },
  "nesterov, decay of weights": { optimiser: { ...nesterov, decays: "weights" } },
  "adam": { optimiser: adam, options: { learningRate: 0.05 } },
  "adamW": { optimiser: adamW, options: { learningRate: 0.05 } },
  "adamW, decay of weights": {
    optimiser: { ...adamW, decays: "weights" },
    options: { learningRate: 0.05 },
  },
  "clip": { optimiser: nesterov, options: { clipNorm: 0.5 } },
  "smoothing": { optimiser: nesterov, options: { smoothing: 0.1 } },
  "mix": { optimiser: nesterov, mix: 0.3 },
  "mix, smoothing": { optimiser: nesterov, mix: 0.3, options: { smoothing: 0.1 } },
};

function assertClose(actual: ArrayLike<number>, expected: readonly number[], what: string): void {
  assertEquals(actual.length, expected.length, what);
  expected.forEach((value, i) => assertAlmostEquals(actual[i]!, value, 2e-5, `${what} at ${i}`));
}

for (const [name, { optimiser, options, mix }] of Object.entries(runs)) {
  Deno.test(`twenty steps go where PyTorch's go: ${name}`, () => {
    const expected = fixture.runs[name]!;
    const plan = compile(graph, { batch: 4, training: true, optimiser });
    plan.setWeights("fc.weight", fixture.start.weight);
    plan.setWeights("fc.bias", fixture.start.bias);
    const outcomes = fixture.images.map((images, i) =>
      plan.trainStep({
        images: Float32Array.from(images),
        labels: Int32Array.from(fixture.labels[i]!),
        ...(mix ? { mix: { labels: Int32Array.from(fixture.others[i]!), share: mix } } : {}),
      }, { learningRate: 0.1, ...options })
    );
    assertClose(outcomes.map(({ loss }) => loss), expected.losses, "losses");
    assertClose(plan.weights("fc.weight"), expected.weight, "weight");
    assertClose(plan.weights("fc.bias"), expected.bias, "bias");
    if (expected.norms) {
      assertClose(outcomes.map(({ gradientNorm }) => gradientNorm!), expected.norms, "norms");
    } else assertEquals(outcomes[0]!.gradientNorm, undefined);
    plan.dispose();
  });
}

Deno.test("the slope of a smoothed and mixed loss is its finite difference", () => {
  const plan = compile(graph, { batch: 4, training: true });
  plan.setWeights("fc.weight", fixture.start.weight);
  plan.setWeights("fc.bias", fixture.start.bias);
  const batch = {
    images: Float32Array.from(fixture.images[0]!),
    labels: Int32Array.from(fixture.labels[0]!),
    mix: { labels: Int32Array.from(fixture.others[0]!), share: 0.3 },
  };
  const { params } = plan.backward(batch, { smoothing: 0.2 });
  const at = (name: string, i: number, by: number) => {
    const values = plan.weights(name), old = values[i]!;
    values[i] = old + by;
    plan.setWeights(name, values);
    const { loss } = plan.backward(batch, { smoothing: 0.2 });
    values[i] = old;
    plan.setWeights(name, values);
    return loss;
  };
  for (const [name, slopes] of params) {
    slopes.forEach((slope, i) => {
      const difference = (at(name, i, 0.01) - at(name, i, -0.01)) / 0.02;
      assertAlmostEquals(slope, difference, 1e-4, `${name} at ${i}`);
    });
  }
  plan.dispose();
});

Deno.test("a mix is the mean of the losses against one class and the other", () => {
  const plan = compile(graph, { batch: 4, training: true });
  plan.initialise({ rng: createRng("mix") });
  const images = Float32Array.from(fixture.images[1]!);
  const labels = Int32Array.from(fixture.labels[1]!), other = Int32Array.from(fixture.others[1]!);
  const lossOf = (labels: Int32Array, mix?: { labels: Int32Array; share: number }) =>
    plan.backward({ images, labels, ...(mix ? { mix } : {}) }, { smoothing: 0.1 });
  const one = lossOf(labels), two = lossOf(other);
  for (const share of [0, 0.25, 0.5, 1]) {
    const mixed = lossOf(labels, { labels: other, share });
    assertAlmostEquals(mixed.loss, (1 - share) * one.loss + share * two.loss, 1e-6);
    mixed.params.forEach((slopes, name) =>
      slopes.forEach((slope, i) => {
        const [a, b] = [one, two].map(({ params }) => params.get(name)![i]!);
        assertAlmostEquals(slope, (1 - share) * a! + share * b!, 1e-6);
      })
    );
    assertEquals(mixed.correct, one.correct);
  }
  const bad = (mix: { labels: Int32Array; share: number }, message: string) =>
    assertThrows(() => lossOf(labels, mix), RangeError, message);
  bad({ labels: other, share: 1.1 }, "share must be in [0, 1], got 1.1");
  bad({ labels: other.subarray(1), share: 0.5 }, "Cannot mix labels: labels must be 4");
  plan.dispose();
});

Deno.test("an optimiser goes on in another plan as if it had never stopped", () => {
  const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
  const net = space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));
  const rng = createRng("images");
  const batches = Array.from({ length: 6 }, () => ({
    images: Float32Array.from({ length: 4 * 64 }, () => rng.normal()),
    labels: Int32Array.from({ length: 4 }, () => rng.int(10)),
  }));
  for (const optimiser of [nesterov, adamW]) {
    const make = () => compile(net, { batch: 4, training: true, optimiser });
    const whole = make(), first = make(), second = make();
    for (const plan of [whole, first]) plan.initialise({ rng: createRng("weights") });
    const names = [...whole.params.keys()].concat(
      net.nodes.filter(({ op }) => op === "batchNorm").flatMap(({ name }) => [
        `${name}.mean`,
        `${name}.variance`,
      ]),
    );
    for (const batch of batches) whole.trainStep(batch, { learningRate: 0.01 });
    for (const batch of batches.slice(0, 3)) first.trainStep(batch, { learningRate: 0.01 });
    for (const name of names) second.setWeights(name, first.weights(name));
    second.restoreOptimiser(first.optimiserState());
    for (const batch of batches.slice(3)) second.trainStep(batch, { learningRate: 0.01 });
    for (const name of names) assertEquals(second.weights(name), whole.weights(name), name);
    // Array by array, by way of a morphism that changes nothing.
    const { morphism } = inherit(net, net, { rng: createRng("none") });
    const third = make();
    for (const name of names) third.setWeights(name, first.weights(name));
    const memory = first.optimiserSlots();
    third.setOptimiserSlots(inheritOptimiser(memory, morphism!));
    const { steps, slots } = third.optimiserSlots();
    assertEquals([steps, slots.length], [3, memory.slots.length]);
    memory.slots.forEach((slot, i) => {
      assertEquals([...slots[i]!.keys()], [...slot.keys()]);
      for (const [name, values] of slot) assertEquals(slots[i]!.get(name), values, name);
    });
    for (const batch of batches.slice(3)) third.trainStep(batch, { learningRate: 0.01 });
    for (const name of names) assertEquals(third.weights(name), whole.weights(name), name);
    const before = third.optimiserState();
    const refused = (slots: OptimiserSlots, message: string) =>
      assertThrows(() => third.setOptimiserSlots(slots), RangeError, message);
    refused({ ...memory, steps: 0.5 }, "steps must be a whole number of at least 0, got 0.5");
    const { length } = memory.slots;
    refused(
      { steps: 3, slots: memory.slots.slice(1) },
      `it has ${length} slots, got ${length - 1}`,
    );
    const short = new Map([...memory.slots[0]!, ["stem.conv.weight", new Float32Array(3)]]);
    refused(
      { steps: 3, slots: memory.slots.with(-1, short) },
      'slots must hold "stem.conv.weight" with 36 numbers, got 3',
    );
    assertEquals(third.optimiserState(), before);
    third.dispose();
    const { values } = first.optimiserState();
    assertThrows(
      () => second.restoreOptimiser({ steps: 3, values: values.slice(1) }),
      RangeError,
      `its state has ${values.length} numbers, got ${values.length - 1}`,
    );
    assertThrows(
      () => second.restoreOptimiser({ steps: -1, values }),
      RangeError,
      "steps must be a whole number of at least 0, got -1",
    );
    for (const plan of [whole, first, second]) plan.dispose();
  }
});

Deno.test("of what the output does not depend on the optimiser remembers zeros", () => {
  const net = new GraphBuilder([4, 4, 1]);
  net.add("dead", { op: "conv", kernel: 3, channels: 3 }, net.input);
  net.add("pool", { op: "globalAvgPool" }, net.input);
  const plan = compile(net.build(net.add("head", { op: "linear", features: 2 }, "pool")), {
    batch: 1,
    training: true,
    optimiser: nesterov,
  });
  plan.initialise({ rng: createRng("weights") });
  const batch = { images: new Float32Array(16).fill(1), labels: Int32Array.of(1) };
  plan.trainStep(batch, { learningRate: 0.1 });
  const memory = plan.optimiserSlots();
  assertEquals(memory.slots[0]!.get("dead.weight"), new Float32Array(27));
  assert(memory.slots[0]!.get("head.bias")!.every((v) => v !== 0));
  plan.trainStep(batch, { learningRate: 0.1 });
  plan.setOptimiserSlots(memory);
  assertEquals(plan.optimiserSlots(), memory);
  plan.dispose();
});

Deno.test("threads clip, mix and spare biases the decay as one does", async () => {
  const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
  const net = space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));
  const rng = createRng("images");
  const batch = {
    images: Float32Array.from({ length: 8 * 64 }, () => rng.normal()),
    labels: Int32Array.from({ length: 8 }, () => rng.int(10)),
    mix: { labels: Int32Array.from({ length: 8 }, () => rng.int(10)), share: 0.4 },
  };
  const optimiser = { kind: "sgd", momentum: 0.9, weightDecay: 1, decays: "weights" } as const;
  const [one, two] = await Promise.all([1, 2].map(async (threads) => {
    const plan = await compileThreaded(net, { threads, batch: 8, training: true, optimiser });
    plan.initialise({ rng: createRng("weights") });
    const options = { learningRate: 0.05, clipNorm: 0.3, smoothing: 0.1 };
    const outcomes = [0, 1, 2].map(() => plan.trainStep(batch, options));
    const weights = [...plan.params.keys()].flatMap((name) => [...plan.weights(name)]);
    plan.dispose();
    return { outcomes, weights };
  }));
  one!.outcomes.forEach(({ loss, gradientNorm }, i) => {
    assertAlmostEquals(two!.outcomes[i]!.loss, loss, 1e-4);
    assertAlmostEquals(two!.outcomes[i]!.gradientNorm!, gradientNorm!, 1e-3 * gradientNorm!);
  });
  assertClose(two!.weights, one!.weights, "weights");
});

Deno.test("what a plan's optimiser or clipping cannot be is refused", () => {
  assertThrows(
    () =>
      compile(graph, {
        batch: 1,
        training: true,
        optimiser: { kind: "sgd", decays: "none" as "all" },
      }),
    RangeError,
    'optimiser.decays must be one of "all", "weights", got "none"',
  );
  const plan = compile(graph, { batch: 1, training: true });
  assertThrows(
    () =>
      plan.trainStep({ images: new Float32Array(6), labels: Int32Array.of(0) }, {
        learningRate: 0.1,
        clipNorm: -1,
      }),
    RangeError,
    "clipNorm must be at least 0, got -1",
  );
  plan.dispose();
});
