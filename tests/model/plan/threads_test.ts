import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertInstanceOf,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { heapInUse } from "naskit/engine/mod.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import {
  buildModel,
  compile,
  compileThreaded,
  type Plan,
  type PlanBatch,
} from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { compileForTeam } from "../../../lib/model/plan/threads/compile_threaded.ts";
import { randomGraph } from "../../support/random_graph.ts";
import { failOnce } from "./support/fail_once.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
const graph = space.lower(space.fromChoices([3, 1, 3, 2, 4, 3]));
const training = {
  training: true,
  optimiser: { kind: "sgd", momentum: 0.9, nesterov: true, weightDecay: 1e-3 },
} as const;

/** Labelled noise for a graph. */
function batchFor({ nodes }: Graph, count: number, seed: string | number, classes = 4): PlanBatch {
  const rng = createRng(seed), [input] = nodes;
  const size = input?.op === "input" ? input.shape.reduce((a, b) => a * b) : 0;
  return {
    images: Float32Array.from({ length: count * size }, () => rng.normal()),
    labels: Int32Array.from({ length: count }, () => rng.int(classes)),
  };
}

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
        const steps = [one, many].map((plan) => plan.trainStep(data, { learningRate: 1e-3 }));
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
  const [name] = [...two.params.keys()] as [string];
  two.setWeights(name, two.weights(name).fill(NaN));
  assertThrows(() => two.requireFinite(), RangeError, name);
  const before = weightsOf(two).slice(1);
  const { loss } = two.trainStep(batchFor(graph, 7, "images", 10), { learningRate: 1 });
  assert(!Number.isFinite(loss));
  assertEquals(weightsOf(two).slice(1), before);
  for (const each of [model, target, one, two]) each.dispose();
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

Deno.test("plans on threads account for their memory and give it back", async () => {
  const before = heapInUse();
  const one = compile(graph, { batch: 32, training: true });
  const two = await compileThreaded(graph, { threads: 2, batch: 32, training: true });
  assertEquals(heapInUse(), before + one.bytes + two.bytes);
  assertGreater(two.bytes, one.bytes);
  assert(two.bytes < 1.5 * one.bytes);
  two.dispose();
  two.dispose();
  assertEquals(heapInUse(), before + one.bytes);
  assertThrows(() => two.forward(new Float32Array(192)), TypeError, "disposed");
  one.dispose();
});

Deno.test("the number of threads must make sense", async () => {
  for (const threads of [0, -1, 1.5, NaN, 65]) {
    const error = await assertRejects(
      () => compileThreaded(graph, { threads, batch: 4 }),
      RangeError,
    );
    assertMatch(error.message, /threads must be a whole number from 1 to 64, got/);
  }
  const before = heapInUse();
  await assertRejects(() => compileThreaded(graph, { threads: 2, batch: 0 }), RangeError, "batch");
  await assertRejects(
    () => compileThreaded(graph, { threads: 2, batch: 4, imageGradient: true }),
    RangeError,
    "imageGradient",
  );
  await assertRejects(
    () => compileThreaded(graph, { threads: 2, batch: 2 ** 24, training: true }),
    RangeError,
    "no room",
  );
  assertEquals(heapInUse(), before);
});

Deno.test("a kernel that traps in another thread is an error, and the plan goes on", async () => {
  const program = new URL("./support/failing_thread.ts", import.meta.url);
  const plan = await compileForTeam(graph, { threads: 2, batch: 6, ...training, program });
  plan.initialise({ rng: createRng("weights") });
  const batch = batchFor(graph, 6, "batch", 10);
  const step = () => plan.trainStep(batch, { learningRate: 0 });
  const error = assertThrows(step, Error);
  assertMatch(error.message, /thread 2 of 2 failed: a kernel trapped/);
  const { loss } = step();
  assertEquals(step().loss, loss);
  plan.dispose();
});

Deno.test("a kernel that traps before a batch norm does not keep the others waiting", async () => {
  const net = new GraphBuilder([1, 1, 3]);
  const flat = net.add("flat", { op: "flatten" }, net.input);
  const hidden = net.add("hidden", { op: "linear", features: 16 }, flat);
  const norm = net.add("norm", { op: "batchNorm" }, hidden);
  const small = net.build(net.add("out", { op: "linear", features: 4 }, norm));
  const batch = batchFor(small, 16, "batch");
  const program = new URL("./support/failing_thread.ts", import.meta.url);
  const theirs = await compileForTeam(small, { threads: 2, batch: 16, ...training, program });
  const restore = failOnce();
  const mine = await compileForTeam(small, { threads: 2, batch: 16, ...training }).finally(restore);
  const whole = compile(small, { batch: 16, ...training });
  for (const plan of [theirs, mine, whole]) plan.initialise({ rng: createRng("weights") });
  const { loss } = whole.backward(batch);
  assertThrows(() => theirs.backward(batch), Error, "thread 2 of 2 failed: a kernel trapped");
  assertAlmostEquals(theirs.backward(batch).loss, loss, 1e-5);
  // What the calling thread's own kernel throws is thrown as it is.
  assertEquals(assertThrows(() => mine.backward(batch), RangeError).message, "a kernel trapped");
  assertAlmostEquals(mine.backward(batch).loss, loss, 1e-5);
  for (const plan of [theirs, mine, whole]) plan.dispose();
});

Deno.test("a thread that is gone is an error, not a hang", async () => {
  const program = new URL("./support/missing_thread.ts", import.meta.url);
  const plan = await compileForTeam(graph, { threads: 2, batch: 6, patience: 1, program });
  const { images } = batchFor(graph, 6, "batch");
  for (const statistics of ["batch", "running"] as const) {
    const error = assertThrows(() => plan.forward(images, { statistics }), Error);
    assertMatch(error.message, /one of its threads is gone|did not come back/);
  }
  plan.dispose();
});

Deno.test("a thread that does not start is an error", async () => {
  const before = heapInUse();
  const program = new URL("./support/silent_thread.ts", import.meta.url);
  const error = await assertRejects(
    () => compileForTeam(graph, { threads: 3, batch: 6, program }),
    Error,
  );
  assertMatch(error.message, /^Cannot compile the graph: a thread did not start: /);
  assertEquals(heapInUse(), before);
});

Deno.test("a plan compiled in a worker has threads of its own", async () => {
  const url = new URL("./support/threaded_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  const output = await new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  });
  worker.terminate(); // with its plan, which was not disposed of
  assertInstanceOf(output, Float32Array);
  const small = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
  const plan = compile(small.lower(small.fromChoices([3, 1, 3, 1, 3, 3])), { batch: 9 });
  plan.initialise({ rng: createRng("a") });
  assertEquals(output, plan.forward(Float32Array.from({ length: 9 * 64 }, (_, i) => Math.sin(i))));
  plan.dispose();
});

Deno.test("a plan that nobody disposed of does not keep the process", async () => {
  const script = `
    import { compileThreaded, nasBench201 } from "naskit";
    const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
    const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
    const plan = await compileThreaded(graph, { threads: 2, batch: 4 });
    console.log(plan.forward(new Float32Array(4 * 192)).length);
  `;
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, script);
    const config = new URL("../../../deno.json", import.meta.url).pathname;
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", config, path],
      env: { NO_COLOR: "1" },
      signal: AbortSignal.timeout(60_000),
    }).output();
    assertEquals([code, new TextDecoder().decode(stdout)], [0, "40\n"]);
  } finally {
    await Deno.remove(path);
  }
});
