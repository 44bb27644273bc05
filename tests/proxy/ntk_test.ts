import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import { buildModel, type Model } from "naskit/model/mod.ts";
import { conditionNumber, noiseBatch, ntk } from "naskit/proxy/mod.ts";
import { linearGraph, pick, pixels, smallGraph } from "./support/small.ts";

const weights = () => createRng("weights");

Deno.test("the gradients (1, 0) and (1, 1) have the condition number of the golden ratio's fourth power", async () => {
  for (const statistics of ["batch", "sample", "running"] as const) {
    const batch = pixels([1, 0], [1, 1]);
    const score = await ntk({ statistics }).score(linearGraph(2), batch, weights());
    assertAlmostEquals(score, ((1 + Math.sqrt(5)) / 2) ** 4, 1e-9);
  }
  assertAlmostEquals(conditionNumber([1, 1, 1, 2]), 6.854102, 1e-6);
});

/** The gradients of two images' summed logits by all weights, on tfjs. */
function gradientsOnTape(model: Model, images: tf.Tensor4D): Float32Array[] {
  const named = [...model.params].filter(([name]) => name.endsWith(".weight"));
  return [0, 1].map((row) =>
    tf.tidy(() => {
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.slice(model.forward(images, { statistics: "batch" }), [row, 0], [1, 10])),
        named.map(([, variable]) => variable),
      );
      return Float32Array.from(
        named.flatMap(([, { name }]) => [...(grads[name]?.dataSync() ?? [])]),
      );
    })
  );
}

Deno.test("for two images it is the closed form of a tape's gradients", async () => {
  for (const seed of [1, 2, 3]) {
    const model = buildModel(smallGraph(seed), { rng: createRng(seed) });
    const batch = noiseBatch(model.graph, { count: 2, rng: createRng("noise") });
    const images = tf.tensor4d(batch.images, [...batch.shape]);
    const [a, b] = gradientsOnTape(model, images) as [Float32Array, Float32Array];
    const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, v, i) => sum + v * y[i]!, 0);
    const half = (dot(a, a) + dot(b, b)) / 2, root = Math.hypot(half - dot(b, b), dot(a, b));
    const score = await ntk().score(model, batch, weights());
    assertAlmostEquals(score, (half + root) / (half - root), 1e-3 * score);
    images.dispose();
    model.dispose();
  }
});

Deno.test("a condition number is at least 1, and neither order nor scale matters", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 10 }), fc.nat(), (n, seed) => {
    const rng = createRng(seed);
    const rows = Array.from({ length: n }, () => Array.from({ length: n + 2 }, () => rng.normal()));
    const gram = (order: readonly number[][], scale: number) =>
      order.flatMap((a) => order.map((b) => scale * a.reduce((sum, v, k) => sum + v * b[k]!, 0)));
    const value = conditionNumber(gram(rows, 1));
    assert(value >= 1);
    assertAlmostEquals(conditionNumber(gram(rng.shuffle(rows), 1e-6)), value, 1e-6 * value);
  }));
});

Deno.test("equal images make it huge, a kernel of zeros NaN", async () => {
  const graph = smallGraph(2);
  const batch = noiseBatch(graph, { count: 4, rng: createRng("noise") });
  const score = (images: typeof batch) =>
    ntk({ statistics: "sample" }).score(graph, images, weights());
  const [apart, twice] = [await score(batch), await score(pick(batch, [0, 1, 2, 0]))];
  assert(apart < 1e5, `${apart}`);
  assert(twice > 1e6, `${twice}`);
  assertEquals(conditionNumber([1, 1, 1, 1 - 1e-9]), Infinity);
  assertEquals(conditionNumber([0, 0, 0, 0]), NaN);
  assertEquals(conditionNumber([NaN]), NaN);
  const net = new GraphBuilder([1, 1, 2]);
  const noWeights = net.build(net.add("pool", { op: "globalAvgPool" }, net.input));
  assertEquals(await ntk().score(noWeights, pixels([1, 2], [3, 4]), weights()), NaN);
});

Deno.test("statistics that there are none of are refused", () => {
  assertThrows(
    () => ntk({ statistics: "none" as "batch" }).score(linearGraph(1), pixels([1]), weights()),
    RangeError,
    "statistics",
  );
});
