import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import { deepen, outputChange, widen } from "naskit/model/mod.ts";
import { imagesFor, lively } from "./keep.ts";

/** Two hidden units, copied to three; what comes out of the copies is 3 x + 8 x of a single input x. */
function byHand() {
  const net = new GraphBuilder([1, 1, 1]);
  net.add("x", { op: "flatten" }, net.input);
  net.add("hidden", { op: "linear", features: 2, bias: false }, "x");
  const graph = net.build(net.add("y", { op: "linear", features: 1, bias: false }, "hidden"));
  const weights = new Map([
    ["hidden.weight", new Float32Array([1, 2])],
    ["y.weight", new Float32Array([3, 4])],
  ]);
  return { graph, weights };
}

Deno.test("a copy that is not divided changes the output by its part", () => {
  const { graph, weights } = byHand();
  const wider = widen(graph, { node: "hidden", channels: 3, duplicate: [1] });
  const careless = {
    ...wider,
    inherit: () => new Map([...wider.inherit(weights), ["y.weight", new Float32Array([3, 4, 4])]]),
  };
  const images = tf.tensor4d([5, -1], [2, 1, 1, 1]);
  assertEquals(outputChange(wider, weights, images), 0);
  // 3 + 8 becomes 3 + 8 + 8, times 5 where it is most, beside a largest output of 55.
  assertAlmostEquals(outputChange(careless, weights, images), 40 / 55, 1e-6);
  images.dispose();
});

Deno.test("an output of zeros that stays is no change, and any other is infinite", () => {
  const { graph, weights } = byHand();
  const silent = new Map([...weights, ["y.weight", new Float32Array(2)]]);
  const wider = widen(graph, { node: "hidden", channels: 3, duplicate: [1] });
  const loud = { ...wider, inherit: () => wider.inherit(weights) };
  const images = tf.tensor4d([5], [1, 1, 1, 1]);
  assertEquals(outputChange(wider, silent, images), 0);
  assertEquals(outputChange(loud, silent, images), Infinity);
  images.dispose();
});

Deno.test("what is exact by running statistics alone is told from what always is", () => {
  const net = new GraphBuilder([6, 6, 2]);
  let x = net.add("conv", { op: "conv", kernel: 3, channels: 4 }, net.input);
  x = net.add("relu", { op: "relu" }, net.add("bn", { op: "batchNorm" }, x));
  const graph = net.build(net.add("pool", { op: "globalAvgPool" }, x));
  const weights = lively(graph, createRng("weights"));
  const deeper = deepen(graph, { after: "relu", batchNorm: true });
  const count = tf.memory().numTensors;
  const images = tf.tensor4d(imagesFor(graph, 4, "images"), [4, 6, 6, 2]);
  assertLess(outputChange(deeper, weights, images), 1e-5);
  assert(outputChange(deeper, weights, images, { statistics: "batch" }) > 0.01);
  images.dispose();
  assertEquals(tf.memory().numTensors, count);
});
