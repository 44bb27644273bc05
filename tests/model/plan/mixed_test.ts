import { assert, assertAlmostEquals, assertEquals, assertGreater, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng, heapInUse, type Rng } from "naskit/engine/mod.ts";
import { choicesOf, type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { buildModel, compile, compileThreaded, type Gates } from "naskit/model/mod.ts";
import { randomGraph } from "../../support/random_graph.ts";
import { crossEntropyOf, runReference, type Value } from "../../support/reference_graph.ts";
import { relativeError, runTape } from "../../support/tape.ts";
import { batchFor } from "./support/noise.ts";

/** A graph with at least one mixed node that the output depends on, and gates some of which are 0. */
function prepare(
  seed: number,
): { readonly graph: Graph; readonly gates: Gates; readonly rng: Rng } {
  for (let i = 0;; i++) {
    const rng = createRng(`mixed ${seed} ${i}`);
    const graph = randomGraph(rng, { nodes: 14, mixed: true });
    const choices = choicesOf(graph);
    if (choices.size === 0) continue;
    const gates = new Map(
      [...choices].map(([choice, inputs]) => [
        choice,
        Array.from({ length: inputs }, () => rng.int(3) === 0 ? 0 : Math.fround(rng.normal())),
      ]),
    );
    return { graph, gates, rng };
  }
}

Deno.test("plans with mixed nodes do what the tape does, gates and weights alike", () => {
  let slopes = 0;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 4 }), (seed, count) => {
      const { graph, gates } = prepare(seed);
      const model = buildModel(graph, { rng: createRng(seed), init: "torchDefault" });
      const batch = batchFor(graph, count, seed);
      const plan = compile(graph, { batch: count, training: true });
      plan.load(model);
      try {
        for (const some of [new Map(), gates]) {
          const all = new Map([...plan.gates, ...some]);
          plan.setGates(some);
          const expected = runTape(model, batch, "batch", { gates: all });
          const found = plan.backward(batch);
          const logits = plan.forward(batch.images, { statistics: "batch" });
          assertClose("logits", logits, expected.logits, 1e-3);
          assertAlmostEquals(found.loss, expected.loss, 1e-4 * expected.loss);
          const norms = [...expected.gradients.values()].map((g) => Math.hypot(...g));
          const floor = Math.max(0.03 * Math.max(0, ...norms), 1e-3);
          for (const [name, gradient] of found.params) {
            const wanted = expected.gradients.get(name) ?? new Float32Array(gradient.length);
            assertClose(name, gradient, wanted, floor);
          }
          const alone = plan.backward(batch, { weights: false });
          assertEquals(alone.params.size, 0);
          assertEquals(alone.gates, found.gates);
          const longest = Math.hypot(...[...expected.gates.values()].flatMap((g) => [...g]));
          for (const [choice, slope] of found.gates ?? []) {
            const wanted = expected.gates.get(choice) ?? new Float32Array(slope.length);
            // Of gates of 0 none is computed.
            const open = wanted.map((each, i) => all.get(choice)![i] === 0 ? 0 : each);
            assertClose(`gates of ${choice}`, slope, open, Math.max(0.03 * longest, 1e-3));
            if (slope.some((each) => each !== 0)) slopes++;
          }
        }
      } finally {
        plan.dispose();
        model.dispose();
      }
    }),
    { numRuns: 60, seed: 5 },
  );
  assertGreater(slopes, 50);
});

Deno.test("a gate's gradient is the loss's central difference in double precision", () => {
  for (let seed = 0; seed < 12; seed++) {
    const { graph, gates } = prepare(seed), count = 2;
    const model = buildModel(graph, { rng: createRng(seed), init: "torchDefault" });
    const batch = batchFor(graph, count, seed);
    const [input] = graph.nodes;
    const images: Value = {
      shape: [count, ...(input?.op === "input" ? input.shape : [])],
      data: Float64Array.from(batch.images),
    };
    const params = new Map(
      [...model.params].map(([name, variable]) =>
        [name, { shape: variable.shape, data: Float64Array.from(variable.dataSync()) }] as const
      ),
    );
    const lossAt = (gates: Gates) => {
      const { data } = runReference(graph, params, images, new Map(), gates);
      return crossEntropyOf(data, batch.labels);
    };
    const plan = compile(graph, { batch: count, training: true });
    plan.load(model);
    // Gates of 0 are computed as well, so that they have a gradient.
    const open = new Map(
      [...gates].map(([choice, { length }]) => [choice, [...Array(length).keys()]]),
    );
    plan.setGates(gates, { open });
    const { loss, gates: slopes } = plan.backward(batch);
    assertAlmostEquals(loss, lossAt(gates), 1e-4 * loss, `graph ${seed}`);
    for (const [choice, values] of gates) {
      const expected = Array.from(values, (_, i) => {
        const at = (step: number) =>
          lossAt(new Map(gates).set(choice, Array.from(values, (v, k) => k === i ? v + step : v)));
        return (at(1e-6) - at(-1e-6)) / 2e-6;
      });
      const error = relativeError(slopes?.get(choice) as Float64Array, expected, 0.03);
      assert(error < 1e-3, `graph ${seed}, ${choice}: ${slopes?.get(choice)}, not ${expected}`);
    }
    plan.dispose();
    model.dispose();
  }
});

/** A graph whose mixed nodes hand on one input each. */
function chosen({ nodes, output }: Graph, places: ReadonlyMap<string, number>): Graph {
  return {
    nodes: nodes.map((node) =>
      node.op === "mixed"
        ? {
          name: node.name,
          op: "identity",
          inputs: [node.inputs[places.get(node.choice)!] as string],
        }
        : node
    ),
    output,
  };
}

Deno.test("with one gate of 1 a plan trains, bit for bit, as the graph of that path alone", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
      const { graph, rng } = prepare(seed);
      const places = new Map(
        [...choicesOf(graph)].map(([name, inputs]) => [name, rng.int(inputs)]),
      );
      const gates = new Map(
        [...choicesOf(graph)].map(([name, inputs]) => [
          name,
          Array.from({ length: inputs }, (_, i) => i === places.get(name) ? 1 : 0),
        ]),
      );
      const options = {
        batch: 3,
        training: true,
        optimiser: { kind: "sgd", momentum: 0.9, weightDecay: 0.01 },
      } as const;
      const single = compile(chosen(graph, places), options), plan = compile(graph, options);
      single.initialise({ rng: createRng(seed) });
      plan.initialise({ rng: createRng(seed) });
      try {
        const batch = batchFor(graph, 3, seed);
        // A step of all paths first: what it leaves behind must not show.
        plan.backward(batch);
        plan.setGates(gates);
        const before = new Map([...plan.params.keys()].map((name) => [name, plan.weights(name)]));
        for (let step = 0; step < 3; step++) {
          const expected = single.trainStep(batch, { learningRate: 0.1 });
          assertEquals(plan.trainStep(batch, { learningRate: 0.1 }), expected);
        }
        for (const [name, { reached }] of single.params) {
          assertEquals(plan.weights(name), single.weights(name), name);
          if (!reached) assertEquals(plan.weights(name), before.get(name), name);
        }
        for (const { name, op } of graph.nodes) {
          if (op !== "batchNorm") continue;
          assertEquals(plan.weights(`${name}.mean`), single.weights(`${name}.mean`), name);
        }
        // Where gates get a gradient, what they are of is computed apart.
        const { params } = single.backward(batch);
        const longest = Math.max(0, ...[...params.values()].map((g) => Math.hypot(...g)));
        for (const [name, gradient] of plan.backward(batch).params) {
          assertClose(name, gradient, params.get(name)!, Math.max(0.03 * longest, 1e-3));
        }
      } finally {
        plan.dispose();
        single.dispose();
      }
    }),
    { numRuns: 60, seed: 3 },
  );
});

/** `conv a` or `conv b`, in two nodes of one choice, the second of which also reads what comes before. */
function twoLayers(): Graph {
  const net = new GraphBuilder([6, 6, 3]);
  let x = net.add("stem", { op: "conv", kernel: 3, channels: 4 }, net.input);
  for (const layer of ["first", "second"]) {
    const branches = ["a", "b"].map((name) => {
      const conv = net.add(`${layer}.${name}`, { op: "conv", kernel: 3, channels: 4 }, x);
      return net.add(`${layer}.${name}.bn`, { op: "batchNorm" }, conv);
    });
    const zero = net.add(`${layer}.zero`, { op: "zero" }, x);
    x = net.add(layer, { op: "mixed", choice: "layer" }, zero, ...branches, x);
  }
  x = net.add("pool", { op: "globalAvgPool" }, x);
  return net.build(net.add("head", { op: "linear", features: 4 }, x));
}

Deno.test("momentum goes on where it was when a branch comes back", () => {
  const graph = twoLayers(), batch = batchFor(graph, 4, "momentum");
  const options = {
    batch: 4,
    training: true,
    optimiser: { kind: "sgd", momentum: 0.5, weightDecay: 0.1 },
  } as const;
  const plan = compile(graph, options);
  plan.initialise({ rng: createRng("a") });
  const step = (...gates: number[]) => {
    plan.setGates(new Map([["layer", gates]]));
    const before = plan.weights("first.a.weight");
    plan.trainStep(batch, { learningRate: 0.1 });
    const gradient = plan.weights("first.a.weight").map((w, i) => before[i]! - w);
    return gradient;
  };
  const first = step(0, 1, 0, 0);
  assertEquals(step(0, 0, 1, 0).every((moved) => moved === 0), true);
  // Through gates of 0 no gradient comes: what moves is the momentum and the decay alone.
  const { params } = plan.backward(batch);
  assertEquals(params.get("first.a.weight")?.every((g) => g === 0), true);
  plan.setGates(new Map([["layer", [0, 0, 1, 0]]]), { open: new Map([["layer", [1]]]) });
  const before = plan.weights("first.a.weight");
  plan.trainStep(batch, { learningRate: 0.1 });
  plan.weights("first.a.weight").forEach((w, i) =>
    assertAlmostEquals(before[i]! - w, 0.5 * first[i]! + 0.1 * 0.1 * before[i]!, 1e-6)
  );
  plan.dispose();
});

Deno.test("a plan takes memory for what runs, and gives all of it back", () => {
  const held = heapInUse(), graph = twoLayers();
  const plan = compile(graph, { batch: 64, training: true });
  const batch = batchFor(graph, 64, "memory");
  const empty = plan.bytes;
  plan.setGates(new Map([["layer", [0, 1, 0, 0]]]));
  plan.trainStep(batch, { learningRate: 0.1 });
  const one = plan.bytes;
  plan.setGates(new Map([["layer", [1, 1, 1, 1]]]));
  plan.trainStep(batch, { learningRate: 0.1 });
  const all = plan.bytes;
  assertGreater(one, empty);
  assertGreater(all, 1.3 * one);
  plan.setGates(new Map([["layer", [0, 1, 0, 0]]]));
  plan.trainStep(batch, { learningRate: 0.1 });
  assertEquals(plan.bytes, all);
  assertEquals(heapInUse() - held, all);
  plan.dispose();
  assertEquals(heapInUse(), held);
});

Deno.test("closed branches leave nothing to read, and an all-closed node is zeros", () => {
  const graph = twoLayers(), batch = batchFor(graph, 2, "kept");
  const plan = compile(graph, { batch: 2, training: true, keep: ["first.a", "first", "second"] });
  plan.initialise({ rng: createRng("a") });
  plan.setGates(new Map([["layer", [0, 0, 1, 0]]]));
  plan.backward(batch);
  assertThrows(() => plan.activation("first.a"), RangeError, "gates");
  assertEquals(plan.activation("first").length, 2 * 6 * 6 * 4);
  for (const gates of [[0, 0, 0, 0], [1, 0, 0, 0]]) {
    plan.setGates(new Map([["layer", gates]]));
    const { gates: slopes, params } = plan.backward(batch);
    assertEquals(plan.activation("second"), new Float32Array(2 * 6 * 6 * 4));
    assertEquals([...slopes?.get("layer") ?? []], [0, 0, 0, 0]);
    assertEquals(params.get("stem.weight")?.every((g) => g === 0), true);
  }
  plan.dispose();
});

Deno.test("gates that do not fit are refused, and the others stay", async () => {
  const graph = twoLayers();
  const plan = compile(graph, { batch: 2 });
  const cases: [Gates, ReadonlyMap<string, readonly number[]>, string][] = [
    [new Map([["layers", [1, 0]]]), new Map(), 'gates name "layers"'],
    [new Map([["layer", [1, 0]]]), new Map(), 'gates of "layer" must be 4, one an input, got 2'],
    [new Map([["layer", [1, NaN, 0, 0]]]), new Map(), "must be finite, got NaN at 1"],
    [
      new Map([["layer", [1, 0, 0, 0]]]),
      new Map([["layer", [4]]]),
      "places of its 4 inputs, got 4",
    ],
    [new Map(), new Map([["other", [0]]]), 'open names "other"'],
  ];
  for (const [gates, open, message] of cases) {
    assertThrows(() => plan.setGates(gates, { open }), RangeError, message);
    assertEquals([...plan.gates], [["layer", new Float64Array(4).fill(0.25)]]);
  }
  plan.dispose();
  let refused = "";
  await compileThreaded(graph, { batch: 2, threads: 2 }).catch(({ message }) => refused = message);
  assertEquals(
    refused,
    'Cannot compile the graph: mixed nodes (choice "layer") run on one thread, got 2',
  );
});

function assertClose(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  floor = 1e-30,
): void {
  const error = relativeError(actual, expected, floor);
  assert(error <= 1e-4, `${what}: relative error ${error}`);
}
