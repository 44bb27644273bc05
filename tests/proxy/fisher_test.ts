import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Batch } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { type Graph, GraphBuilder, type OpName } from "naskit/graph/mod.ts";
import { buildModel, type Model } from "naskit/model/mod.ts";
import { channelFisher } from "naskit/proxy/channel_fisher.ts";
import { fisher, noiseBatch } from "naskit/proxy/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { runReference, type Value, value } from "../support/reference_graph.ts";
import { assertFixtures } from "./support/fixtures.ts";

Deno.test("Fisher information at ReLUs is that of an independent program", async () => {
  await assertFixtures(fisher({ at: "relu" }), "fisher_relu");
});

Deno.test("a channel whose products sum to 1 and -3 on two images has 2.5", () => {
  const options = { count: 2, channels: 1 };
  // 2 * 1 - 1 * 1 = 1 and 0.5 * 2 - 4 * 1 = -3.
  const values = Float32Array.of(2, 1, 0.5, 4), slopes = Float32Array.of(1, -1, 2, -1);
  assertEquals(channelFisher({ values, slopes, ...options }), 2.5);
});

Deno.test("channels are kept apart", () => {
  const values = Float32Array.of(1, 10, 2, 20), slopes = Float32Array.of(1, 1, 1, 1);
  assertEquals(channelFisher({ values, slopes, count: 1, channels: 2 }), (3 ** 2 + 30 ** 2) / 2);
});

/** A network of layers with known fan-in: 3 * 9 = 27, 4, 3 and 6. */
function network(): Graph {
  const net = new GraphBuilder([5, 5, 3]);
  let x = net.add("conv", { op: "conv", kernel: 3, channels: 3, bias: true }, net.input);
  x = net.add("norm", { op: "batchNorm" }, x);
  x = net.add("relu", { op: "relu" }, x);
  x = net.add("deep", { op: "depthwise", kernel: 2, multiplier: 2, stride: 2 }, x);
  x = net.add("clip", { op: "relu6" }, x);
  x = net.add("gate", { op: "sigmoid" }, x);
  x = net.add("pool", { op: "globalAvgPool" }, x);
  return net.build(net.add("head", { op: "linear", features: 4 }, x));
}

/** The information of each channel at a node, slopes by central differences in double precision. */
function byDefinition(model: Model, batch: Batch, node: string): number {
  const { graph } = model, [count] = batch.shape;
  const params = new Map<string, Value>();
  for (const [name, variable] of model.params) {
    const values = variable.dataSync();
    params.set(name, value(variable.shape, (i) => values[i]!));
  }
  const images = value(batch.shape, (i) => batch.images[i]!);
  const lossAt = (shifts: ReadonlyMap<string, Float64Array>) => {
    const { data, shape: [, classes] } = runReference(graph, params, images, shifts);
    let loss = 0;
    for (let i = 0; i < count; i++) {
      const row = data.slice(i * classes!, (i + 1) * classes!);
      const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
      loss += (Math.log(sum) - row[batch.labels[i]!]!) / count;
    }
    return loss;
  };
  const { data, shape } = runReference({ ...graph, output: node }, params, images);
  const channels = shape.at(-1)!, size = data.length / count, step = 1e-5;
  const products = Array.from({ length: count * channels }, () => 0);
  data.forEach((z, i) => {
    const shifted = (by: number) => {
      const shift = new Float64Array(data.length);
      shift[i] = by;
      return lossAt(new Map([[node, shift]]));
    };
    const slope = (shifted(step) - shifted(-step)) / (2 * step);
    products[Math.floor(i / size) * channels + i % channels]! += z * slope;
  });
  return products.reduce((sum, product) => sum + product ** 2, 0) / count / 2;
}

Deno.test("Fisher information is that of the definition, and weighs layers by their fan-in", async () => {
  const graph = network();
  const model = buildModel(graph, { rng: createRng("fisher"), init: "torchDefault" });
  const batch = noiseBatch(graph, { count: 2, rng: createRng("noise") });
  const at = (node: string) => byDefinition(model, batch, node);
  const layers = { conv: at("conv"), deep: at("deep"), head: at("head") };
  const wanted = [
    [fisher(), 27 * layers.conv + 4 * layers.deep + 6 * layers.head],
    [fisher({ fanIn: false }), layers.conv + layers.deep + layers.head],
    [fisher({ at: "relu" }), at("relu") + at("clip")],
  ] as const;
  for (const [proxy, expected] of wanted) {
    const found = await proxy.score(model, batch, createRng("unused"));
    assertAlmostEquals(found, expected, 1e-3 * expected);
  }
  model.dispose();
});

Deno.test("networks that ignore their images, or have no ReLU, have scores too", async () => {
  const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
  const dead = space.lower(space.fromChoices([0, 0, 0, 0, 0, 0]));
  const net = new GraphBuilder([4, 4, 1]);
  const flat = net.add("flat", { op: "flatten" }, net.input);
  const linear = net.build(net.add("head", { op: "linear", features: 3 }, flat));
  const score = (graph: Graph, at: "layers" | "relu") => {
    const batch = noiseBatch(graph, { count: 4, rng: createRng("noise") });
    return fisher({ at }).score(graph, batch, createRng("weights"));
  };
  assert(Number.isFinite(await score(dead, "layers")));
  assert(Number.isFinite(await score(dead, "relu")));
  assertEquals(await score(linear, "relu"), 0);
});

Deno.test("Fisher options that do not go together are refused", () => {
  assertThrows(
    () => fisher({ at: "batchNorm" as OpName as "relu" }),
    RangeError,
    "Cannot make the proxy fisher: at must be layers or relu, got batchNorm",
  );
  assertThrows(
    () => fisher({ at: "relu", fanIn: true }),
    RangeError,
    "Cannot make the proxy fisher: fanIn must be false at relu, got true",
  );
});
