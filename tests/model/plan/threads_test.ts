import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { buildModel, compile, compileThreaded, type Plan } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { randomGraph } from "../../support/random_graph.ts";
import { batchFor } from "./support/noise.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
const graph = space.lower(space.fromChoices([3, 1, 3, 2, 4, 3]));
const training = {
  training: true,
  optimiser: { kind: "sgd", momentum: 0.9, nesterov: true, weightDecay: 1e-3 },
} as const;

/** The largest difference, as a share of the largest number expected, or of `floor`. */
function distance(actual: Float32Array, expected: Float32Array, floor = 1e-4): number {
  const most = expected.reduce((most, value) => Math.max(most, Math.abs(value)), floor);
  return actual.reduce((far, v, i) => Math.max(far, Math.abs(v - (expected[i] as number))), 0) /
    most;
}

type Gradients = ReadonlyMap<string, Float32Array>;

/** The length of the longest; gradients that are 0 but for rounding count as more. */
function longest(gradients: Gradients): number {
  return Math.max(0.01, ...[...gradients.values()].map((gradient) => Math.hypot(...gradient)));
}

/** How far apart gradients are, as a share of `scale`. */
function gradientDistance(
  actual: Gradients,
  expected: Gradients,
  scale: number = longest(expected),
): number {
  assertEquals([...actual.keys()], [...expected.keys()]);
  return Math.max(
    0,
    ...[...expected].map(([name, wanted]) => {
      const got = actual.get(name) as Float32Array;
      return Math.hypot(...wanted.map((value, i) => value - (got[i] as number))) / scale;
    }),
  );
}

/** Fails unless two plans have the same weights, up to `most`. */
function assertSameWeights(many: Plan, one: Plan, { where = "", most = 1e-4 } = {}): void {
  for (const name of one.params.keys()) {
    const far = distance(many.weights(name), one.weights(name));
    assert(far < most, `${where} ${name}: ${far}`);
  }
}

function weightsOf(plan: Plan): Float32Array[] {
  return [...plan.params.keys()].map((name) => plan.weights(name));
}

/** Makes all arrays of a plan those of another. */
function copyArrays(from: Plan, to: Plan): void {
  const statistics = from.graph.nodes.flatMap(({ op, name }) =>
    op === "batchNorm" ? [`${name}.mean`, `${name}.variance`] : []
  );
  for (const name of [...from.params.keys(), ...statistics]) {
    to.setWeights(name, from.weights(name));
  }
}

for (let group = 0; group < 4; group++) {
  Deno.test(`threads do what one thread does on random graphs (${group})`, async () => {
    for (let i = 9 * group; i < 9 * group + 9; i++) {
      const rng = createRng(`threads ${i}`);
      const graph = randomGraph(rng.split("graph"));
      const batch = rng.pick([5, 17, 33]), threads = rng.pick([2, 2, 3]);
      const options = { batch, imageGradient: i % 2 === 0, ...training };
      const one = compile(graph, options);
      const many = await compileThreaded(graph, { threads, ...options });
      for (const plan of [one, many]) plan.initialise({ rng: createRng(`weights ${i}`) });
      const where = `graph ${i}, batch ${batch}, ${threads} threads`;
      for (const count of [batch, 1, batch - 2]) {
        const data = batchFor(graph, count, `${i} ${count}`), { images } = data;
        for (const statistics of ["running", "sample"] as const) {
          const expected = one.forward(images, { statistics });
          assertEquals(many.forward(images, { statistics }), expected, `${where}, ${statistics}`);
          const evaluation = one.evaluate(data, { statistics });
          assertEquals(many.evaluate(data, { statistics }), evaluation, where);
          const pulled = one.backward(data, { statistics, smoothing: 0.1 });
          const got = many.backward(data, { statistics, smoothing: 0.1 });
          assertEquals(got.images, pulled.images, where);
          assertEquals(got.loss, pulled.loss, where);
          assert(gradientDistance(got.params, pulled.params) < 1e-4, `${where}, ${statistics}`);
        }
        const far = distance(
          many.forward(images, { statistics: "batch" }),
          one.forward(images, { statistics: "batch" }),
        );
        assert(far < 1e-4, `${where}, forward: ${far}`);
        // Signed gradients may cancel, but for rounding.
        const scale = longest(one.sampleGradients(data, "abs"));
        for (const mode of ["sign", "abs", "square", "sum"] as const) {
          const wanted = one.sampleGradients(data, mode), got = many.sampleGradients(data, mode);
          if (mode === "sign") assertEquals(got, wanted, where);
          const far = gradientDistance(got, wanted, Math.max(scale, longest(wanted)));
          assert(far < 1e-4, `${where}, ${mode}: ${far}`);
        }
        const wanted = one.backward(data), got = many.backward(data);
        const apart = gradientDistance(got.params, wanted.params);
        assert(apart < 1e-4, `${where}, gradients: ${apart}`);
        assertAlmostEquals(got.loss, wanted.loss, 1e-4 * wanted.loss, where);
        const slope = (output: Float32Array) => output.map((value) => Math.sin(value));
        const pulled = many.pullBack(images, { slope }).params;
        const off = gradientDistance(pulled, one.pullBack(images, { slope }).params);
        assert(off < 1e-4, `${where}, pullBack: ${off}`);
        // Products of products are steep: a step that stays short.
        const learningRate = 1e-3 / Math.max(1, longest(wanted.params));
        const steps = [one, many].map((plan) => plan.trainStep(data, { learningRate }));
        assertAlmostEquals(steps[1]?.loss ?? NaN, steps[0]?.loss ?? NaN, 1e-4, where);
        assertSameWeights(many, one, { where });
        copyArrays(one, many);
      }
      one.dispose();
      many.dispose();
    }
  });
}

Deno.test("a training on threads is the same every time, and close to one thread's", async () => {
  const train = async (threads: number) => {
    const plan = await compileThreaded(graph, { threads, batch: 21, ...training });
    plan.initialise({ rng: createRng("weights") });
    const losses = Array.from({ length: 12 }, (_, i) => {
      const batch = batchFor(graph, i % 4 === 3 ? 6 : 21, i % 4, 10);
      return plan.trainStep(batch, { learningRate: 0.05 }).loss;
    });
    const weights = weightsOf(plan);
    plan.dispose();
    return { losses, weights };
  };
  const one = await train(1);
  for (const threads of [2, 3]) {
    const first = await train(threads), second = await train(threads);
    assertEquals(first, second);
    assertNotEquals(first, one);
    first.losses.forEach((loss, i) => assertAlmostEquals(loss, one.losses[i] ?? NaN, 1e-3));
  }
});

Deno.test("Adam on threads moves weights as on one", async () => {
  const options = {
    batch: 8,
    training: true,
    optimiser: { kind: "adam", epsilon: 0.01, weightDecay: 0.01 },
  } as const;
  const one = compile(graph, options),
    two = await compileThreaded(graph, { threads: 2, ...options });
  for (const plan of [one, two]) {
    plan.initialise({ rng: createRng("weights") });
    for (let i = 0; i < 3; i++) plan.trainStep(batchFor(graph, 8, i, 10), { learningRate: 1e-3 });
  }
  assertSameWeights(two, one);
  one.dispose();
  two.dispose();
});

Deno.test("more threads than images leave some of them without", async () => {
  const one = compile(graph, { batch: 2, ...training });
  const many = await compileThreaded(graph, { threads: 4, batch: 2, ...training });
  const batch = batchFor(graph, 2, "few", 10);
  for (const plan of [one, many]) {
    plan.initialise({ rng: createRng("weights") });
    plan.trainStep(batch, { learningRate: 0.01 });
  }
  assertSameWeights(many, one);
  one.dispose();
  many.dispose();
});

Deno.test("a plan on threads takes a model in and gives it back", async () => {
  const model = buildModel(graph, { rng: createRng("model") });
  const target = buildModel(graph, { rng: createRng("other") });
  const one = compile(graph, { batch: 7, training: true });
  const two = await compileThreaded(graph, { threads: 2, batch: 7, training: true });
  const { images } = batchFor(graph, 7, "images");
  for (const plan of [one, two]) {
    plan.load(model);
    plan.forward(images, { statistics: "batch", updateStatistics: true });
  }
  for (const name of model.statistics.keys()) {
    assert(distance(two.weights(name), one.weights(name), 0.1) < 1e-5, name);
  }
  two.store(target);
  for (const [name, variable] of [...target.params, ...target.statistics]) {
    assertEquals(Float32Array.from(variable.dataSync()), two.weights(name));
  }
  two.requireFinite();
  const batch = batchFor(graph, 7, "images", 10);
  two.trainStep(batch, { learningRate: 1e38 });
  const before = weightsOf(two);
  const { loss } = two.trainStep(batch, { learningRate: 1 });
  assert(!Number.isFinite(loss));
  assertEquals(weightsOf(two), before);
  assertThrows(() => two.requireFinite(), RangeError);
  for (const each of [model, target, one, two]) each.dispose();
});

Deno.test("threads keep values, and give Gram matrices of single images' gradients", async () => {
  const keep = ["stem.conv", graph.output];
  const options = { batch: 9, training: true, keep };
  const one = compile(graph, options);
  const two = await compileThreaded(graph, { threads: 2, ...options });
  const batch = batchFor(graph, 9, "batch", 10);
  for (const plan of [one, two]) {
    plan.initialise({ rng: createRng("weights") });
    plan.backward(batch, { statistics: "running" });
  }
  for (const name of keep) {
    assertEquals(two.activation(name), one.activation(name), name);
    assertEquals(two.activationGradient(name), one.activationGradient(name), name);
  }
  for (const statistics of ["sample", "running"] as const) {
    assertEquals(two.sampleGram(batch, { statistics }), one.sampleGram(batch, { statistics }));
  }
  assertThrows(() => two.activation("stem.conv"), TypeError, "has not run");
  const { images } = batch, slope = () => new Float32Array(90).fill(1);
  const [expected, got] = [one, two].map((plan) =>
    plan.sampleGram({ images, slope }, { statistics: "batch" })
  ) as [Float32Array, Float32Array];
  assert(distance(got, expected) < 1e-4);
  assert(distance(two.activation("stem.conv"), one.activation("stem.conv")) < 1e-5);
  one.dispose();
  two.dispose();
});

Deno.test("a profile of threads has the rows of one thread's and leaves the training alone", async () => {
  const one = compile(graph, { batch: 9, ...training });
  const two = await compileThreaded(graph, { threads: 2, batch: 9, ...training });
  const batch = batchFor(graph, 9, "batch", 10);
  two.initialise({ rng: createRng("weights") });
  two.trainStep(batch, { learningRate: 0.1 });
  const before = weightsOf(two);
  const name = (rows: ReturnType<Plan["profile"]>) =>
    rows.map(({ node, phase, kernel }) => [node, phase, kernel]);
  const rows = two.profile(batch, { repeats: 2 });
  assertEquals(name(rows), name(one.profile(batch, { repeats: 1 })));
  assert(rows.every(({ milliseconds }) => milliseconds >= 0 && milliseconds < Infinity));
  assertEquals(weightsOf(two), before);
  one.dispose();
  two.dispose();
});
