import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import type { Batch } from "naskit/data/mod.ts";
import { createRng, quickRng } from "naskit/engine/mod.ts";
import { buildModel } from "naskit/model/mod.ts";
import { noiseBatch, zico, type ZicoOptions } from "naskit/proxy/mod.ts";
import { ratioOfArrays, ratioOfSums, ratioScore } from "naskit/proxy/signal_to_noise.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { runTape } from "../support/tape.ts";
import { assertFixtures } from "./support/fixtures.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
const graph = space.lower(space.fromChoices([3, 1, 3, 2, 4, 3]));
const batch = noiseBatch(graph, { count: 12, rng: createRng("noise") });

function part(
  { images, labels, shape: [count, ...shape] }: Batch,
  from: number,
  to: number,
): Batch {
  const size = images.length / count;
  return {
    images: images.slice(from * size, to * size),
    labels: labels.slice(from, to),
    shape: [to - from, ...shape],
  };
}

Deno.test("ZiCo over images, with the paper's deviation, is that of an independent program", async () => {
  await assertFixtures(zico({ over: "images", deviation: "absolute" }), "zico_per_sample");
});

Deno.test("gradients (1, 3) and (2, 2) of two weights score ln 2: what does not vary is left out", () => {
  const gradients = [Float32Array.of(1, 2), Float32Array.of(3, 2)];
  assertEquals(ratioScore([ratioOfArrays(gradients, "signed")]), Math.LN2);
  const sums = {
    absolute: Float32Array.of(4, 4),
    centre: Float32Array.of(4, 4),
    square: Float32Array.of(10, 8),
    count: 2,
  };
  assertEquals(ratioScore([ratioOfSums(sums)]), Math.LN2);
});

Deno.test("a gradient that only turns its sign varies as it is, not in its absolute value", () => {
  const gradients = [Float32Array.of(3), Float32Array.of(-3)];
  assertEquals(ratioOfArrays(gradients, "signed"), 1);
  assertEquals(ratioOfArrays(gradients, "absolute"), 0);
});

Deno.test("layers of which nothing varies add nothing", () => {
  assertEquals(ratioScore([0, Math.E, 0]), 1);
  assertEquals(ratioScore([0, 0]), 0);
});

const gradient = fc.integer({ min: -(2 ** 20), max: 2 ** 20 }).map((g) => g / 2 ** 17);
const gradients = fc.array(
  fc.array(gradient, { minLength: 3, maxLength: 3 }),
  { minLength: 2, maxLength: 5 },
).map((rows) => rows.map((row) => Float32Array.from(row)));

Deno.test("a common factor of all gradients makes no difference", () => {
  fc.assert(fc.property(gradients, fc.integer({ min: -8, max: 8 }), (rows, power) => {
    const scaled = rows.map((row) => row.map((g) => g * 2 ** power));
    for (const deviation of ["signed", "absolute"] as const) {
      assertEquals(ratioOfArrays(scaled, deviation), ratioOfArrays(rows, deviation));
    }
  }));
});

Deno.test("the ratio does not depend on the order of batches, and grows as they come together", () => {
  fc.assert(fc.property(gradients, (rows) => {
    const ratio = ratioOfArrays(rows, "signed");
    assertAlmostEquals(ratioOfArrays(rows.toReversed(), "signed"), ratio, 1e-9 * ratio);
  }));
  const apart = (by: number) =>
    ratioOfArrays([Float32Array.of(1 - by), Float32Array.of(1 + by)], "signed");
  assertAlmostEquals(apart(0.25), 4, 1e-9);
  assert(apart(0.01) > apart(0.1) && apart(0.0001) > apart(0.01));
  assertEquals(apart(0), 0); // nothing varies: left out
});

Deno.test("sums of many equal gradients show no deviation, whatever rounding does to them", () => {
  fc.assert(
    fc.property(gradient, fc.integer({ min: 1, max: 256 }), (
      g,
      count,
    ) => {
      const sums = { absolute: 0, signed: 0, square: 0 };
      for (let i = 0; i < count; i++) {
        sums.absolute = Math.fround(sums.absolute + Math.abs(g));
        sums.signed = Math.fround(sums.signed + g);
        sums.square = Math.fround(sums.square + Math.fround(g * g));
      }
      const absolute = Float32Array.of(sums.absolute), square = Float32Array.of(sums.square);
      assertEquals(ratioOfSums({ absolute, centre: absolute, square, count }), 0);
      const centre = Float32Array.of(sums.signed);
      assertEquals(ratioOfSums({ absolute, centre, square, count }), 0);
    }),
  );
});

/** ZiCo with the gradients of tfjs, batch by batch, and two passes in double precision. */
function byTape(
  batches: readonly Batch[],
  { deviation = "signed", seed }: ZicoOptions & { readonly seed: string },
): number {
  const model = buildModel(graph, {
    rng: quickRng(createRng(seed).split("weights").seed),
    init: "torchDefault",
  });
  const runs = batches.map((batch) => runTape(model, batch, "batch").gradients);
  let score = 0;
  for (const [name, { size }] of model.params) {
    if (!name.endsWith(".weight")) continue;
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const seen = runs.map((gradients) => gradients.get(name)?.[i] ?? 0);
      const of = deviation === "signed" ? seen : seen.map(Math.abs);
      const mean = of.reduce((a, b) => a + b) / of.length;
      const variance = of.reduce((total, g) => total + (g - mean) ** 2, 0) / of.length;
      const absolute = seen.reduce((total, g) => total + Math.abs(g), 0) / seen.length;
      if (variance > 0) sum += absolute / Math.sqrt(variance);
    }
    if (sum > 0) score += Math.log(sum);
  }
  model.dispose();
  return score;
}

Deno.test("ZiCo over parts of the batch is that of tfjs's gradients of each part", async () => {
  const halves = [part(batch, 0, 6), part(batch, 6, 12)];
  const fives = [part(batch, 0, 2), part(batch, 2, 4), part(batch, 4, 6), part(batch, 6, 8)]
    .concat(part(batch, 8, 10)); // two images are left over
  const cases = [
    [{}, halves],
    [{ deviation: "absolute" }, halves],
    [{ batches: 5 }, fives],
  ] as const;
  for (const [options, batches] of cases) {
    const found = await zico(options).score(graph, batch, createRng("a"));
    const wanted = byTape(batches, { ...options, seed: "a" });

    assertAlmostEquals(found, wanted, 1e-3 * Math.abs(wanted));
  }
});

Deno.test("ZiCo over images is that of parts of one image, for either deviation", async () => {
  for (const deviation of ["signed", "absolute"] as const) {
    const images = await zico({ over: "images", deviation }).score(graph, batch, createRng("a"));
    const parts = await zico({ batches: 12, deviation }).score(graph, batch, createRng("a"));
    assertAlmostEquals(images, parts, 1e-3 * Math.abs(parts));
  }
});

Deno.test("a layer before batch norm may be scaled without a change of ZiCo", async () => {
  const model = buildModel(graph, { rng: createRng("weights") });
  const score = () => zico().score(model, batch, createRng("unused"));
  const before = await score();
  const weight = model.params.get("stem.conv.weight")!;
  const scaled = weight.mul(8);
  weight.assign(scaled);
  scaled.dispose();
  // Of two parts, weights count most whose gradients all but agree, as far as rounding lets them.
  assertAlmostEquals(await score(), before, 1e-2 * Math.abs(before));
  model.dispose();
});

Deno.test("with fewer images than parts ZiCo is not defined; of equal parts nothing varies", async () => {
  const [one, six] = [part(batch, 0, 1), part(batch, 0, 6)];
  assertEquals(await zico().score(graph, one, createRng("a")), NaN);
  assertEquals(await zico({ over: "images" }).score(graph, one, createRng("a")), NaN);
  assertEquals(await zico({ batches: 7 }).score(graph, six, createRng("a")), NaN);
  const twice: Batch = {
    images: Float32Array.from([...six.images, ...six.images]),
    labels: Int32Array.from([...six.labels, ...six.labels]),
    shape: batch.shape,
  };
  assertEquals(await zico().score(graph, twice, createRng("a")), 0);
});

Deno.test("where nothing leads to the output, no layer has a say in ZiCo", async () => {
  const dead = space.lower(space.fromChoices([0, 0, 0, 0, 0, 0]));
  assertEquals(await zico().score(dead, batch, createRng("a")), 0);
  assertEquals(await zico({ over: "images" }).score(dead, batch, createRng("a")), 0);
});

Deno.test("ZiCo options that do not go together are refused", () => {
  const cases: [ZicoOptions, string][] = [
    [{ over: "classes" as "images" }, "over must be batches or images, got classes"],
    [{ deviation: "none" as "signed" }, "deviation must be signed or absolute, got none"],
    [{ batches: 1 }, "batches must be a whole number of at least 2, got 1"],
    [{ over: "images", batches: 2 }, "batches must be absent over images, got 2"],
    [
      { over: "images", statistics: "batch" },
      "statistics must be sample over images, got batch",
    ],
  ];
  for (const [options, message] of cases) {
    assertThrows(() => zico(options), RangeError, `Cannot make the proxy zico: ${message}`);
  }
});
