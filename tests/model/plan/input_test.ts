import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { heapInUse } from "naskit/engine/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import { tf } from "naskit/engine/tf.ts";
import { GraphBuilder, GraphError } from "naskit/graph/mod.ts";
import { buildModel, compile, type CompileOptions, type Plan } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";

const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 4, inputChannels: 1, classes: 3 });
const graph = space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));

function withPlan(options: Partial<CompileOptions>, use: (plan: Plan) => void): void {
  const plan = compile(graph, { batch: 2, ...options });
  try {
    use(plan);
  } finally {
    plan.dispose();
  }
}

Deno.test("compile() refuses options out of range", () => {
  const refused: readonly (readonly [Partial<CompileOptions>, string])[] = [
    [{ batch: 0 }, "batch must be a positive whole number, got 0"],
    [{ batch: 1.5 }, "batch must be a positive whole number, got 1.5"],
    [{ imageGradient: true }, "imageGradient needs training"],
    [{ optimiser: { kind: "sgd", momentum: 1 } }, "optimiser.momentum must be in [0, 1), got 1"],
    [{ optimiser: { kind: "sgd", nesterov: true } }, "optimiser.momentum must be above 0 where"],
    [
      { optimiser: { kind: "sgd", weightDecay: -1 } },
      "optimiser.weightDecay must be at least 0, got -1",
    ],
    [{ optimiser: { kind: "adam", beta1: -0.1 } }, "optimiser.beta1 must be in [0, 1), got -0.1"],
    [{ optimiser: { kind: "adam", beta2: 1 } }, "optimiser.beta2 must be in [0, 1), got 1"],
    [{ optimiser: { kind: "adam", epsilon: 0 } }, "optimiser.epsilon must be above 0, got 0"],
    [
      { optimiser: { kind: "lamb" as "adam" } },
      'optimiser.kind must be "sgd" or "adam", got "lamb"',
    ],
  ];
  for (const [options, message] of refused) {
    assertThrows(() => compile(graph, { batch: 2, ...options }), RangeError, message);
  }
});

Deno.test("compile() refuses a graph that makes no sense, naming the node", () => {
  const nodes = [...graph.nodes, { name: "odd", op: "linear", features: 2, inputs: ["input"] }];
  assertThrows(
    () => compile({ nodes, output: "odd" } as typeof graph, { batch: 1 }),
    GraphError,
    'node "odd" (linear)',
  );
});

Deno.test("images of another size, too many, or none are refused", () => {
  withPlan({}, (plan) => {
    for (const length of [0, 15, 17, 48]) {
      assertThrows(
        () => plan.forward(new Float32Array(length)),
        RangeError,
        `images must be [count, 4, 4, 1] with count from 1 to 2, got ${length} numbers`,
      );
    }
    assertThrows(
      () =>
        plan.evaluate({
          images: new Float32Array(32),
          labels: Int32Array.of(0, 0),
          shape: [2, 2, 8, 1],
        }),
      RangeError,
      "got [2, 2, 8, 1] and 32 numbers",
    );
  });
});

Deno.test("labels that are no classes, or not as many as images, are refused", () => {
  withPlan({ training: true }, (plan) => {
    const images = new Float32Array(32);
    for (const wrong of [3, -1]) {
      const batch = { images, labels: Int32Array.of(0, wrong) };
      const message = `labels must be from 0 to 2, got ${wrong} at 1`;
      assertThrows(() => plan.trainStep(batch, { learningRate: 1 }), RangeError, message);
      assertThrows(() => plan.backward(batch), RangeError, message);
      assertThrows(() => plan.evaluate(batch), RangeError, message);
      assertThrows(() => plan.sampleGradients(batch, "sign"), RangeError, message);
      assertThrows(() => plan.profile(batch), RangeError, message);
    }
    assertThrows(
      () => plan.backward({ images, labels: Int32Array.of(0) }),
      RangeError,
      "labels must be 2, one an image, got 1",
    );
  });
});

Deno.test("settings of a call out of range are refused", () => {
  withPlan({ training: true }, (plan) => {
    const batch = { images: new Float32Array(32), labels: Int32Array.of(0, 1) };
    assertThrows(
      () => plan.trainStep(batch, { learningRate: NaN }),
      RangeError,
      "learningRate must be at least 0, got NaN",
    );
    assertThrows(
      () => plan.trainStep(batch, { learningRate: 0.1, smoothing: 1.5 }),
      RangeError,
      "smoothing must be in [0, 1], got 1.5",
    );
    assertThrows(
      () => plan.forward(batch.images, { statistics: "running", updateStatistics: true }),
      RangeError,
      'updateStatistics needs statistics "batch", got "running"',
    );
    assertThrows(
      () => plan.forward(batch.images, { statistics: "all" as "batch" }),
      RangeError,
      'statistics must be one of batch, running, sample, got "all"',
    );
    assertThrows(
      () => plan.sampleGradients(batch, "mean" as "sum"),
      RangeError,
      'mode must be one of sign, abs, square, sum, got "mean"',
    );
    assertThrows(
      () => plan.pullBack(batch.images, { slope: new Float32Array(5) }),
      RangeError,
      "slope must have the output's 6 numbers, got 5",
    );
    assertThrows(() => plan.profile(batch, { repeats: 0 }), RangeError, "repeats must be");
  });
});

Deno.test("a plan that was not compiled to train says so", () => {
  withPlan({}, (plan) => {
    const batch = { images: new Float32Array(32), labels: Int32Array.of(0, 1) };
    const message = "the plan was compiled without `training: true`";
    assertThrows(() => plan.trainStep(batch, { learningRate: 1 }), TypeError, message);
    assertThrows(() => plan.backward(batch), TypeError, message);
    assertThrows(() => plan.sampleGradients(batch, "abs"), TypeError, message);
    assertThrows(
      () => plan.pullBack(batch.images, { slope: new Float32Array(6) }),
      TypeError,
      message,
    );
  });
});

Deno.test("an output that is an image takes a label for each of its pixels", () => {
  const net = new GraphBuilder([4, 4, 1]);
  const plan = compile(net.build(net.add("out", { op: "relu" }, net.input)), {
    batch: 2,
    training: true,
  });
  assertThrows(
    () => plan.backward({ images: new Float32Array(32), labels: Int32Array.of(0, 0) }),
    RangeError,
    "labels must be 32, one a pixel of the output [4, 4, 1], got 2",
  );
  plan.dispose();
});

Deno.test("arrays that are not finite, unknown or of another size are named", () => {
  withPlan({}, (plan) => {
    plan.initialise({ rng: createRng("a") });
    plan.requireFinite();
    const before = plan.weights("head.bn.beta");
    for (const bad of [NaN, -Infinity, 1e39]) {
      assertThrows(
        () => plan.setWeights("head.bn.beta", Array.from(before, (v, i) => i === 5 ? bad : v + 1)),
        RangeError,
        `Cannot write the array: "head.bn.beta" must be finite in single precision, got ${bad} at 5`,
      );
    }
    assertThrows(
      () => plan.setWeights("head.bn.mean", Float32Array.from(before, () => NaN)),
      RangeError,
      'Cannot write the array: "head.bn.mean" must be finite, got NaN at 0',
    );
    assertEquals(plan.weights("head.bn.beta"), before);
    assertThrows(() => plan.weights("nose"), RangeError, 'Cannot find the array "nose"');
    assertThrows(
      () => plan.setWeights("head.bn.beta", [1, 2]),
      RangeError,
      'Cannot write the array "head.bn.beta": it holds 8 numbers, got 2',
    );
  });
});

Deno.test("a model of another graph is refused, and nothing is copied", () => {
  const rng = createRng("a");
  const other = buildModel(space.lower(space.fromChoices([3, 1, 2, 4, 1, 3])), { rng });
  const wide = nasBench201({ channels: 3, cellsPerStage: 1, size: 4, inputChannels: 1 });
  const wider = buildModel(wide.lower(wide.fromChoices([3, 1, 2, 4, 3, 3])), { rng });
  const right = buildModel(graph, { rng });
  withPlan({}, (plan) => {
    plan.load(right);
    const before = plan.weights("stem.conv.weight");
    const message = 'Cannot load the model: the plan\'s "stage0.cell0.edge1_3.conv.weight" holds';
    assertThrows(() => plan.load(other), RangeError, message);
    assertThrows(
      () => plan.store(wider),
      RangeError,
      "Cannot store the model: the plan's \"stem.conv.weight\" holds 18 numbers, the model's 27",
    );
    assertThrows(
      () => {
        const small = compile(other.graph, { batch: 1 });
        try {
          small.load(right);
        } finally {
          small.dispose();
        }
      },
      RangeError,
      'the plan has no array "stage0.cell0.edge1_3.conv.weight"',
    );
    const after = plan.weights("stem.conv.weight");
    for (let i = 0; i < before.length; i++) if (before[i] !== after[i]) throw new Error("copied");
  });
  for (const model of [other, wider, right]) model.dispose();
});

Deno.test("weights that a step made infinite are named", () => {
  withPlan({ training: true }, (plan) => {
    plan.initialise({ rng: createRng("a") });
    const images = Float32Array.from({ length: 32 }, (_, i) => Math.sin(i));
    const batch = { images, labels: Int32Array.of(0, 1) };
    plan.trainStep(batch, { learningRate: 1e38 });
    plan.trainStep(batch, { learningRate: 1e38 });
    assertThrows(() => plan.requireFinite(), RangeError, 'The array "');
    const { loss } = plan.trainStep(batch, { learningRate: 0.1 });
    assert(!Number.isFinite(loss));
    // Such weights can be taken out, but not put back in.
    const model = buildModel(graph, { rng: createRng("b") });
    const name = [...model.params.keys(), ...model.statistics.keys()].find((name) =>
      !plan.weights(name).every(Number.isFinite)
    )!;
    const bad = plan.weights(name);
    assertThrows(() => plan.setWeights(name, bad), RangeError, `"${name}" must be finite`);
    plan.store(model);
    assertThrows(() => plan.load(model), RangeError, 'Cannot load the model: "');
    model.dispose();
  });
});

Deno.test("a model whose arrays are not all finite is refused, and nothing is copied", () => {
  const model = buildModel(graph, { rng: createRng("a") });
  const last = [...model.statistics.keys()].at(-1)!;
  const variable = model.statistics.get(last)!;
  tf.tidy(() => variable.assign(tf.fill(variable.shape, Infinity)));
  withPlan({}, (plan) => {
    plan.initialise({ rng: createRng("b") });
    const names = [...model.params.keys(), ...model.statistics.keys()];
    const before = names.map((name) => plan.weights(name));
    assertThrows(
      () => plan.load(model),
      RangeError,
      `Cannot load the model: "${last}" must be finite, got Infinity at 0`,
    );
    assertEquals(names.map((name) => plan.weights(name)), before);
  });
  model.dispose();
});

Deno.test("images that are not finite are refused, naming the place, and nothing moves", () => {
  withPlan({ training: true }, (plan) => {
    plan.initialise({ rng: createRng("a") });
    const names = [...plan.params.keys(), "head.bn.mean"];
    const before = names.map((name) => plan.weights(name));
    const labels = Int32Array.of(0, 1);
    for (const at of [0, 1, 2, 3, 22, 31]) {
      for (const bad of [NaN, Infinity, -Infinity]) {
        const images = new Float32Array(32).fill(3e38);
        images[at] = bad;
        const place = `[${Math.floor(at / 16)}, ${Math.floor(at / 4) % 4}, ${at % 4}, 0]`;
        const slope = new Float32Array(6);
        const uses: (() => unknown)[] = [
          () => plan.forward(images),
          () => plan.evaluate({ images, labels }),
          () => plan.trainStep({ images, labels }, { learningRate: 0.1 }),
          () => plan.backward({ images, labels }),
          () => plan.pullBack(images, { slope }),
          () => plan.sampleGradients({ images, labels }, "abs"),
          () => plan.sampleGram({ images, slope }),
          () => plan.profile({ images, labels }),
        ];
        const message = `Cannot run the plan: images must be finite, got ${bad} at ${place}`;
        for (const use of uses) assertThrows(use, RangeError, message);
      }
    }
    assertEquals(names.map((name) => plan.weights(name)), before);
    plan.forward(new Float32Array(32).fill(-3e38));
  });
});

Deno.test("images of a length that is no multiple of four are looked through to their end", () => {
  const net = new GraphBuilder([1, 7, 1]);
  const plan = compile(net.build(net.add("flat", { op: "flatten" }, net.input)), { batch: 1 });
  for (let at = 0; at < 7; at++) {
    const images = Float32Array.from({ length: 7 }, (_, i) => i === at ? Infinity : -1);
    assertThrows(() => plan.forward(images), RangeError, `got Infinity at [0, 0, ${at}, 0]`);
  }
  plan.dispose();
});

Deno.test("a plan says whether its output depends on the images, and trains if it does not", () => {
  const cells: readonly (readonly [number[], boolean])[] = [
    [[0, 0, 0, 0, 0, 0], false],
    [[3, 3, 3, 0, 0, 0], false], // nodes 1 and 2 are reached, and lead nowhere
    [[0, 0, 3, 0, 3, 3], false], // from nodes that nothing reaches
    [[0, 0, 0, 1, 0, 0], true],
    [[3, 0, 0, 0, 2, 0], true],
  ];
  for (const [choices, expected] of cells) {
    const plan = compile(space.lower(space.fromChoices(choices)), { batch: 4, training: true });
    assertEquals(plan.dependsOnInput, expected, choices.join());
    plan.initialise({ rng: createRng("a") });
    const images = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
    const labels = Int32Array.of(0, 0, 0, 2);
    if (!expected) {
      // What it can learn is how often each class comes.
      for (let i = 0; i < 400; i++) plan.trainStep({ images, labels }, { learningRate: 0.5 });
      const { loss } = plan.evaluate({ images, labels });
      assertAlmostEquals(loss, -0.75 * Math.log(0.75) - 0.25 * Math.log(0.25), 1e-2);
      const other = plan.forward(images.map((v) => v + 1));
      assertEquals(plan.forward(images), other);
    }
    plan.sampleGradients({ images, labels }, "sign");
    plan.sampleGram({ images, labels }, { statistics: "batch" });
    plan.dispose();
  }
});

Deno.test("a plan too large for the heap is refused with what takes most, and leaves the heap alone", () => {
  const inUse = heapInUse();
  const shaped = new GraphBuilder([4, 4, 1]);
  const wide = shaped.add("wide", { op: "conv", kernel: 1, channels: 50 }, shaped.input);
  const pooled = shaped.add("pool", { op: "globalAvgPool" }, wide);
  const layered = shaped.build(shaped.add("fc", { op: "linear", features: 3 }, pooled));
  for (const batch of [1e8, 1e15, Number.MAX_SAFE_INTEGER]) {
    for (const training of [false, true]) {
      assertThrows(
        () => compile(layered, { batch, training, keep: ["wide"] }),
        RangeError,
        `; the largest part is the value of "wide" (conv), ${batch} times [4, 4, 50], with ${
          3200 * batch
        } bytes`,
      );
    }
  }
  assertThrows(
    () => compile(layered, { batch: 1e8 }),
    RangeError,
    "Cannot compile the graph: for batches of 100000000 it takes 3",
  );
  const net = new GraphBuilder([1, 1, 40000]);
  const flat = net.add("flat", { op: "flatten" }, net.input);
  assertThrows(
    () => compile(net.build(net.add("fc", { op: "linear", features: 40000 }, flat)), { batch: 1 }),
    RangeError,
    'the largest part is the array "fc.weight", [40000, 40000], with 6400000000 bytes',
  );
  assertEquals(heapInUse(), inUse);
  withPlan({}, (plan) => {
    plan.initialise({ rng: createRng("a") });
    assert(plan.forward(new Float32Array(16).fill(1)).every(Number.isFinite));
  });
});
