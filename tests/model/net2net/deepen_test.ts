import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { cost } from "naskit/cost/mod.ts";
import {
  type Activation,
  addBranch,
  deepen,
  measureChannels,
  modelWith,
  type Morphism,
} from "naskit/model/mod.ts";
import { difference, imagesFor, lively, outputs } from "./keep.ts";

const count = 4;

/** A small classifier with one activation. */
function network(activation: Activation): Graph {
  const net = new GraphBuilder([6, 5, 2]);
  let x = net.add("conv", { op: "conv", kernel: 3, channels: 4 }, net.input);
  x = net.add("act", { op: activation }, net.add("bn", { op: "batchNorm" }, x));
  x = net.add("sum", { op: "add" }, x, net.add("side", { op: "conv", kernel: 1, channels: 4 }, x));
  x = net.add("pool", { op: "globalAvgPool" }, x);
  return net.build(net.add("head", { op: "linear", features: 3 }, x));
}

function changeOf(
  { parent, graph, inherit }: Morphism,
  statistics: "batch" | "running" = "running",
): number {
  const weights = lively(parent, createRng("weights"));
  const run = { images: imagesFor(parent, count, "images"), count, statistics };
  return difference(
    outputs(parent, { ...run, weights }),
    outputs(graph, { ...run, weights: inherit(weights) }),
  );
}

Deno.test("a layer behind a ReLU or ReLU6 returns what it reads", () => {
  for (const activation of ["relu", "relu6"] as const) {
    const graph = network(activation);
    for (const layer of ["conv", "depthwise"] as const) {
      const deeper = deepen(graph, { after: "act", layer });
      assertEquals(changeOf(deeper), 0);
      assertEquals(changeOf(deeper, "batch"), 0);
      const filters = layer === "conv" ? 9 * 4 * 4 : 9 * 4;
      assertEquals(cost(deeper.graph).params - cost(graph).params, filters + 4);
    }
    const normed = deepen(graph, { after: "act", batchNorm: true });
    assertEquals([normed.exact, changeOf(normed) < 1e-6], ["running", true]);
    assert(changeOf(normed, "batch") > 1e-3);
    const gate = deepen(graph, { after: "pool", activation: "none" });
    assertEquals([changeOf(gate), cost(gate.graph).params - cost(graph).params], [0, 4 * 4 + 4]);
  }
});

Deno.test("a batch norm that knows the statistics of what it reads changes nothing in training", () => {
  const graph = network("relu");
  const weights = lively(graph, createRng("weights"));
  const images = imagesFor(graph, count, "images");
  const model = modelWith(graph, weights);
  const x = tf.tensor4d(images, [count, 6, 5, 2]);
  const batchNorm = measureChannels(model, x, { node: "act" });
  assertThrows(() => measureChannels(model, x, { node: "none" }), RangeError, 'got "none"');
  x.dispose();
  model.dispose();
  const deeper = deepen(graph, { after: "act", batchNorm });
  const run = { images, count };
  for (const statistics of ["batch", "running"] as const) {
    const change = difference(
      outputs(graph, { ...run, weights, statistics }),
      outputs(deeper.graph, { ...run, weights: deeper.inherit(weights), statistics }),
    );
    assertLess(change, 1e-5);
  }
});

Deno.test("a layer with tanh, a sigmoid or a swish is refused, and would have changed the outputs", () => {
  for (const activation of ["tanh", "sigmoid", "swish", "hswish", "hsigmoid"] as const) {
    const graph = network(activation);
    assertThrows(
      () => deepen(graph, { after: "act" }),
      RangeError,
      `${activation}(${activation}(x)) is not ${activation}(x)`,
    );
    // The layer by hand, with the weights that suit a ReLU.
    const plain = deepen(graph, { after: "act", activation: "none" });
    assertEquals(changeOf(plain), 0);
    const act = { name: "twice", op: activation, inputs: ["act.deeper.conv"] };
    const nodes = plain.graph.nodes.flatMap((node) =>
      node.name === "act.deeper.conv"
        ? [node, act]
        : [{ ...node, inputs: node.inputs.map((i) => i === "act.deeper.conv" ? "twice" : i) }]
    );
    assert(changeOf({ ...plain, graph: { ...plain.graph, nodes } }) > 1e-3);
  }
  const graph = network("sigmoid");
  assertEquals(changeOf(deepen(graph, { after: "act", activation: "relu" })), 0);
  assertEquals(changeOf(deepen(graph, { after: "act", activation: "relu6" })), 0);
});

Deno.test("a ReLU goes only where nothing is negative, a ReLU6 where nothing is above 6", () => {
  const graph = network("relu");
  assertThrows(
    () => deepen(graph, { after: "sum" }),
    RangeError,
    "the values of sum (add) may be negative",
  );
  assertThrows(
    () => deepen(graph, { after: "act", activation: "relu6" }),
    RangeError,
    "the values of act (relu) may be above 6",
  );
  assertThrows(() => deepen(graph, { after: "none" }), RangeError, 'got "none"');
  assertThrows(() => deepen(graph, { after: "act", kernel: 2 }), RangeError, "kernel must be odd");
  assertThrows(() => deepen(graph, { after: "act", layer: "linear" }), RangeError, 'got "linear"');
  assertThrows(() => deepen(graph, { after: "pool", layer: "conv" }), RangeError, 'got "conv"');
  assertThrows(
    () => deepen(graph, { after: "act", readers: ["head"] }),
    RangeError,
    'readers must be nodes that read act (side, sum), got "head"',
  );
  const batchNorm = { mean: [0, 0, 0, 0], variance: [1, 1, 1, -1] };
  assertThrows(() => deepen(graph, { after: "act", batchNorm }), RangeError, "batchNorm.variance");
});

Deno.test("one reader alone can read the new layer", () => {
  const deeper = deepen(network("relu"), { after: "act", readers: ["side"] });
  const inputs = (name: string) => deeper.graph.nodes.find((node) => node.name === name)!.inputs;
  assertEquals([inputs("side"), inputs("sum")], [["act.deeper.relu"], ["act", "side"]]);
  assertEquals(changeOf(deeper), 0);
});

Deno.test("a residual block starts as nothing, behind any node", () => {
  const graph = network("tanh"), rng = createRng("branch");
  for (const after of ["act", "sum", "pool", "head", "conv"]) {
    for (const batchNorm of [true, false]) {
      const deeper = addBranch(graph, { after, channels: 7, batchNorm, rng });
      assertEquals(changeOf(deeper), 0);
      assertEquals(changeOf(deeper, "batch"), 0);
      const fresh = deeper.inherit(lively(graph, createRng("w"))).get(
        `${after}.branch.layer1.weight`,
      );
      assert(fresh!.some((v) => v !== 0));
    }
  }
  const added = addBranch(graph, { after: "act", channels: 7, rng });
  assertEquals(cost(added.graph).params - cost(graph).params, 2 * 9 * 4 * 7 + 2 * 7 + 2 * 4);
  assertThrows(() => addBranch(graph, { after: "act", channels: 0, rng }), RangeError, "got 0");
  assertThrows(() => addBranch(graph, { after: "act", kernel: 4, rng }), RangeError, "got 4");
});
