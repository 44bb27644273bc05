import { assertAlmostEquals, assertEquals } from "@std/assert";
import { cost } from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import { l2Norm, macsProxy, noiseBatch, paramsProxy } from "naskit/proxy/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { assertFixtures } from "./support/fixtures.ts";
import { handModel } from "./support/hand_model.ts";

Deno.test("the norm of the weights is that of an independent program", async () => {
  await assertFixtures(l2Norm(), "l2_norm");
});

Deno.test("the norm of the weights leaves biases and batch norms out", async () => {
  const net = new GraphBuilder([1, 1, 1]);
  let x = net.add("conv", { op: "conv", kernel: 1, channels: 2, bias: true }, net.input);
  x = net.add("norm", { op: "batchNorm" }, x);
  x = net.add("flat", { op: "flatten" }, x);
  const graph = net.build(net.add("head", { op: "linear", features: 1 }, x));
  const model = handModel(graph, {
    "conv.weight": [1, -2],
    "conv.bias": [50, 60],
    "norm.gamma": [70, 80],
    "norm.beta": [90, 100],
    "head.weight": [3, 4],
    "head.bias": [7],
  });
  const batch = noiseBatch(graph, { count: 1, rng: createRng("noise") });
  assertAlmostEquals(
    await l2Norm().score(model, batch, createRng("unused")),
    Math.sqrt(5) + 5,
    1e-6,
  );
  model.dispose();
});

Deno.test("params and MACs are what the cost table counts, of a model as of its graph", async () => {
  const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
  const graph = space.lower(space.fromChoices([3, 1, 3, 2, 4, 3]));
  const { params, macs } = cost(graph);
  const model = handModel(graph, {});
  const batch = noiseBatch(graph, { count: 1, rng: createRng("noise") });
  for (const network of [graph, model]) {
    assertEquals(await paramsProxy().score(network, batch, createRng("unused")), params);
    assertEquals(await macsProxy().score(network, batch, createRng("unused")), macs);
  }
  model.dispose();
});
