import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { compile, liveNodes, type Plan, type PlanBatch } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { loadFixture } from "../../support/fixture.ts";
import { randomGraph } from "../../support/random_graph.ts";
import { referenceValues, runReference, type Value } from "../../support/reference_graph.ts";
import { relativeError } from "../../support/tape.ts";

function batchFor(graph: Graph, count: number, seed: string): PlanBatch {
  const rng = createRng(seed);
  const [input] = graph.nodes;
  const size = input?.op === "input" ? input.shape.reduce((a, b) => a * b) : 0;
  return {
    images: Float32Array.from({ length: count * size }, () => rng.normal()),
    labels: Int32Array.from({ length: count }, () => rng.int(4)),
  };
}

/** A plan's arrays and images, for the reference. */
function inDouble(plan: Plan, { images, labels }: PlanBatch) {
  const [input] = plan.graph.nodes;
  const params = new Map([...plan.params].map(([name, { shape }]): [string, Value] => {
    return [name, { shape, data: Float64Array.from(plan.weights(name)) }];
  }));
  const shape = [labels.length, ...(input?.op === "input" ? input.shape : [])];
  return { params, images: { shape, data: Float64Array.from(images) } };
}

function lossOf(logits: Value, labels: Int32Array): number {
  const classes = logits.data.length / labels.length;
  return labels.reduce((sum, label, row) => {
    const own = logits.data.subarray(row * classes, (row + 1) * classes);
    const most = Math.max(...own);
    const log = most + Math.log(own.reduce((all, v) => all + Math.exp(v - most), 0));
    return sum + (log - own[label]!) / labels.length;
  }, 0);
}

/** A node and all that depend on it. */
function followsFrom({ nodes }: Graph, name: string): Set<string> {
  const found = new Set([name]);
  for (const node of nodes) {
    if (node.inputs.some((input) => found.has(input))) found.add(node.name);
  }
  return found;
}

const namesOf = (graph: Graph) => liveNodes(graph).map(({ name }) => name);

Deno.test("kept values are those of double precision, whatever the node", () => {
  const ops = new Set<string>();
  for (let seed = 0; seed < 40; seed++) {
    const graph = randomGraph(createRng(`taps ${seed}`));
    const keep = namesOf(graph), count = 1 + seed % 3;
    const batch = batchFor(graph, count, `values ${seed}`);
    for (const training of [false, true]) {
      const plan = compile(graph, { batch: count + seed % 2, training, keep });
      plan.initialise({ rng: createRng(seed) });
      plan.forward(batch.images, { statistics: "batch" });
      const { params, images } = inDouble(plan, batch);
      const values = referenceValues(graph, params, images);
      for (const { name, op } of liveNodes(graph)) {
        const expected = values.get(name)!;
        // The mean of what is normalised is 0 but for roundings, which are those of values around 1.
        const error = relativeError(plan.activation(name), expected.data, 1e-2);
        assertLess(error, 1e-4, `graph ${seed}, ${name}, training ${training}`);
        ops.add(op);
      }
      plan.dispose();
    }
  }
  assertEquals(ops.size, 22);
});

Deno.test("kept gradients are the slopes of the loss by what is added to a value", () => {
  const ops = new Set<string>();
  let compared = 0;
  for (let seed = 0; seed < 40; seed++) {
    const graph = randomGraph(createRng(`tap slopes ${seed}`));
    const keep = namesOf(graph), count = 1 + seed % 3;
    const batch = batchFor(graph, count, `slopes ${seed}`);
    const plan = compile(graph, { batch: count, training: true, keep });
    plan.initialise({ rng: createRng(seed) });
    plan.backward(batch);
    const { params, images } = inDouble(plan, batch);
    const gradients = new Map(keep.map((name) => [name, plan.activationGradient(name)]));
    const largest = Math.max(...[...gradients.values()].map((g) => Math.hypot(...g)));
    const rng = createRng(`directions ${seed}`);
    const values = referenceValues(graph, params, images);
    const here = lossOf(values.get(graph.output)!, batch.labels);
    for (const { name, op } of liveNodes(graph)) {
      const known = new Map([...values].filter(([other]) => !followsFrom(graph, name).has(other)));
      const gradient = gradients.get(name)!, norm = Math.hypot(...gradient);
      // Along the gradient, and along a direction that tells whether it is the gradient.
      const random = Array.from(gradient, () => rng.normal() / Math.sqrt(gradient.length));
      const along = norm > 1e-4 * largest ? [Array.from(gradient, (v) => v / norm)] : [];
      const tolerance = 2e-4 * norm + 1e-5 * largest + 1e-9;
      for (const direction of [...along, random]) {
        const at = (step: number) => {
          const shifts = new Map([[name, Float64Array.from(direction, (v) => step * v)]]);
          const shifted = referenceValues(graph, params, images, { shifts, known });
          return lossOf(shifted.get(graph.output)!, batch.labels);
        };
        const up = (at(1e-6) - here) / 1e-6, down = (here - at(-1e-6)) / 1e-6;
        // At a kink, as zeros are for a ReLU, there is no one slope.
        if (Math.abs(up - down) > tolerance) continue;
        const slope = (up + down) / 2;
        compared++;
        const found = direction.reduce((sum, v, i) => sum + v * gradient[i]!, 0);
        assertAlmostEquals(found, slope, tolerance, `graph ${seed}, ${name}`);
      }
      if (norm > 1e-3 * largest) ops.add(op);
    }
    plan.dispose();
  }
  assertGreater(ops.size, 16);
  assertGreater(compared, 700);
});

Deno.test("what is kept changes neither outputs nor gradients nor what else is kept", () => {
  for (let seed = 0; seed < 40; seed++) {
    const graph = randomGraph(createRng(`kept ${seed}`));
    const rng = createRng(`which ${seed}`), names = namesOf(graph);
    const batch = batchFor(graph, 3, `kept ${seed}`);
    const keeps = [[], names, names.filter(() => rng.int(3) === 0)];
    const [none, all, some] = keeps.map((keep) => {
      const plan = compile(graph, { batch: 3, training: true, keep });
      plan.initialise({ rng: createRng(seed) });
      const { params } = plan.backward(batch);
      const values = keep.map((name) => [name, plan.activation(name)] as const);
      const slopes = keep.map((name) => [name, plan.activationGradient(name)] as const);
      const output = plan.forward(batch.images, { statistics: "batch" });
      plan.dispose();
      return { params, output, values: new Map(values), slopes: new Map(slopes) };
    });
    const largest = Math.max(...[...none!.params.values()].map((g) => Math.hypot(...g)));
    const assertClose = (a: Float32Array, b: Float32Array, name: string) =>
      assertLess(relativeError(a, b, 0.03 * largest + 1e-9), 1e-4, `graph ${seed}, ${name}`);
    for (const other of [all!, some!]) {
      assertLess(relativeError(other.output, none!.output, 1e-3), 1e-5, `graph ${seed}`);
      for (const [name, g] of none!.params) assertClose(other.params.get(name)!, g, name);
    }
    for (const name of some!.values.keys()) {
      assertClose(some!.values.get(name)!, all!.values.get(name)!, name);
      assertClose(some!.slopes.get(name)!, all!.slopes.get(name)!, name);
    }
  }
});

Deno.test("a ReLU that convolutions would take along shows its value, and its input its own", () => {
  const net = new GraphBuilder([3, 3, 2]);
  const before = net.add("before", { op: "batchNorm" }, net.input);
  const relu = net.add("relu", { op: "relu" }, before);
  const graph = net.build(net.add("conv", { op: "conv", kernel: 3, channels: 2 }, relu));
  const batch = batchFor(graph, 2, "relu");
  for (const keep of [["before"], ["relu"], ["before", "relu"]]) {
    const plan = compile(graph, { batch: 2, training: true, keep });
    plan.initialise({ rng: createRng("a") });
    plan.pullBack(batch.images, { slope: (output) => output.map(Math.sin) });
    const reference = inDouble(plan, batch);
    for (const name of keep) {
      const { data } = runReference(
        { ...graph, output: name },
        reference.params,
        reference.images,
      );
      assertLess(relativeError(plan.activation(name), data), 1e-5);
    }
    if (keep.length === 2) {
      const [x, dx, dy] = [
        plan.activation("before"),
        plan.activationGradient("before"),
        plan.activationGradient("relu"),
      ];
      assertEquals(dx, dy.map((v, i) => x[i]! > 0 ? v : 0));
      assertGreater(relativeError(dx, dy), 0.1);
    }
    plan.dispose();
  }
});

Deno.test("an identity's gradient is what came through it, not all that its source got", () => {
  const net = new GraphBuilder([1, 1, 2]);
  const flat = net.add("flat", { op: "flatten" }, net.input);
  const handed = net.add("handed", { op: "identity" }, flat);
  const graph = net.build(net.add("product", { op: "multiply" }, flat, handed));
  const keep = ["input", "flat", "handed", "product"];
  const plan = compile(graph, { batch: 1, training: true, keep });
  const { output } = plan.pullBack(Float32Array.of(3, -5), { slope: Float32Array.of(1, 10) });
  assertEquals([...output], [9, 25]);
  assertEquals([...plan.activationGradient("product")], [1, 10]);
  assertEquals([...plan.activationGradient("handed")], [3, -50]);
  assertEquals([...plan.activationGradient("flat")], [6, -100]);
  assertEquals([...plan.activationGradient("input")], [6, -100]);
  assertEquals([...plan.activation("handed")], [3, -5]);
  plan.dispose();
});

Deno.test("zeros and inputs can be kept, and have gradients", () => {
  const net = new GraphBuilder([2, 1, 1]);
  const zero = net.add("zero", { op: "zero" }, net.input);
  const sum = net.add("sum", { op: "add" }, zero, net.input);
  const graph = net.build(net.add("pool", { op: "globalAvgPool" }, sum));
  const keep = ["zero", "input"];
  const plan = compile(graph, { batch: 2, training: true, keep });
  plan.pullBack(Float32Array.of(1, 2, 3, 4), { slope: Float32Array.of(2, 6) });
  assertEquals([...plan.activation("zero")], [0, 0, 0, 0]);
  assertEquals([...plan.activation("input")], [1, 2, 3, 4]);
  for (const name of keep) assertEquals([...plan.activationGradient(name)], [1, 1, 3, 3]);
  plan.dispose();
});

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 3, classes: 4 });
const graph = space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));

Deno.test("kept values are those of the last run, of whatever kind and size", () => {
  const keep = ["stem.conv", "head.relu"];
  const plan = compile(graph, { batch: 4, training: true, keep });
  plan.initialise({ rng: createRng("a") });
  const all = batchFor(graph, 4, "all");
  const two = { images: all.images.slice(0, 2 * 192), labels: all.labels.slice(0, 2) };
  plan.forward(all.images);
  const first = plan.activation("stem.conv");
  assertEquals(first.length, 4 * 8 * 8 * 4);
  const runs: (() => unknown)[] = [
    () => plan.evaluate(two),
    () => plan.backward(two),
    () => plan.pullBack(two.images, { slope: (output) => output }),
    () => plan.sampleGradients(two, "sum"),
    () => plan.sampleGram(two),
    () => plan.profile(two, { repeats: 1 }),
    () => plan.trainStep(two, { learningRate: 0.1 }),
  ];
  for (const run of runs) {
    plan.forward(all.images);
    run();
    const found = plan.activation("stem.conv");
    assertLess(relativeError(found, first.slice(0, found.length)), 1e-6);
    assertEquals(found.length, 2 * 8 * 8 * 4);
    assert(plan.activation("head.relu").every((v) => v >= 0));
  }
  plan.dispose();
});

Deno.test("a plan that kept nothing takes no more memory, one that did takes what it keeps", () => {
  const bytes = (keep?: readonly string[]) => {
    const plan = compile(graph, { batch: 16, ...(keep ? { keep } : {}) });
    plan.dispose();
    return plan.bytes;
  };
  assertEquals(bytes([]), bytes());
  assertGreater(bytes(namesOf(graph)), bytes());
});

Deno.test("what cannot be kept or read is refused with a reason", () => {
  const net = new GraphBuilder([4, 4, 2]);
  const dead = net.add("dead", { op: "relu" }, net.input);
  const zero = net.add("zero", { op: "zero" }, dead);
  const live = net.add("live", { op: "relu" }, net.input);
  const graph = net.build(net.add("sum", { op: "add" }, live, zero));
  assertEquals(liveNodes(graph).map(({ name }) => name), ["input", "zero", "live", "sum"]);
  assertThrows(
    () => compile(graph, { batch: 1, keep: ["live", "dead"] }),
    RangeError,
    'keep names "dead", on which the output does not depend, so that no run computes it',
  );
  assertThrows(
    () => compile(graph, { batch: 1, keep: ["alive"] }),
    RangeError,
    'keep names "alive", and the graph has no node of this name',
  );
  const plan = compile(graph, { batch: 1, training: true, keep: ["live"] });
  const images = new Float32Array(32);
  assertThrows(
    () => plan.activation("live"),
    TypeError,
    'Cannot read the activation of "live": the plan has not run yet',
  );
  plan.forward(images);
  assertEquals(plan.activation("live"), images);
  assertThrows(
    () => plan.activation("sum"),
    RangeError,
    'Cannot read the activation of "sum": the plan was compiled without it in `keep`',
  );
  const tooEarly = "the last run computed no gradients";
  assertThrows(() => plan.activationGradient("live"), TypeError, tooEarly);
  plan.pullBack(images, { slope: images });
  assertEquals(plan.activationGradient("live"), images);
  plan.forward(images);
  assertThrows(() => plan.activationGradient("live"), TypeError, tooEarly);
  plan.dispose();
  assertThrows(() => plan.activation("live"), TypeError, "it was disposed of");

  const light = compile(graph, { batch: 1, keep: ["live"] });
  light.forward(images);
  assertThrows(() => light.activationGradient("live"), TypeError, "without `training: true`");
  light.dispose();
});

for (const file of ["all_conv", "mixed", "sparse"]) {
  const path = new URL(`../../fixtures/nasbench201/${file}.json`, import.meta.url);

  Deno.test(`what is read inside ${file} gives an independent program's proxies`, async () => {
    const { model, batch, expected, noise } = await loadFixture(path);
    const live = liveNodes(model.graph), count = batch.labels.length;
    const relus = live.filter(({ op }) => op === "relu").map(({ name }) => name);
    const norms = live.filter(({ op }) => op === "batchNorm");
    const read = norms.map(({ inputs }) => inputs[0]!);
    const plan = compile(model.graph, {
      batch: count,
      training: true,
      keep: [...relus, ...read],
    });
    plan.load(model);
    plan.backward(batch);
    const eachRow = (values: Float32Array) => {
      const size = values.length / count;
      return Array.from({ length: count }, (_, i) => values.subarray(i * size, (i + 1) * size));
    };

    // NASWOT: on how many units two images' codes agree.
    const agreeing = Array.from({ length: count }, () => new Float64Array(count));
    for (const name of relus) {
      const codes = eachRow(plan.activation(name));
      codes.forEach((a, i) =>
        codes.forEach((b, j) =>
          a.forEach((v, k) => agreeing[i]![j]! += v > 0 === b[k]! > 0 ? 1 : 0)
        )
      );
    }
    const naswot = expected.naswot as number;
    assertAlmostEquals(logDeterminant(agreeing), naswot, 1e-3 * naswot);

    // Fisher, of the ReLUs' values.
    let fisher = 0;
    for (const name of relus) {
      const channels = plan.shapes.get(name)!.at(-1)!,
        slopes = eachRow(plan.activationGradient(name));
      eachRow(plan.activation(name)).forEach((values, i) => {
        const sums = new Float64Array(channels);
        values.forEach((v, k) => sums[k % channels]! += v * slopes[i]![k]!);
        for (const sum of sums) fisher += sum ** 2 / (2 * count);
      });
    }
    assertAlmostEquals(fisher, expected.fisher_relu as number, 1e-3 * fisher);

    // Zen, of the map before the global pooling, with batch norms' scales by their inputs' variance.
    for (const { name } of norms) {
      plan.setWeights(`${name}.gamma`, plan.weights(`${name}.gamma`).fill(1));
      plan.setWeights(`${name}.beta`, plan.weights(`${name}.beta`).fill(0));
    }
    const mapOf = (images: Float32Array) => {
      plan.forward(images, { statistics: "batch" });
      return plan.activation("head.relu");
    };
    const moved = mapOf(batch.images.map((v, i) => v + 0.01 * noise[i]!));
    const here = mapOf(batch.images);
    const distance = here.reduce((sum, v, i) => sum + Math.abs(v - moved[i]!), 0) / count;
    const scales = read.map((name) => {
      const values = plan.activation(name), channels = plan.shapes.get(name)!.at(-1)!;
      const means = new Float64Array(channels), variances = new Float64Array(channels);
      const rows = values.length / channels;
      values.forEach((v, i) => means[i % channels]! += v / rows);
      values.forEach((v, i) => variances[i % channels]! += (v - means[i % channels]!) ** 2 / rows);
      return Math.log(variances.reduce((a, b) => a + b) / channels) / 2;
    });
    assertAlmostEquals(distance, expected.zen_delta as number, 1e-3 * distance);
    assertAlmostEquals(scales.reduce((a, b) => a + b), expected.zen_bn_term as number, 1e-4);
    plan.dispose();
    model.dispose();
  });
}

/** Of a symmetric positive definite matrix. */
function logDeterminant(matrix: readonly Float64Array[]): number {
  const left = matrix.map((row) => row.slice());
  return left.reduce((sum, pivot, i) => {
    for (const row of left.slice(i + 1)) {
      const factor = row[i]! / pivot[i]!;
      for (let j = i; j < row.length; j++) row[j]! -= factor * pivot[j]!;
    }
    return sum + Math.log(pivot[i]!);
  }, 0);
}
