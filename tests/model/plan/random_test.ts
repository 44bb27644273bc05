import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { tf } from "naskit/engine/tf.ts";
import { buildModel, compile, type Model } from "naskit/model/mod.ts";
import { crossEntropyOf, runReference, type Value } from "../../support/reference_graph.ts";
import { randomGraph } from "../../support/random_graph.ts";
import { relativeError, runTape } from "../../support/tape.ts";

/** Images and labels for a model, and running statistics as after some training. */
function prepare(seed: string | number) {
  const rng = createRng(seed);
  const graph = randomGraph(rng.split("graph"));
  const model = buildModel(graph, { rng: rng.split("weights"), init: "torchDefault" });
  scatter(model, rng);
  const count = rng.pick([1, 2, 3, 5]);
  const [input] = graph.nodes;
  const size = input?.op === "input" ? input.shape.reduce((a, b) => a * b) : 0;
  const images = Float32Array.from({ length: count * size }, () => rng.normal());
  const labels = Int32Array.from({ length: count }, () => rng.int(4));
  return { graph, model, count, batch: { images, labels } };
}

/** Moves scales, shifts and statistics away from the 0 and 1 that they start with. */
function scatter(model: Model, rng: ReturnType<typeof createRng>): void {
  for (const [name, variable] of [...model.params, ...model.statistics]) {
    if (/weight|bias/.test(name)) continue;
    const offset = /beta|mean/.test(name) ? -0.5 : 0.5;
    const values = Float32Array.from({ length: variable.size }, () => offset + rng());
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
}

/**
 * Gradients that are 0 but for rounding, as those of a bias before a batch norm, are as exact as the
 * numbers that cancel in them; those are about 1 where all gradients are so.
 */
function floorOf(norms: readonly number[]): number {
  return Math.max(0.03 * Math.max(0, ...norms), 1e-3);
}

function assertClose(what: string, actual: Float32Array, expected: Float32Array, floor = 1e-30) {
  const error = relativeError(actual, expected, floor);
  assert(error <= 1e-4, `${what}: relative error ${error}`);
}

for (let group = 0; group < 10; group++) {
  Deno.test(`plans of random graphs do what the tape does (${group})`, () => {
    for (let i = 20 * group; i < 20 * group + 20; i++) {
      const { graph, model, count, batch } = prepare(i);
      const plan = compile(graph, { batch: count + i % 2, training: true });
      const light = compile(graph, { batch: count });
      plan.load(model);
      light.load(model);
      for (const statistics of ["batch", "running"] as const) {
        const where = `graph ${i}, ${statistics}`;
        const expected = runTape(model, batch, statistics);
        const logits = plan.forward(batch.images, { statistics });
        // The mean of what was just normalised over it is 0 but for rounding.
        assertClose(`${where}, logits`, logits, expected.logits, 1e-3);
        assertEquals(light.forward(batch.images, { statistics }), logits, where);
        const { loss, params } = plan.backward(batch, { statistics });
        assertAlmostEquals(loss, expected.loss, 1e-4 * expected.loss, where);
        const norms = [...expected.gradients.values()].map((g) => Math.hypot(...g));
        for (const [name, gradient] of params) {
          const wanted = expected.gradients.get(name) ?? new Float32Array(gradient.length);
          assertClose(`${where}, ${name}`, gradient, wanted, floorOf(norms));
        }
      }
      light.dispose();
      plan.dispose();
      model.dispose();
    }
  });
}

Deno.test("plans of random graphs have the values and slopes that double precision gives", () => {
  for (let i = 0; i < 40; i++) {
    const { graph, model, batch } = prepare(`double ${i}`);
    const [input] = graph.nodes, count = batch.labels.length;
    const shape = [count, ...(input?.op === "input" ? input.shape : [])];
    const images: Value = { shape, data: Float64Array.from(batch.images) };
    const params = new Map([...model.params].map(([name, variable]) => {
      const data = Float64Array.from(variable.dataSync());
      return [name, { shape: variable.shape, data }] as const;
    }));
    const lossOf = () => {
      const { data } = runReference(graph, params, images);
      return crossEntropyOf(data, batch.labels);
    };
    const plan = compile(graph, { batch: count, training: true });
    plan.load(model);
    const logits = plan.forward(batch.images, { statistics: "batch" });
    assertLess(relativeError(logits, runReference(graph, params, images).data), 1e-4, `graph ${i}`);
    const { loss, params: gradients } = plan.backward(batch);
    assertAlmostEquals(loss, lossOf(), 1e-4 * loss, `graph ${i}`);

    // The slope along the gradient's own direction, one array at a time, is its length.
    const norms = [...gradients.values()].map((g) => Math.hypot(...g));
    for (const [name, gradient] of gradients) {
      const norm = Math.hypot(...gradient), { data } = params.get(name)!;
      if (norm <= 1e-4 * Math.max(...norms)) continue;
      const start = data.slice(), step = 1e-6;
      const at = (distance: number) => {
        data.forEach((_, k) => data[k] = start[k]! + distance * gradient[k]! / norm);
        return lossOf();
      };
      const slope = (at(step) - at(-step)) / (2 * step);
      data.set(start);
      assertAlmostEquals(
        norm,
        slope,
        1e-4 * norm + 3e-6 * Math.max(...norms),
        `graph ${i}, ${name}`,
      );
    }
    plan.dispose();
    model.dispose();
  }
});

Deno.test("random graphs hold every op, and most of them can learn", () => {
  const ops = new Set<string>();
  let learning = 0;
  for (let i = 0; i < 200; i++) {
    const { graph, model, count, batch } = prepare(i);
    for (const { op } of graph.nodes) ops.add(op);
    const plan = compile(graph, { batch: count, training: true });
    plan.load(model);
    const { params } = plan.backward(batch);
    if ([...params.values()].filter((gradient) => gradient.some((v) => v !== 0)).length > 2) {
      learning++;
    }
    plan.dispose();
    model.dispose();
  }
  assertEquals(ops.size, 22);
  assertGreater(learning, 130);
});
