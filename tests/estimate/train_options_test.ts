import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { digits } from "naskit/data/mod.ts";
import { heapInUse } from "naskit/engine/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import { tf } from "naskit/engine/tf.ts";
import {
  evaluateModel,
  rateFactor,
  trainEpochs,
  trainFromScratch,
  trainGraph,
  trainModel,
  type TrainOptions,
  type TrainRecipe,
} from "naskit/estimate/mod.ts";
import { buildModel, compile, type Model } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { EarlyStop } from "../../lib/estimate/early_stop.ts";
import { WeightAverage } from "../../lib/estimate/weight_average.ts";
import { softmaxRegression, trainingFixture } from "./support/training_fixture.ts";

const data = await digits({ train: 200, validation: 100 });
const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8, inputChannels: 1 });
const graph = space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));

const everything: TrainRecipe = {
  epochs: 4,
  batchSize: 50,
  optimiser: { kind: "adam", decoupled: true, weightDecay: 0.05, decays: "weights" },
  learningRate: 0.01,
  schedule: { kind: "warmUp", share: 0.25, then: { kind: "oneCycle" } },
  clipNorm: 2,
  smoothing: 0.1,
  augment: { flip: true, shift: 1 },
  cutOut: 2,
  mixUp: 0.4,
  average: { decay: 0.9 },
  earlyStop: { patience: 3, by: "loss" },
};

const modelOf = () => buildModel(graph, { rng: createRng("weights") });

function arraysOf({ params, statistics }: Model): Map<string, number[]> {
  return new Map([...params, ...statistics].map(([name, array]) => [name, [...array.dataSync()]]));
}

/** Trains a fresh model and gives its weights, curves and the rest but the time. */
async function outcome(options: Omit<TrainOptions, "rng">) {
  const model = modelOf();
  try {
    const { seconds, ...result } = await trainModel(model, data, {
      ...options,
      rng: createRng("order"),
    });
    assert(seconds > 0);
    return { arrays: arraysOf(model), ...result };
  } finally {
    model.dispose();
  }
}

/** The same, stopped after so many epochs or in the middle of the one after. */
async function stopped(epochs: number, options: Omit<TrainOptions, "rng">) {
  const controller = new AbortController();
  return await outcome({
    ...options,
    signal: controller.signal,
    onProgress: ({ done }) => done === epochs ? controller.abort() : undefined,
  });
}

for (
  const [name, recipe] of Object.entries({
    "a plain recipe": { epochs: 4, batchSize: 64 },
    "every option at once": everything,
  })
) {
  Deno.test(`a training goes on from any epoch to the same weights: ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    const whole = await outcome(recipe);
    for (let epoch = 0; epoch <= 4; epoch++) {
      const checkpoint = `${folder}/deeper/${epoch}`;
      const part = await stopped(epoch, { ...recipe, checkpoint });
      assertEquals(part.curves.trainLoss.length, epoch);
      assertEquals(await outcome({ ...recipe, checkpoint }), whole, `from epoch ${epoch}`);
      // What is finished stays as it is.
      assertEquals(await outcome({ ...recipe, checkpoint }), whole);
    }
    const checkpoint = `${folder}/often`;
    for (let epoch = 1; epoch < 4; epoch++) await stopped(epoch, { ...recipe, checkpoint });
    assertEquals(await outcome({ ...recipe, checkpoint }), whole);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["deeper", "often"]);
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("progress tells which epochs were done before", async () => {
  const checkpoint = await Deno.makeTempFile();
  await Deno.remove(checkpoint);
  const recipe = { epochs: 3, checkpoint };
  await stopped(2, recipe);
  const seen: unknown[] = [];
  await outcome({
    ...recipe,
    onProgress: ({ done, restored }) => void seen.push([done, restored]),
  });
  assertEquals(seen, [[2, 2], [3, 2]]);
  await Deno.remove(checkpoint);
});

Deno.test("a training stopped amid an epoch goes on from the last whole one", async () => {
  const checkpoint = await Deno.makeTempFile();
  await Deno.remove(checkpoint);
  const recipe = { ...everything, checkpoint };
  const model = modelOf();
  const controller = new AbortController();
  const epochs = trainEpochs(model, data, {
    ...recipe,
    rng: createRng("order"),
    signal: controller.signal,
  });
  await epochs.next();
  setTimeout(() => controller.abort(), 0);
  while (!(await epochs.next()).done);
  model.dispose();
  assertEquals(await outcome(recipe), await outcome(everything));
  await Deno.remove(checkpoint);
});

Deno.test("a checkpoint of another training, or one that is broken, is refused", async () => {
  const before = [tf.memory().numTensors, heapInUse()];
  const checkpoint = await Deno.makeTempFile();
  await Deno.remove(checkpoint);
  const recipe = { epochs: 2, batchSize: 64, checkpoint };
  await stopped(1, recipe);
  const bytes = await Deno.readFile(checkpoint);
  for (const other of [{ epochs: 3 }, { learningRate: 0.2 }, { mixUp: 1 }, { threads: 2 }]) {
    await assertRejects(() => outcome({ ...recipe, ...other }), RangeError, "of another training");
  }
  const model = modelOf();
  const weight = model.params.get("stem.conv.weight")!;
  tf.tidy(() => weight.assign(tf.mul(weight, 2)));
  const from = { ...recipe, rng: createRng("order") };
  await assertRejects(() => trainModel(model, data, from), RangeError, "starting weights");
  const labels = data.train.labels.slice().fill(1, 0, 1);
  const relabelled = { ...data, train: { ...data.train, labels } };
  await assertRejects(() => trainModel(model, relabelled, from), RangeError, "images");
  model.dispose();
  for (const broken of [bytes.slice(0, -1), bytes.slice(0, 100), new Uint8Array()]) {
    await Deno.writeFile(checkpoint, broken);
    await assertRejects(() => outcome(recipe), SyntaxError, `Cannot go on from ${checkpoint}: it`);
  }
  // A draft that was never finished is in nobody's way.
  await Deno.writeFile(checkpoint, bytes);
  await Deno.writeFile(`${checkpoint}.part`, bytes.slice(0, 99));
  const { checkpoint: _, ...plain } = recipe;
  assertEquals(await outcome(recipe), await outcome(plain));
  await Deno.remove(checkpoint);
  assertEquals([tf.memory().numTensors, heapInUse()], before);
});

Deno.test("trainEpochs() yields each epoch, and whoever leaves has the weights of the last", async () => {
  const before = [tf.memory().numTensors, heapInUse()];
  const whole = await outcome({ epochs: 3 });
  const model = modelOf();
  const rng = createRng("order");
  const accuracies: number[] = [];
  for await (const epoch of trainEpochs(model, data, { epochs: 3, rng })) {
    assertEquals([epoch.epoch, epoch.epochs], [accuracies.length, 3]);
    accuracies.push(epoch.validationAccuracy);
    const { accuracy, loss } = await evaluateModel(model, data.validation, { batchSize: 64 });
    assertEquals([accuracy, loss], [epoch.validationAccuracy, epoch.validationLoss]);
    if (accuracies.length === 2) break;
  }
  assertEquals(accuracies, whole.curves.validationAccuracy.slice(0, 2));
  assertEquals((await evaluateModel(model, data.validation)).accuracy, accuracies[1]);
  model.dispose();
  assertEquals([tf.memory().numTensors, heapInUse()], before);
});

Deno.test("early stopping keeps the best epoch's weights, and stops when patience ends", async () => {
  // A rate so large that epochs go up and down.
  const recipe = { epochs: 30, learningRate: 0.5, batchSize: 50 };
  for (const by of ["accuracy", "loss"] as const) {
    const ended: (boolean | undefined)[] = [];
    const model = modelOf();
    const result = await trainModel(model, data, {
      ...recipe,
      earlyStop: { patience: 2, by },
      rng: createRng("order"),
      onProgress: (progress) => void ended.push(progress.ended),
    });
    const { curves: { validationAccuracy, validationLoss }, bestEpoch } = result;
    assertEquals(result.stopped, "early");
    const best = by === "accuracy"
      ? validationAccuracy.indexOf(Math.max(...validationAccuracy))
      : validationLoss.indexOf(Math.min(...validationLoss));
    assertEquals([bestEpoch, validationLoss.length], [best, best + 3]);
    assertEquals(ended, [...Array(best + 3).fill(undefined), true]);
    assertEquals(result.accuracy, validationAccuracy[best]);
    const { accuracy, loss } = await evaluateModel(model, data.validation, { batchSize: 50 });
    assertEquals([accuracy, loss], [validationAccuracy[best], validationLoss[best]]);
    model.dispose();
  }
});

Deno.test("an epoch is better only by as much as was asked for", () => {
  const rounds: [number, number[], number, boolean][] = [
    [0, [0.5, 0.6, 0.6, 0.55], 1, true],
    [0.25, [0.5, 0.625, 0.6875], 0, true],
    [0.25, [0.5, 0.625, 0.75], 2, false],
    [0, [0.5], 0, false],
  ];
  for (const [least, values, bestEpoch, isOver] of rounds) {
    for (const by of ["accuracy", "loss"] as const) {
      const stop = new EarlyStop({ patience: 2, by, least });
      values.forEach((value, epoch) =>
        stop.note(epoch, { accuracy: value, loss: 1 - value }, () => new Map())
      );
      assertEquals([stop.state.bestEpoch, stop.isOver], [bestEpoch, isOver]);
    }
  }
  const stop = new EarlyStop({ patience: 2, by: "loss", least: 0 });
  for (const epoch of [0, 1]) stop.note(epoch, { accuracy: 1, loss: NaN }, () => new Map());
  assertEquals([stop.state.bestEpoch, stop.isOver], [-1, true]);
});

Deno.test("an average of weights is PyTorch's, and by its warm-up forgets the start", async () => {
  const fixture = await trainingFixture();
  const plan = compile(softmaxRegression(), {
    batch: 4,
    training: true,
    optimiser: { kind: "sgd", momentum: 0.9, nesterov: true, weightDecay: 0.05 },
  });
  const names = ["fc.weight", "fc.bias"];
  const make = (warmUp: boolean) => new WeightAverage({ decay: 0.8, warmUp }, names);
  const plain = make(false), warm = make(true);
  plan.setWeights("fc.weight", fixture.start.weight);
  plan.setWeights("fc.bias", fixture.start.bias);
  const seen: number[] = [];
  fixture.images.forEach((images, i) => {
    const labels = Int32Array.from(fixture.labels[i]!);
    plan.trainStep({ images: Float32Array.from(images), labels }, { learningRate: 0.1 });
    plain.take(plan);
    warm.take(plan);
    seen.push(plan.weights("fc.bias")[0]!);
  });
  const expected = fixture.runs.average!;
  for (const name of ["weight", "bias"] as const) {
    plain.values.get(`fc.${name}`)!.forEach((value, i) =>
      assertAlmostEquals(value, expected[name][i]!, 2e-5)
    );
  }
  const mean = seen.reduce((mean, value, n) => {
    const kept = n === 0 ? 0 : Math.min(0.8, (1 + n) / (10 + n));
    return kept * mean + (1 - kept) * value;
  }, 0);
  assertAlmostEquals(warm.values.get("fc.bias")![0]!, mean, 1e-5);
  plan.dispose();
});

Deno.test("with an average, what is validated and kept is the average", async () => {
  const recipe = { epochs: 2, batchSize: 50 };
  const plain = await outcome(recipe);
  const none = await outcome({ ...recipe, average: { decay: 0 } });
  // An average that forgets at once is the last step's weights.
  assertEquals([none.arrays, none.curves], [plain.arrays, plain.curves]);
  const model = modelOf();
  const rng = createRng("order");
  const { accuracy, curves } = await trainModel(model, data, {
    ...recipe,
    average: { decay: 0.9 },
    rng,
  });
  assertEquals((await evaluateModel(model, data.validation)).accuracy, accuracy);
  assertNotEquals(arraysOf(model), plain.arrays);
  assertEquals(curves.trainLoss, plain.curves.trainLoss);
  model.dispose();
});

Deno.test("each option has its say in a training", async () => {
  const base = { epochs: 1, batchSize: 50 };
  const seen = new Set([JSON.stringify([...(await outcome(base)).arrays])]);
  const options: TrainRecipe[] = [
    { schedule: { kind: "constant" } },
    { optimiser: { kind: "adam" } },
    { clipNorm: 0.1 },
    { smoothing: 0.1 },
    { cutOut: 3 },
    { mixUp: 1 },
    { average: { decay: 0.9 } },
    {
      optimiser: {
        kind: "sgd",
        momentum: 0.9,
        nesterov: true,
        weightDecay: 5e-4,
        decays: "weights",
      },
    },
  ];
  for (const option of options) {
    seen.add(JSON.stringify([...(await outcome({ ...base, ...option })).arrays]));
  }
  assertEquals(seen.size, options.length + 1);
  // Loose options change nothing at all.
  const same = await outcome({
    ...base,
    clipNorm: 1e9,
    smoothing: 0,
    schedule: { kind: "cosine" },
  });
  assertEquals(JSON.stringify([...same.arrays]), [...seen][0]);
});

Deno.test("the curve of learning rates is the schedule's", async () => {
  const schedule = { kind: "oneCycle" } as const;
  const { curves } = await outcome({ epochs: 3, batchSize: 50, learningRate: 0.2, schedule });
  assertEquals(
    curves.learningRate,
    [0, 4, 8].map((step) => 0.2 * rateFactor(schedule, { step, steps: 12 })),
  );
});

Deno.test("workers and tables can have every recipe: it is plain data", async () => {
  const recipe: TrainRecipe = JSON.parse(JSON.stringify({ ...everything, epochs: 2 }));
  const evaluate = trainFromScratch(data, recipe);
  structuredClone(evaluate.recipe!.args);
  const context = { graph, seed: "a", signal: new AbortController().signal };
  const metrics = await evaluate("x", context);
  const { model, accuracy } = await trainGraph(graph, data, { ...recipe, seed: "a" });
  assertEquals(metrics.accuracy, accuracy);
  model.dispose();
});

Deno.test("options that make no sense, alone or together, are refused", () => {
  const bad: [TrainRecipe, string][] = [
    [{ clipNorm: 0 }, "clipNorm must be above 0, got 0"],
    [{ smoothing: 1 }, "smoothing must be in [0, 1), got 1"],
    [{ cutOut: 1.5 }, "cutOut must be a positive whole number, got 1.5"],
    [{ mixUp: 0 }, "mixUp must be above 0, got 0"],
    [{ average: { decay: 1 } }, "average.decay must be in [0, 1), got 1"],
    [{ earlyStop: { patience: 0 } }, "earlyStop.patience must be a positive whole number, got 0"],
    [{ earlyStop: { patience: 1, least: -1 } }, "earlyStop.least must be 0 or more, got -1"],
    [{ earlyStop: { patience: 1, by: "f1" as "loss" } }, 'must be one of "accuracy", "loss"'],
    [{ schedule: { kind: "cosine", end: -1 } }, 'end of "cosine" must be at least 0'],
  ];
  for (const [recipe, message] of bad) {
    assertThrows(() => trainFromScratch(data, recipe), RangeError, message);
  }
  assertThrows(
    () => trainFromScratch(data, { optimiser: { kind: "adam" }, momentum: 0.9 }),
    TypeError,
    "give either optimiser or momentum",
  );
});
