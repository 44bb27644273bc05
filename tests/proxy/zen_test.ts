import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Batch } from "naskit/data/mod.ts";
import { createRng, quickRng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { buildModel, type Model } from "naskit/model/mod.ts";
import { noiseBatch, Probe, type Proxy, zen, zenRunningVar } from "naskit/proxy/mod.ts";
import { mobileNetLike, nasBench201, resNetLike } from "naskit/space/mod.ts";
import { drawNoise } from "../../lib/proxy/noise_batch.ts";
import { zenOf } from "../../lib/proxy/zen.ts";
import { addNoise, upToLastMap } from "../../lib/proxy/zen_runs.ts";
import { fixture, fixtureNames } from "./support/fixtures.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 16 });
const conv = space.lower(space.fromChoices([3, 1, 3, 2, 4, 3]));
const some = (graph: Graph, count = 6) => noiseBatch(graph, { count, rng: createRng("images") });

/** Changes an array of a model. */
function change(model: Model, name: string, to: (value: tf.Tensor) => tf.Tensor): void {
  const variable = model.params.get(name)!;
  tf.tidy(() => variable.assign(to(variable)));
}

Deno.test("the Zen-score is that of an independent program", async () => {
  for (const name of fixtureNames) {
    const { model, batch, noise, expected } = await fixture(name);
    const net = new Probe({ network: model, batch, rng: createRng("unused"), init: "heNormal" });
    const { params } = model;
    // By hand what `zen` does for itself: its images are drawn.
    for (const name of params.keys()) {
      if (name.endsWith(".gamma")) change(model, name, tf.onesLike);
      if (name.endsWith(".beta")) change(model, name, tf.zerosLike);
    }
    const clean = batch.images, noisy = addNoise(clean, noise, 0.01);
    const map = net.rewired(upToLastMap(model.graph));
    const score = zenOf(map, { clean, noisy }, { distance: "l1" });
    const wanted = expected.zen as number;
    assertAlmostEquals(score, wanted, 1e-3 * Math.abs(wanted), name);
    net.dispose();
    model.dispose();
  }
});

/** What a Zen-score is made of, on tfjs: two maps' distances, and batch norms' scales on the clean images. */
function reference(
  model: Model,
  { map, clean, noisy, count }: {
    readonly map: string;
    readonly clean: Float32Array;
    readonly noisy: Float32Array;
    readonly count: number;
  },
): { readonly l1: number; readonly l2: number; readonly scales: number } {
  const { nodes } = model.graph;
  const reads = new Set(
    nodes.filter(({ op }) => op === "batchNorm").map(({ inputs }) => inputs[0]!),
  );
  const shape = model.shapes.get(nodes[0]!.name) as [number, number, number];
  return tf.tidy(() => {
    const run = (images: Float32Array) => {
      let value: readonly number[] = [], scales = 0;
      model.forward(tf.tensor4d(images, [count, ...shape]), {
        statistics: "batch",
        updateStatistics: true,
        tap: (node, each) => {
          if (node === map) value = [...each.dataSync()];
          if (!reads.has(node)) return;
          const { variance } = tf.moments(each, [0, 1, 2]);
          scales += Math.log(variance.mean().dataSync()[0]!) / 2;
        },
      });
      return { value: tf.tensor2d([...value], [count, value.length / count]), scales };
    };
    const { value, scales } = run(clean);
    const difference = value.sub(run(noisy).value);
    return {
      l1: Math.log(difference.abs().sum(1).mean().dataSync()[0]!),
      l2: Math.log(difference.square().sum(1).sqrt().mean().dataSync()[0]!),
      scales,
    };
  });
}

Deno.test("the Zen-score is what tfjs finds between the maps before global pooling", async () => {
  const map = "head.relu";
  const model = buildModel(conv, { rng: createRng("weights"), init: "standardNormal" });
  const batch = some(conv);
  const rng = createRng("draw").split("zen").split(0).split("noise");
  const noisy = addNoise(batch.images, drawNoise(batch.images.length, rng), 0.02);
  const { l1, l2, scales } = reference(model, { map, clean: batch.images, noisy, count: 6 });
  const options = { alpha: 0.02, images: "batch" } as const;
  const score = (distance: "l1" | "l2") =>
    zen({ ...options, distance }).score(model, batch, createRng("draw"));
  assertAlmostEquals(await score("l1"), l1 + scales, 2e-3);
  assertAlmostEquals(await score("l2"), l2 + scales, 2e-3);
  model.dispose();
});

Deno.test("the published code's score takes running variances, which draws do not reset", async () => {
  const batch = some(conv);
  const model = buildModel(conv, { rng: createRng("weights"), init: "standardNormal" });
  const map = "head.relu", draws = 3, length = batch.images.length;
  let wanted = 0;
  for (let draw = 0; draw < draws; draw++) {
    const rng = createRng("draw").split("zen").split(draw);
    const clean = drawNoise(length, rng.split("images"));
    const noisy = addNoise(clean, drawNoise(length, rng.split("noise")), 0.01);
    const { l1 } = reference(model, { map, clean, noisy, count: 6 });
    let scales = 0;
    for (const [name, variable] of model.statistics) {
      const values = variable.dataSync() as Float32Array;
      if (!name.endsWith(".variance")) continue;
      scales += Math.log(values.reduce((a, b) => a + b) / values.length) / 2;
    }
    wanted += (l1 + scales) / draws;
  }
  const found = await zenRunningVar({ draws }).score(model, batch, createRng("draw"));
  model.dispose();
  assertAlmostEquals(found, wanted, 2e-3);
});

/** A batch norm on two pixels of ±a, whose noise is to swap them. */
function swapped(a: number): { net: Probe; images: { clean: Float32Array; noisy: Float32Array } } {
  const net = new GraphBuilder([1, 1, 1]);
  const graph = net.build(net.add("bn", { op: "batchNorm", epsilon: 1e-9 }, net.input));
  const batch: Batch = {
    images: new Float32Array([a, -a]),
    labels: new Int32Array(2),
    shape: [2, 1, 1, 1],
  };
  return {
    net: new Probe({ network: graph, batch, rng: createRng("unused"), init: "standardNormal" }),
    images: { clean: batch.images, noisy: new Float32Array([-a, a]) },
  };
}

Deno.test("a batch norm whose input has variance 100 adds half its logarithm", () => {
  const { net, images } = swapped(10);
  const score = zenOf(net, images, { distance: "l2" });
  assertAlmostEquals(score - Math.log(2), 2.302585, 1e-5);
  net.dispose();
});

Deno.test("in the published code it adds that of 0.81 + 19", async () => {
  // By the unbiased variance, which running ones take in; noise of alpha 0 but for the distance.
  const a = Math.sqrt(50);
  const net = new GraphBuilder([1, 1, 1]);
  const graph = net.build(net.add("bn", { op: "batchNorm", epsilon: 1e-9 }, net.input));
  const batch: Batch = {
    images: new Float32Array([a, -a]),
    labels: new Int32Array(2),
    shape: [2, 1, 1, 1],
  };
  const alpha = 1e-4;
  const options = { images: "batch", alpha } as const;
  const [paper, code] = await Promise.all(
    [zen(options), zenRunningVar(options)].map((proxy) =>
      proxy.score(graph, batch, createRng("draw"))
    ),
  );
  assertAlmostEquals(code! - paper!, 1.4931 - Math.log(50) / 2, 1e-3);
});

Deno.test("a convolution times a adds log a, with batch norm behind it or without", async () => {
  const plain = new GraphBuilder([8, 8, 3]);
  const x = plain.add("stem.conv", { op: "conv", kernel: 3, channels: 5 }, plain.input);
  const bare = plain.build(plain.add("pool", { op: "globalAvgPool" }, x));
  for (const graph of [conv, bare]) {
    for (const distance of ["l1", "l2"] as const) {
      const model = buildModel(graph, { rng: createRng("weights"), init: "standardNormal" });
      const score = () => zen({ distance }).score(model, some(graph), createRng("draw"));
      const before = await score();
      change(model, "stem.conv.weight", (weight) => weight.mul(8));
      assertAlmostEquals(await score(), before + Math.log(8), 1e-4);
      model.dispose();
    }
  }
});

Deno.test("for little noise, half as much takes log 2 away", async () => {
  for (const distance of ["l1", "l2"] as const) {
    const score = (alpha: number) =>
      zen({ alpha, distance }).score(conv, some(conv), createRng("draw"));
    assertAlmostEquals(await score(2e-4) - await score(1e-4), Math.log(2), 0.02);
    assert(await score(1e-4) < await score(1e-3));
  }
});

Deno.test("scales and shifts of a model do not matter, its weights do", async () => {
  for (const proxy of [zen(), zenRunningVar()]) {
    const model = buildModel(conv, { rng: createRng("weights"), init: "standardNormal" });
    const score = () => proxy.score(model, some(conv), createRng("draw"));
    const before = await score();
    change(model, "stem.bn.gamma", (gamma) => gamma.mul(3));
    change(model, "stem.bn.beta", (beta) => beta.add(2));
    change(model, "head.linear.weight", tf.zerosLike);
    assertEquals(await score(), before);
    change(model, "reduce1.conv_b.weight", (weight) => weight.add(1));
    assert(await score() !== before);
    model.dispose();
  }
});

Deno.test("each draw has its own images, and its own weights of a graph", async () => {
  const seed = "a";
  const rng = quickRng(createRng(seed).split("weights").seed);
  const first = buildModel(conv, { rng, init: "standardNormal" });
  const score = (network: Graph | Model, draws: number) =>
    zen({ draws }).score(network, some(conv), createRng(seed));
  const found = await Promise.all([1, 2].map((draws) => score(conv, draws)));
  const kept = await Promise.all([1, 2].map((draws) => score(first, draws)));
  first.dispose();
  assertEquals(found[0], kept[0]);
  assert(found[1] !== found[0] && kept[1] !== kept[0] && found[1] !== kept[1]);
  // Draws have nothing in common, so that over many scores settle.
  const many = (seed: string) => zen({ draws: 24 }).score(conv, some(conv), createRng(seed));
  assertAlmostEquals(await many("a"), await many("b"), 0.25);
});

Deno.test("without its shortcuts a network scores as one that has none", async () => {
  const options = { channels: [4, 8], depths: [2, 2], size: 16 };
  const [with_, without] = [true, false].map((shortcuts) => resNetLike({ ...options, shortcuts }));
  const score = (proxy: Proxy, graph: Graph) =>
    proxy.score(graph, some(graph), createRng("weights"));
  // Shortcuts with a convolution stay: only the first stage has none of them.
  const early = { channels: [4], depths: [3], size: 16 };
  const [kept, gone] = [true, false].map((shortcuts) => resNetLike({ ...early, shortcuts }));
  for (const make of [zen, zenRunningVar]) {
    const remove = make({ residual: "remove" });
    assertEquals(await score(remove, kept!), await score(make(), gone!));
    assert(await score(make(), kept!) !== await score(make(), gone!));
    assertEquals(await score(remove, without!), await score(make(), without!));
    assert(await score(remove, with_!) !== await score(make(), with_!));
  }
});

Deno.test("the last map is what global pooling or flattening reads", () => {
  assertEquals(upToLastMap(conv).output, "head.relu");
  const mobile = mobileNetLike({ size: 16 });
  const last = upToLastMap(mobile).output;
  const [pool] = mobile.nodes.filter(({ inputs }) => inputs[0] === last);
  assertEquals(pool!.op, "globalAvgPool");
  const net = new GraphBuilder([4, 4, 2]);
  const x = net.add("conv", { op: "conv", kernel: 3, channels: 2 }, net.input);
  const gate = net.add("gate", { op: "globalAvgPool" }, x);
  const gated = net.add("gated", { op: "multiply" }, x, gate);
  const flat = net.add("flat", { op: "flatten" }, gated);
  const classes = net.add("classes", { op: "linear", features: 3 }, flat);
  assertEquals(upToLastMap(net.build(classes)).output, "gated");
  assertEquals(upToLastMap(net.build(gated)).output, "gated");
  const both = net.build(net.add("both", { op: "concat" }, classes, gate));
  assertEquals(upToLastMap(both), both);
});

Deno.test("a network that does not see its images scores -∞, one that overflows is not defined", async () => {
  const none = space.lower(space.fromChoices([0, 0, 0, 0, 0, 0]));
  for (const proxy of [zen(), zenRunningVar()]) {
    assertEquals(await proxy.score(none, some(none), createRng("a")), -Infinity);
  }
  const net = new GraphBuilder([4, 4, 8]);
  let x = net.input;
  for (let i = 0; i < 50; i++) x = net.add(`${i}`, { op: "conv", kernel: 3, channels: 8 }, x);
  const deep = net.build(net.add("pool", { op: "globalAvgPool" }, x));
  assert(!Number.isFinite(await zen().score(deep, some(deep), createRng("a"))));
});

Deno.test("equal arguments give equal Zen-scores on random networks, finite where there are batch norms", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(2, 3), { minLength: 6, maxLength: 6 }),
      fc.nat(1000),
      async (choices, seed) => {
        const graph = space.lower(space.fromChoices(choices));
        for (const proxy of [zen(), zenRunningVar()]) {
          const score = await proxy.score(graph, some(graph, 3), createRng(seed));
          assert(Number.isFinite(score));
          assertEquals(await proxy.score(graph, some(graph, 3), createRng(seed)), score);
        }
      },
    ),
    { numRuns: 10 },
  );
});

Deno.test("settings of Zen-scores that make no sense are refused", async () => {
  for (const alpha of [0, -1, NaN, Infinity]) {
    assertThrows(() => zen({ alpha }), RangeError, `alpha must be a positive number, got ${alpha}`);
  }
  assertThrows(
    () => zenRunningVar({ draws: 0 }),
    RangeError,
    "Cannot make the proxy zen_running_var: draws must be a positive whole number, got 0",
  );
  assertThrows(() => zen({ distance: "l0" as "l1" }), RangeError, "one of l1, l2, got l0");
  assertThrows(() => zen({ images: "none" as "batch" }), RangeError, "one of noise, batch");
  assertThrows(() => zen({ residual: "no" as "keep" }), RangeError, "one of keep, remove");
  const small = some(space.lower(space.fromChoices([3, 3, 3, 3, 3, 3])));
  const other = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 5 });
  const graph = other.lower(other.fromChoices([3, 3, 3, 3, 3, 3]));
  await assertRejects(async () => await zen().score(graph, small, createRng("a")), RangeError);
});
