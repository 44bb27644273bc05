import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { tf } from "naskit/engine/tf.ts";
import type { Graph } from "naskit/graph/mod.ts";
import { buildModel, compile, type Model, type PlanBatch } from "naskit/model/mod.ts";
import { randomGraph } from "../../support/random_graph.ts";
import { relativeError, runTape, type TapeOutcome } from "../../support/tape.ts";

function batchFor(graph: Graph, count: number, seed: number): PlanBatch {
  const rng = createRng(`batch ${seed}`);
  const [input] = graph.nodes;
  const size = input?.op === "input" ? input.shape.reduce((a, b) => a * b) : 0;
  return {
    images: Float32Array.from({ length: count * size }, () => rng.normal()),
    labels: Int32Array.from({ length: count }, () => rng.int(4)),
  };
}

const modes = {
  sign: Math.sign,
  abs: Math.abs,
  square: (v: number) => v * v,
  sum: (v: number) => v,
} as const;

/** Moves running statistics away from the 0 and 1 that they start with. */
function scatter({ statistics }: Model, seed: number): void {
  const rng = createRng(`scatter ${seed}`);
  for (const variable of statistics.values()) {
    tf.tidy(() => variable.assign(variable.add(Array.from(variable.dataSync(), () => rng() / 2))));
  }
}

/** The tape's gradients of each image's loss. */
function gradientsOf(
  model: Model,
  { images, labels }: PlanBatch,
  statistics: "sample" | "running" | "batch",
): TapeOutcome["gradients"][] {
  const size = images.length / labels.length;
  return Array.from(labels, (_, i) => {
    if (statistics === "batch") {
      return runTape(model, { images, labels }, "batch", { image: i }).gradients;
    }
    return runTape(model, {
      images: images.slice(i * size, i * size + size),
      labels: labels.slice(i, i + 1),
    }, statistics === "sample" ? "batch" : "running").gradients;
  });
}

Deno.test("per-image gradients are those of the tape, one image after another", () => {
  let compared = 0;
  for (let seed = 0; seed < 60; seed++) {
    const graph = randomGraph(createRng(`samples ${seed}`));
    const model = buildModel(graph, { rng: createRng(seed), init: "torchDefault" });
    scatter(model, seed);
    const statistics = (["sample", "running", "batch"] as const)[seed % 3]!;
    const count = 1 + seed % 4;
    const plan = compile(graph, { batch: count + 1, training: true });
    plan.load(model);
    const batch = batchFor(graph, count, seed);
    const singles = gradientsOf(model, batch, statistics);
    const largest = Math.max(
      1e-9,
      ...singles.flatMap((single) => [...single.values()].map((g) => Math.hypot(...g))),
    );
    for (const [mode, measure] of Object.entries(modes)) {
      const found = plan.sampleGradients(batch, mode as keyof typeof modes, { statistics });
      const weights = [...model.params.keys()].filter((name) => name.endsWith(".weight"));
      assertEquals([...found.keys()], weights);
      for (const [name, actual] of found) {
        const gradients = singles.map((single) => single.get(name));
        const expected = actual.map((_, i) =>
          gradients.reduce((sum, g) => sum + measure(g?.[i] ?? 0), 0)
        );
        const where = `graph ${seed}, ${statistics}, ${mode} of ${name}`;
        if (mode === "sign") {
          // A gradient that is 0 but for rounding has no sign to agree on.
          actual.forEach((sign, i) => {
            const unclear = gradients.filter((g) => Math.abs(g?.[i] ?? 0) < 1e-5 * largest).length;
            assert(Math.abs(sign - expected[i]!) <= 2 * unclear, where);
            if (unclear === 0) compared++;
          });
        } else {
          const floor = 0.03 * (mode === "square" ? largest ** 2 : largest);
          assertLess(relativeError(actual, expected, floor), 2e-4, where);
        }
      }
    }
    plan.dispose();
    model.dispose();
  }
  assert(compared > 1000, `only ${compared} signs were clear`);
});

Deno.test("of one image, the sum of gradients is its gradient", () => {
  const graph = randomGraph(createRng("one"), { nodes: 20 });
  const plan = compile(graph, { batch: 1, training: true });
  plan.initialise({ rng: createRng("a") });
  const batch = batchFor(graph, 1, 0);
  const { params, loss } = plan.backward(batch);
  const { loss: again, params: bySample } = plan.backward(batch, { statistics: "sample" });
  assertAlmostEquals(loss, again, 1e-6);
  for (const [name, sum] of plan.sampleGradients(batch, "sum")) {
    assertLess(relativeError(sum, params.get(name)!, 1e-6), 1e-5, name);
    assertLess(relativeError(bySample.get(name)!, params.get(name)!, 1e-6), 1e-5, name);
  }
  plan.dispose();
});
