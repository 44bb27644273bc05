import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import { channelCorrelations, meco, noiseBatch, Probe } from "naskit/proxy/mod.ts";
import { symmetricEigenvalues } from "naskit/stats/mod.ts";
import { pick, smallGraph, smallSpace } from "./support/small.ts";

const weights = () => createRng("weights");

/** Pearson's r of two lists, term by term. */
function pearson(x: readonly number[], y: readonly number[]): number {
  const mean = (list: readonly number[]) => list.reduce((sum, v) => sum + v, 0) / list.length;
  const [mx, my] = [mean(x), mean(y)];
  const sum = (term: (i: number) => number) => x.reduce((total, _, i) => total + term(i), 0);
  const both = sum((i) => (x[i]! - mx) * (y[i]! - my));
  return both / Math.sqrt(sum((i) => (x[i]! - mx) ** 2) * sum((i) => (y[i]! - my) ** 2));
}

Deno.test("channels correlate as Pearson says", () => {
  fc.assert(fc.property(
    fc.nat(1000),
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 3, max: 9 }),
    (seed, channels, pixels) => {
      const { normal } = createRng(seed);
      const values = Array.from({ length: channels * pixels }, () => normal());
      const found = channelCorrelations(values, channels);
      const channel = (c: number) => values.filter((_, at) => at % channels === c);
      for (let a = 0; a < channels; a++) {
        for (let b = 0; b < channels; b++) {
          assertAlmostEquals(found[a * channels + b]!, pearson(channel(a), channel(b)), 1e-9);
        }
      }
    },
  ));
});

Deno.test("correlations do not change by a batch norm's shift and scale", () => {
  fc.assert(fc.property(fc.nat(1000), (seed) => {
    const rng = createRng(seed);
    const values = Array.from({ length: 3 * 20 }, () => rng.normal());
    const scales = [rng() + 0.1, 30 * rng() + 0.1, 1], shifts = [rng(), -rng(), 7];
    const changed = values.map((v, at) => v * scales[at % 3]! + shifts[at % 3]!);
    const [one, two] = [channelCorrelations(values, 3), channelCorrelations(changed, 3)];
    one.forEach((v, i) => assertAlmostEquals(v, two[i]!, 1e-9));
  }));
});

Deno.test("two channels leave 1 - |r|", async () => {
  // A 1x1 convolution of two channels to two, of whose image the correlation is known.
  const net = new GraphBuilder([4, 4, 2]);
  const conv = net.add("conv", { op: "conv", kernel: 1, channels: 2 }, net.input);
  const graph = net.build(net.add("pool", { op: "globalAvgPool" }, conv));
  const batch = noiseBatch(graph, { count: 1, rng: createRng("noise") });
  const probe = new Probe({ network: graph, batch, rng: weights(), init: "torchDefault" });
  const { values } = probe.taps(["conv"])[0]!;
  probe.dispose();
  const channel = (c: number) => [...values].filter((_, at) => at % 2 === c);
  const expected = 1 - Math.abs(pearson(channel(0), channel(1)));
  assertAlmostEquals(await meco().score(graph, batch, weights()), expected, 1e-9);
});

Deno.test("as many channels as there are pixels leave nothing", async () => {
  fc.assert(fc.property(fc.nat(1000), fc.integer({ min: 2, max: 6 }), (seed, channels) => {
    const { normal } = createRng(seed);
    const values = Array.from({ length: channels * channels }, () => normal());
    const eigenvalues = symmetricEigenvalues(channelCorrelations(values, channels));
    assertAlmostEquals(eigenvalues.at(0)!, 0, 1e-9);
  }));
  const score = async (channels: number) => {
    const net = new GraphBuilder([3, 3, 2]);
    const conv = net.add("conv", { op: "conv", kernel: 1, channels }, net.input);
    const graph = net.build(net.add("pool", { op: "globalAvgPool" }, conv));
    const batch = noiseBatch(graph, { count: 1, rng: createRng("noise") });
    return await meco().score(graph, batch, weights());
  };
  assert(await score(2) > 0);
  assertEquals(await score(9), 0);
});

Deno.test("MeCo looks at the first images alone", async () => {
  const graph = smallGraph(1);
  const batch = noiseBatch(graph, { count: 6, rng: createRng("noise") });
  const first = (count: number) => pick(batch, [...Array(count).keys()]);
  for (const images of [1, 3]) {
    assertEquals(
      await meco({ images }).score(graph, batch, weights()),
      await meco({ images }).score(graph, first(images), weights()),
    );
  }
  assertEquals(
    await meco().score(graph, batch, weights()),
    await meco().score(graph, first(1), weights()),
  );
});

Deno.test("what convolutions there are without effect count nothing", async () => {
  const batch = noiseBatch(smallGraph(1), { count: 2, rng: createRng("noise") });
  const score = (...choices: number[]) =>
    meco().score(smallSpace.lower(smallSpace.fromChoices(choices)), batch, weights());
  // The stem and the blocks between stages remain.
  assert(await score(1, 1, 1, 1, 1, 1) > 0);
  assertEquals(await score(0, 0, 0, 0, 0, 0), 0);
});

Deno.test("values that are no whole pixels, and no images, are refused", () => {
  assertThrows(
    () => channelCorrelations([1, 2, 3], 2),
    RangeError,
    "values must hold whole pixels of 2 channels, got 3 numbers",
  );
  assertThrows(() => meco({ images: 0.5 }), RangeError, "images must be a positive whole number");
});
