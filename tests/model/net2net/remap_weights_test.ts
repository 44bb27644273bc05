import {
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import {
  deepen,
  modelWith,
  remapWeights,
  sequence,
  settleBatchNorms,
  weightsOf,
} from "naskit/model/mod.ts";
import { difference, imagesFor, lively, outputs } from "./keep.ts";

function network(
  { channels = 4, kernel = 3, act = "relu" as "relu" | "tanh", inner = "conv" } = {},
): Graph {
  const net = new GraphBuilder([6, 6, 2]);
  let x = net.add("stem", { op: "conv", kernel, channels }, net.input);
  x = net.add("act", { op: act }, net.add("bn", { op: "batchNorm" }, x));
  x = inner === "conv"
    ? net.add("inner", { op: "conv", kernel: 3, channels }, x)
    : net.add("inner", { op: "depthwise", kernel: 3 }, x);
  x = net.add("pool", { op: "globalAvgPool" }, x);
  return net.build(net.add("head", { op: "linear", features: 3 }, x));
}

const rng = createRng("remap");

Deno.test("first channels, middles of filters and equal names are taken, the rest is fresh", () => {
  const graph = network(), weights = lively(graph, createRng("w"));
  const from = { graph, weights };
  const same = remapWeights(from, network({ act: "tanh" }), { rng });
  assertEquals(same, { weights, taken: 1 });

  const larger = remapWeights(from, network({ kernel: 5, channels: 6 }), { rng });
  const old = weights.get("stem.weight")!, made = larger.weights.get("stem.weight")!;
  for (let y = 0; y < 5; y++) {
    for (let x = 0; x < 5; x++) {
      for (let i = 0; i < 2; i++) {
        for (let o = 0; o < 6; o++) {
          const value = made[((y * 5 + x) * 2 + i) * 6 + o]!;
          const inside = y > 0 && y < 4 && x > 0 && x < 4;
          if (o >= 4) assertNotEquals(value, 0);
          else assertEquals(value, inside ? old[(((y - 1) * 3 + x - 1) * 2 + i) * 4 + o] : 0);
        }
      }
    }
  }
  // 9x2x4 of the stem, two for each batch norm's channel, 9x4x4 inside, and 4x3 + 3 of the head.
  const all = 25 * 2 * 6 + 2 * 6 + 9 * 36 + 6 * 3 + 3;
  assertAlmostEquals(larger.taken, (72 + 8 + 144 + 15) / all, 1e-12);
  assertEquals([...larger.weights.get("bn.variance")!.slice(4)], [1, 1]);

  const back = remapWeights({ graph: network({ kernel: 5, channels: 6 }), ...larger }, graph, {
    rng,
  });
  assertEquals(back, { weights, taken: 1 });

  const other = remapWeights(from, network({ inner: "depthwise" }), { rng });
  assertNotEquals(
    [...other.weights.get("inner.weight")!.slice(0, 4)],
    [...weights.get("inner.weight")!.slice(0, 4)],
  );
  assertEquals(other.weights.get("head.weight"), weights.get("head.weight"));
  assertEquals(remapWeights(from, network({ inner: "depthwise" }), { rng }), other);
});

Deno.test("settled batch norms return what they read on the batch, one behind another", () => {
  const graph = network(), count = 8;
  const first = deepen(graph, { after: "act", batchNorm: true });
  const second = deepen(first.graph, { after: "act.deeper.relu", batchNorm: true });
  const deeper = sequence([first, second]);
  assertEquals(deeper.unsettled, ["act.deeper.batchNorm", "act.deeper.relu.deeper.batchNorm"]);
  const weights = lively(graph, createRng("w")), images = imagesFor(graph, count, "i");
  const model = modelWith(deeper.graph, deeper.inherit(weights));
  const x = tf.tensor4d(images, [count, 6, 6, 2]);
  settleBatchNorms(model, deeper.unsettled, x);
  const settled = weightsOf(model);
  assertThrows(() => settleBatchNorms(model, ["act"], x), RangeError, 'got "act"');
  assertThrows(() => settleBatchNorms(model, ["none"], x), RangeError, 'got "none"');
  x.dispose();
  model.dispose();
  for (const statistics of ["batch", "running"] as const) {
    const run = { images, count, statistics };
    const before = outputs(graph, { ...run, weights });
    assertLess(difference(before, outputs(deeper.graph, { ...run, weights: settled })), 1e-5);
  }
});

Deno.test("weights that are missing or of another length are refused by name", () => {
  const graph = network(), weights = lively(graph, createRng("w"));
  const short = new Map([...weights, ["bn.mean", new Float32Array(3)]]);
  const reason = 'weights must hold "bn.mean" with 4 numbers, got 3';
  assertThrows(() => modelWith(graph, short), RangeError, `Cannot make a model: ${reason}`);
  assertThrows(
    () => remapWeights({ graph, weights: short }, graph, { rng }),
    RangeError,
    `Cannot remap weights: ${reason}`,
  );
  assertThrows(() => modelWith(graph, new Map()), RangeError, "with 72 numbers, got none");
});
