import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Batch } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { buildModel, compile } from "naskit/model/mod.ts";
import { chanceAgreement, gradsign, noiseBatch, Probe, signAgreement } from "naskit/proxy/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { runTape } from "../support/tape.ts";
import { fixture, fixtureNames } from "./support/fixtures.ts";

// At 16x16 the last maps are 4x4: pooled to one value for all pixels, as 2x2 are, their batch norms would
// divide rounding by rounding.
const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 16 });
const score = gradsign().score;
/** The share of signs that may hang on rounding, which is another for images in other places. */
const unclear = 2e-3;
/** A random cell, a seed of weights and images, and how many images. */
const settings = [
  fc.array(fc.nat(4), { minLength: 6, maxLength: 6 }),
  fc.nat(1000),
  fc.integer({ min: 1, max: 5 }),
] as const;

function draw(choices: readonly number[], seed: number, count: number): [Graph, Batch] {
  const graph = space.lower(space.fromChoices(choices));
  return [graph, noiseBatch(graph, { count, rng: createRng(`images ${seed}`) })];
}

/** Some of a batch's images. */
function take({ images, labels, shape }: Batch, members: readonly number[]): Batch {
  const size = images.length / labels.length;
  return {
    images: Float32Array.from(members.flatMap((i) => [...images.slice(i * size, (i + 1) * size)])),
    labels: Int32Array.from(members, (i) => labels[i]!),
    shape: [members.length, shape[1], shape[2], shape[3]],
  };
}

/** The signs' sums of all weights. */
function signsOf(network: Graph, batch: Batch, seed: number): Float32Array {
  const net = new Probe({ network, batch, rng: createRng(seed), init: "torchDefault" });
  const signs = net.sampleGradients("sign");
  net.dispose();
  return Float32Array.from([...signs.values()].flatMap((values) => [...values]));
}

function weightsOf(graph: Graph): number {
  const plan = compile(graph, { batch: 1 });
  const sizes = [...plan.params].map(([name, { shape }]) =>
    name.endsWith(".weight") ? shape.reduce((a, b) => a * b) : 0
  );
  plan.dispose();
  return sizes.reduce((a, b) => a + b);
}

Deno.test("GradSign is that of an independent program, but for signs that hang on rounding", async () => {
  for (const name of fixtureNames) {
    const { model, batch, expected } = await fixture(name);
    const sum = await score(model, batch, createRng("unused"));
    const mean = await gradsign({ reduction: "mean" }).score(model, batch, createRng("unused"));
    const weights = weightsOf(model.graph);
    model.dispose();
    const slack = 2 * (expected.gradsign_ambiguous_signs as number);
    assertAlmostEquals(sum, expected.gradsign_sum as number, slack, name);
    assertAlmostEquals(mean, expected.gradsign_mean as number, slack / weights + 1e-12, name);
  }
});

Deno.test("gradients at hand agree as counted by hand", () => {
  const rows = [[1, -2, 0, 3], [2, 1, 0, -1], [-4, 5, 0, 2]];
  assertEquals(signAgreement(rows), 3);
  assertEquals(signAgreement([[NaN, 1], [-1, 1]]), 3);
  assertEquals(signAgreement([]), 0);
  assertThrows(
    () => signAgreement([[1, 2], [1]]),
    RangeError,
    "Cannot take the agreement: gradients must be equally long, got 2 and 1",
  );
});

Deno.test("a network of two layers agrees as counted by hand", async () => {
  const net = new GraphBuilder([1, 1, 2]);
  const x = net.add("flat", { op: "flatten" }, net.input);
  const h = net.add("relu", { op: "relu" }, net.add("a", { op: "linear", features: 2 }, x));
  const model = buildModel(net.build(net.add("b", { op: "linear", features: 2 }, h)), {
    rng: createRng("replaced"),
  });
  for (const layer of ["a", "b"]) {
    tf.tidy(() => model.params.get(`${layer}.weight`)!.assign(tf.eye(2)));
  }
  const batch = {
    images: new Float32Array([1, 2, 1, -1]),
    labels: new Int32Array([0, 1]),
    shape: [2, 1, 1, 2],
  } as const;
  // Signs of the first image's gradients: b [[-, +], [-, +]], a [[-, +], [-, +]]; of the second's, whose
  // second hidden unit is off: b [[+, -], [0, 0]], a [[+, 0], [-, 0]].
  assertEquals(await score(model, batch, createRng("unused")), 2 + 4);
  const mean = await gradsign({ reduction: "mean" }).score(model, batch, createRng("unused"));
  assertEquals(mean, 6 / 8);
  model.dispose();
});

Deno.test("GradSign is the agreement of gradients that the tape finds image by image", async () => {
  for (const statistics of ["sample", "running", "batch"] as const) {
    const [graph, batch] = draw([3, 1, 3, 2, 4, 3], 1, 5);
    const model = buildModel(graph, { rng: createRng("weights"), init: "torchDefault" });
    const gradients = Array.from(batch.labels, (_, i) => {
      const alone = statistics === "running" ? "running" : "batch";
      const { gradients } = statistics === "batch"
        ? runTape(model, batch, "batch", { image: i })
        : runTape(model, take(batch, [i]), alone);
      const weights = [...gradients].filter(([name]) => name.endsWith(".weight"));
      return Float32Array.from(weights.flatMap(([, values]) => [...values]));
    });
    const tiny = gradients.flatMap((row) =>
      [...row].filter((g) => g !== 0 && Math.abs(g) < 1e-7)
    ).length;
    const found = await gradsign({ statistics }).score(model, batch, createRng("unused"));
    model.dispose();
    assert(tiny < unclear * gradients.length * gradients[0]!.length, `${tiny} are tiny`);
    assertAlmostEquals(found, signAgreement(gradients), 2 * tiny, statistics);
  }
});

Deno.test("a weight's agreement is its signs' sum, odd or even as its gradients that are not 0", () => {
  fc.assert(
    fc.property(...settings, (choices, seed, count) => {
      const [graph, batch] = draw(choices, seed, count);
      const all = signsOf(graph, batch, seed);
      const singles = batch.labels.keys().map((i) => signsOf(graph, take(batch, [i]), seed));
      const [sums, parts] = [new Float32Array(all.length), new Float32Array(all.length)];
      for (const single of singles) {
        single.forEach((sign, k) => {
          sums[k]! += sign;
          parts[k]! += Math.abs(sign);
        });
      }
      all.forEach((sum) => assert(Math.abs(sum) <= count));
      const clear = all.map((sum, k) => sum === sums[k] && (sum - parts[k]!) % 2 === 0 ? 1 : 0);
      assert(clear.filter((each) => each === 0).length <= unclear * all.length);
    }),
    { numRuns: 20 },
  );
});

Deno.test("of one image, and of many that are equal, GradSign counts gradients that are not 0", async () => {
  await fc.assert(
    fc.asyncProperty(...settings, async (choices, seed, count) => {
      const [graph, batch] = draw(choices, seed, 1);
      const rng = createRng(seed);
      const net = new Probe({ network: graph, batch, rng, init: "torchDefault" });
      const nonzero = net.layerGradients().reduce(
        (sum, { gradient }) => sum + gradient.filter((value) => value !== 0).length,
        0,
      );
      net.dispose();
      const copies = take(batch, new Array<number>(count).fill(0));
      const single = await score(graph, batch, rng);
      assertAlmostEquals(single, nonzero, unclear * nonzero);
      assertAlmostEquals(await score(graph, copies, rng), count * single, unclear * count * single);
    }),
    { numRuns: 20 },
  );
});

Deno.test("the order of images does not matter, and to see all of them twice doubles GradSign", async () => {
  await fc.assert(
    fc.asyncProperty(...settings, async (choices, seed, count) => {
      const [graph, batch] = draw(choices, seed, count);
      const members = [...batch.labels.keys()];
      const rng = createRng(seed);
      const found = await score(graph, batch, rng);
      const slack = unclear * found;
      const shuffled = take(batch, rng.shuffle(members));
      assertAlmostEquals(await score(graph, shuffled, rng), found, slack);
      const twice = take(batch, [...members, ...members]);
      assertAlmostEquals(await score(graph, twice, rng), 2 * found, 2 * slack);
    }),
    { numRuns: 20 },
  );
});

Deno.test("images' losses may be scaled without a change of signs", () => {
  fc.assert(
    fc.property(...settings, (choices, seed, count) => {
      const [graph, batch] = draw(choices, seed, count);
      const net = new Probe({ network: graph, batch, rng: createRng(seed), init: "torchDefault" });
      const row = (logits: Float32Array, scale: (image: number) => number) =>
        logits.map((value, i) => scale(Math.floor(i / 10)) * value);
      const signs = (scale: (image: number) => number) =>
        net.sampleGradients("sign", { slope: (logits) => row(logits, scale) });
      assertEquals(signs((image) => 2 ** (image - 3)), signs(() => 1));
      net.dispose();
    }),
    { numRuns: 8 },
  );
});

Deno.test("weights that the output does not depend on count in the mean alone", async () => {
  const [graph, batch] = draw([0, 0, 0, 0, 0, 0], 1, 4);
  const weights = weightsOf(graph);
  const sum = await score(graph, batch, createRng("a"));
  const mean = await gradsign({ reduction: "mean" }).score(graph, batch, createRng("a"));
  assert(sum <= 4 * 16 * 10, "no more than the last layer's");
  assertAlmostEquals(mean, sum / weights, 1e-12);
});

Deno.test("another reduction or other statistics are refused", () => {
  assertThrows(
    () => gradsign({ reduction: "max" as "sum" }),
    RangeError,
    "Cannot make the proxy gradsign: reduction must be one of sum, mean, got max",
  );
  assertThrows(
    () => gradsign({ statistics: "none" as "batch" }),
    RangeError,
    "statistics must be one of batch, running, sample, got none",
  );
});

Deno.test("the agreement by chance is the mean over all throws of coins", () => {
  for (let count = 1; count <= 12; count++) {
    const throws = Array.from({ length: 2 ** count }, (_, k) => {
      const ones = [...k.toString(2)].filter((digit) => digit === "1").length;
      return Math.abs(2 * ones - count);
    });
    const mean = throws.reduce((a, b) => a + b) / throws.length;
    assertAlmostEquals(chanceAgreement(count), mean, 1e-12, `${count}`);
  }
  assertThrows(() => chanceAgreement(0), RangeError, "must be a positive whole number, got 0");
  assertThrows(() => chanceAgreement(2.5), RangeError, "got 2.5");
});
