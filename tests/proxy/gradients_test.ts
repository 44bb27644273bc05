import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import * as fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import { gradNorm, gradNormZen, noiseBatch, plain, Probe, snip } from "naskit/proxy/mod.ts";
import { absoluteDot, dot, norm } from "naskit/proxy/sums.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { runTape } from "../support/tape.ts";
import { assertFixtures, fixture, fixtureNames } from "./support/fixtures.ts";
import { handModel } from "./support/hand_model.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });

Deno.test("the gradient's norm is that of an independent program", async () => {
  await assertFixtures(gradNorm(), "grad_norm");
});

Deno.test("plain is that of an independent program", async () => {
  await assertFixtures(plain(), "plain");
});

Deno.test("of weights (1, -2) and gradients (3, 4), plain is -5, SNIP 11, the norms 5 and √5", () => {
  const [weight, gradient] = [Float32Array.of(1, -2), Float32Array.of(3, 4)];
  assertEquals(dot(weight, gradient), -5);
  assertEquals(absoluteDot(weight, gradient), 11);
  assertEquals(norm(gradient), 5);
  assertEquals(norm(weight), Math.sqrt(5));
});

Deno.test("of a linear layer, scores follow from the softmax by hand", async () => {
  const net = new GraphBuilder([1, 1, 2]);
  const flat = net.add("flat", { op: "flatten" }, net.input);
  const graph = net.build(net.add("head", { op: "linear", features: 2, bias: false }, flat));
  const model = handModel(graph, { "head.weight": [1, 0, 0, Math.log(3)] }); // [in, out]
  // Logits (0, ln 3), so probabilities (1/4, 3/4); of label 0, the slopes are (-3/4, 3/4).
  const batch = {
    images: Float32Array.of(0, 1),
    labels: Int32Array.of(0),
    shape: [1, 1, 1, 2] as const,
  };
  const score = (proxy: ReturnType<typeof snip>) => proxy.score(model, batch, createRng("unused"));
  assertAlmostEquals(await plain().score(model, batch, createRng("a")), 0.75 * Math.log(3), 1e-6);
  assertAlmostEquals(await score(snip()), 0.75 * Math.log(3), 1e-6);
  assertAlmostEquals(await score(gradNorm()), 0.75 * Math.SQRT2, 1e-6);
  assertAlmostEquals(await score(gradNormZen()), 0.75 * Math.SQRT2, 1e-6);
  model.dispose();
});

Deno.test("layers without bias before batch norm add nothing to plain", async () => {
  const net = new GraphBuilder([8, 8, 3]);
  let x = net.input;
  for (const name of ["a", "b", "c"]) {
    x = net.add(`${name}.conv`, { op: "conv", kernel: 3, channels: 6 }, x);
    x = net.add(`${name}.norm`, { op: "batchNorm" }, x);
    x = net.add(`${name}.relu`, { op: "relu" }, x);
  }
  x = net.add("pool", { op: "globalAvgPool" }, x);
  const graph = net.build(net.add("head", { op: "linear", features: 5 }, x));
  const batch = noiseBatch(graph, { count: 12, rng: createRng("noise") });
  await fc.assert(
    fc.asyncProperty(fc.string(), async (seed) => {
      const rng = () => createRng(seed);
      const probe = new Probe({ network: graph, batch, rng: rng(), init: "torchDefault" });
      const layers = probe.layerGradients();
      probe.dispose();
      const head = layers.at(-1)!;
      const least = 1e-3 * await snip().score(graph, batch, rng());
      const found = await plain().score(graph, batch, rng());
      assertAlmostEquals(found, dot(head.weight, head.gradient), least);
    }),
    { numRuns: 10 },
  );
});

Deno.test("SNIP is plain with every product taken absolutely", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.nat(), async (seed, place) => {
      const arch = space.fromChoices(
        [0, 1, 2, 3, 4, 5].map((edge) => Math.floor(place / 5 ** edge) % 5),
      );
      const graph = space.lower(arch);
      const batch = noiseBatch(graph, { count: 6, rng: createRng(seed) });
      const probe = new Probe({ network: graph, batch, rng: createRng(seed), init: "heNormal" });
      let signed = 0, absolute = 0;
      for (const { weight, gradient } of probe.layerGradients()) {
        weight.forEach((w, i) => {
          signed += w * gradient[i]!;
          absolute += Math.abs(w * gradient[i]!);
        });
      }
      probe.dispose();
      const options = { init: "heNormal" } as const;
      const score = await snip(options).score(graph, batch, createRng(seed));
      assertAlmostEquals(score, absolute, 1e-6 * absolute);
      assertAlmostEquals(
        await plain(options).score(graph, batch, createRng(seed)),
        signed,
        1e-6 * absolute,
      );
    }),
    { numRuns: 10 },
  );
});

Deno.test("the gradient's norm sums over layers; Zen-NAS takes one norm of all parameters", async () => {
  for (const name of fixtureNames) {
    const { model, batch } = await fixture(name);
    const zen = await gradNormZen().score(model, batch, createRng("unused"));
    // By tfjs, with the batch norms as that code starts them.
    tf.tidy(() => {
      for (const [param, variable] of model.params) {
        if (param.endsWith(".gamma")) variable.assign(tf.onesLike(variable));
        if (param.endsWith(".beta")) variable.assign(tf.zerosLike(variable));
      }
    });
    const { gradients } = runTape(model, batch, "batch");
    model.dispose();
    const wanted = Math.hypot(...[...gradients.values()].flatMap((values) => [...values]));
    assertAlmostEquals(zen, wanted, 1e-3 * wanted);
  }
});

Deno.test("Zen-NAS's norm is of weights from N(0, 1), and counts every parameter", async () => {
  const graph = space.lower(space.fromChoices([3, 3, 3, 3, 3, 3]));
  const batch = noiseBatch(graph, { count: 8, rng: createRng("noise") });
  const proxy = gradNormZen();
  assertEquals(proxy.options.init, "standardNormal");
  const probe = new Probe({ network: graph, batch, rng: createRng("a"), init: "standardNormal" });
  const layers = Math.hypot(...probe.layerGradients().map(({ gradient }) => norm(gradient)));
  probe.dispose();
  assertLess(layers, await proxy.score(graph, batch, createRng("a")));
});

Deno.test("networks that ignore their images have scores too", async () => {
  const graph = space.lower(space.fromChoices([0, 0, 0, 0, 0, 0]));
  const batch = noiseBatch(graph, { count: 4, rng: createRng("noise") });
  for (const proxy of [gradNorm(), gradNormZen(), plain()]) {
    assert(Number.isFinite(await proxy.score(graph, batch, createRng("weights"))), proxy.name);
  }
});
