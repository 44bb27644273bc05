import { assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
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

Deno.test("the loss of a network that is no classifier is refused, naming the node", () => {
  const net = new GraphBuilder([4, 4, 1]);
  const plan = compile(net.build(net.add("out", { op: "relu" }, net.input)), {
    batch: 2,
    training: true,
  });
  assertThrows(
    () => plan.backward({ images: new Float32Array(32), labels: Int32Array.of(0, 0) }),
    RangeError,
    'Cannot take the loss of "out": it must return one logit a class, [classes], got [4, 4, 1]',
  );
  plan.dispose();
});

Deno.test("arrays that are not finite, unknown or of another size are named", () => {
  withPlan({}, (plan) => {
    plan.initialise({ rng: createRng("a") });
    plan.requireFinite();
    plan.setWeights("head.bn.beta", Array.from({ length: 8 }, (_, i) => i === 5 ? NaN : 0));
    assertThrows(
      () => plan.requireFinite(),
      RangeError,
      'The array "head.bn.beta" must be finite, got NaN at 5',
    );
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
