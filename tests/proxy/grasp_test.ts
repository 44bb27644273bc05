import { assert, assertAlmostEquals } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { buildModel, compile, type Model } from "naskit/model/mod.ts";
import { grasp, noiseBatch, Probe } from "naskit/proxy/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { assertFixtures } from "./support/fixtures.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
const choices = fc.array(fc.nat(4), { minLength: 6, maxLength: 6 });

function probe(network: Graph | Model, graph: Graph, seed: unknown) {
  const batch = noiseBatch(graph, { count: 8, rng: createRng(`noise ${seed}`) });
  return new Probe({ network, batch, rng: createRng(`probe ${seed}`), init: "torchDefault" });
}

Deno.test("GraSP is that of an independent program", async () => {
  await assertFixtures(grasp(), "grasp", { relative: 1e-5 });
});

Deno.test("GraSP is minus the weights times the Hessian's product with their gradient", async () => {
  await fc.assert(
    fc.asyncProperty(choices, fc.integer(), async (choices, seed) => {
      const graph = space.lower(space.fromChoices(choices));
      const net = probe(graph, graph, seed);
      const layers = net.layerGradients();
      const direction = new Map(layers.map(({ name, gradient }) => [name, gradient]));
      const { product } = net.hessianVectorProduct({ direction });
      let expected = 0, size = 0;
      for (const { name, weight } of layers) {
        weight.forEach((value, i) => {
          expected -= value * product.get(name)![i]!;
          size += Math.abs(value * product.get(name)![i]!);
        });
      }
      const score = await grasp().score(graph, net.batch, createRng(`probe ${seed}`));
      net.dispose();
      assertAlmostEquals(score, expected, 1e-4 * Math.abs(score) + 1e-5 * size);
    }),
    { numRuns: 10, seed: 1 },
  );
});

Deno.test("with a batch norm after each layer GraSP is the squared length of the gradient", async () => {
  const net = new GraphBuilder([8, 8, 3]);
  let x = net.input;
  for (const [i, channels] of [4, 6, 10].entries()) {
    x = net.add(`conv${i}`, { op: "conv", kernel: 3, channels, stride: 1 + i % 2 }, x);
    x = net.add(`bn${i}`, { op: "batchNorm", epsilon: 1e-9 }, x);
    x = net.add(`relu${i}`, { op: "relu" }, x);
  }
  const graph = net.build(net.add("logits", { op: "globalAvgPool" }, x));
  const opened = probe(graph, graph, "normed");
  let expected = 0;
  for (const { gradient } of opened.layerGradients()) {
    gradient.forEach((value) => expected += value ** 2);
  }
  const score = await grasp().score(graph, opened.batch, createRng("probe normed"));
  opened.dispose();
  assertAlmostEquals(score, expected, 1e-4 * expected);
});

Deno.test("GraSP is half of what the gradient's squared length loses as the weights grow", async () => {
  // Smooth: a step across the kinks of ReLUs sees more than the Hessian where it starts.
  const draft = new GraphBuilder([8, 8, 3]);
  const first = draft.add("first", { op: "conv", kernel: 3, channels: 6 }, draft.input);
  const curved = draft.add("curved", { op: "swish" }, draft.add("bn", { op: "batchNorm" }, first));
  const second = draft.add("second", { op: "depthwise", kernel: 3 }, curved);
  const pooled = draft.add(
    "pool",
    { op: "globalAvgPool" },
    draft.add("tanh", { op: "tanh" }, second),
  );
  const graph = draft.build(draft.add("head", { op: "linear", features: 5 }, pooled));
  const model = buildModel(graph, { rng: createRng("weights"), init: "torchDefault" });
  const net = probe(model, graph, "growth");
  const plan = compile(graph, { batch: net.count, training: true });
  const squaredLength = (factor: number) => {
    plan.load(model);
    for (const [name, weight] of net.weights()) {
      plan.setWeights(name, weight.map((value) => factor * value));
    }
    let sum = 0;
    for (const [name, gradient] of plan.backward(net.batch).params) {
      if (name.endsWith(".weight")) gradient.forEach((value) => sum += value ** 2);
    }
    return sum;
  };
  const step = 1e-2;
  const slope = (squaredLength(1 + step) - squaredLength(1 - step)) / (2 * step);
  const score = await grasp().score(model, net.batch, createRng("unused"));
  plan.dispose();
  net.dispose();
  model.dispose();
  assertAlmostEquals(score, -slope / 2, 1e-2 * Math.abs(score));
});

Deno.test("GraSP is finite for every kind of cell, by any statistics", async () => {
  for (const op of [0, 1, 2, 3, 4]) {
    const graph = space.lower(space.fromChoices([op, op, op, op, op, op]));
    const batch = noiseBatch(graph, { count: 4, rng: createRng("noise") });
    for (const statistics of ["batch", "running", "sample"] as const) {
      const score = await grasp({ statistics }).score(graph, batch, createRng("weights"));
      assert(Number.isFinite(score), `${op}, ${statistics}: ${score}`);
    }
  }
});
