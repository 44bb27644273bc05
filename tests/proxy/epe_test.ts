import { assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import { correlations, epe, epeScore, noiseBatch, Probe } from "naskit/proxy/mod.ts";
import { smallGraph, smallSpace } from "./support/small.ts";

const weights = () => createRng("weights");

// Correlations: 1/2 between the first two, 1 between the third and the fourth.
const half = [[1, 0, -1], [1, -1, 0]], same = [[1, 0, 0], [2, 0, 0]];

Deno.test("the score of two classes is one that one counts by hand", () => {
  const jacobians = [...half, ...same].flat();
  const first = 2 * Math.log(0.50001) + 2 * Math.log(1.00001), second = 4 * Math.log(1.00001);
  const few = epeScore(jacobians, [0, 0, 1, 1], { classes: 10 });
  assertAlmostEquals(few, Math.abs(first) + Math.abs(second), 1e-9);
  // More than a hundred: both pairs of them, over two classes.
  const many = epeScore(jacobians, [0, 0, 1, 1], { classes: 101 });
  assertAlmostEquals(many, 2 * Math.abs(first / 2 - second / 2) / 2, 1e-9);
});

Deno.test("an image alone in its class counts little, and not at all among many classes", () => {
  const jacobians = half.flat();
  assertAlmostEquals(epeScore(jacobians, [0, 1], { classes: 100 }), 2 * Math.log(1.00001), 1e-12);
  assertEquals(epeScore(jacobians, [0, 1], { classes: 101 }), 0);
});

Deno.test("of one class, the score is over all correlations; names of classes do not matter", () => {
  fc.assert(fc.property(fc.integer({ min: 2, max: 10 }), fc.nat(), (count, seed) => {
    const rng = createRng(seed);
    const jacobians = Array.from({ length: count * 7 }, () => rng.normal());
    const all = correlations(jacobians, count).reduce(
      (sum, r) => sum + Math.log(Math.abs(r) + 1e-5),
      0,
    );
    const one = epeScore(jacobians, new Int32Array(count), { classes: 10 });
    assertAlmostEquals(one, Math.abs(all), 1e-9 * count * count);
    const labels = Int32Array.from({ length: count }, () => rng.int(3));
    for (const classes of [10, 200]) {
      const score = epeScore(jacobians, labels, { classes });
      const renamed = epeScore(jacobians, labels.map((label) => 9 - 4 * label), { classes });
      assertAlmostEquals(renamed, score, 1e-9 * count * count);
    }
  }));
});

Deno.test("a network is scored by its Jacobians and the batch's labels", async () => {
  const graph = smallGraph(1);
  const noise = noiseBatch(graph, { count: 6, rng: createRng("noise") });
  const batch = { ...noise, labels: Int32Array.of(0, 3, 0, 3, 3, 9) };
  const score = await epe().score(graph, batch, weights());
  const net = new Probe({ network: graph, batch, rng: weights(), init: "torchDefault" });
  const found = correlations(net.imageGradients(), 6);
  net.dispose();
  const sum = (...images: number[]) =>
    Math.abs(images.reduce((sum, i) => {
      return images.reduce((sum, j) => sum + Math.log(Math.abs(found[6 * i + j]!) + 1e-5), sum);
    }, 0));
  assertAlmostEquals(score, sum(0, 2) + sum(1, 3, 4) + sum(5), 1e-9);
  const other = { ...batch, labels: Int32Array.of(0, 0, 3, 3, 3, 9) };
  assertNotEquals(await epe().score(graph, other, weights()), score);
});

Deno.test("a Jacobian of zeros makes the score NaN", async () => {
  const none = smallSpace.lower(smallSpace.fromChoices([0, 0, 0, 0, 0, 0]));
  const batch = noiseBatch(none, { count: 4, rng: createRng("noise") });
  assertEquals(await epe().score(none, batch, weights()), NaN);
});
