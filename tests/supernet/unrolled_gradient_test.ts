import { assertAlmostEquals, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { choicesOf, type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { buildModel, compile, type Plan } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { supernetOf, unrolledGradient } from "naskit/supernet/mod.ts";
import { batchFor } from "../model/plan/support/noise.ts";
import { runTape } from "../support/tape.ts";
import { exactUnrolled } from "./support/exact_unrolled.ts";
import {
  type ScalarLoss,
  scalarPlan,
  trainBatch as train,
  validationBatch as validation,
} from "./support/quadratic_plan.ts";

const noBatches = { train, validation };

Deno.test("on a quadratic the second order is the closed form, where the first order is nothing", () => {
  // (w - gate)² / 2 in training, (w - c)² / 2 after it.
  const c = -0.4;
  const losses = {
    train: {
      loss: (w: number, gate: number) => (w - gate) ** 2 / 2,
      byWeight: (w: number, gate: number) => w - gate,
      byGate: (w: number, gate: number) => gate - w,
    },
    validation: {
      loss: (w: number) => (w - c) ** 2 / 2,
      byWeight: (w: number) => w - c,
      byGate: () => 0,
    },
  };
  for (const [w, gate, learningRate] of [[0.7, 0.2, 0.1], [-3, 1.5, 0.025], [2, 2, 1]] as const) {
    const plan = scalarPlan(losses, { w, gate });
    const ahead = w - learningRate * (w - gate);
    const { loss, gates } = unrolledGradient(plan, { ...noBatches, learningRate });
    assertAlmostEquals(gates.get("choice")![0]!, learningRate * (ahead - c), 1e-12);
    assertAlmostEquals(loss, (ahead - c) ** 2 / 2, 1e-12);
    assertEquals(plan.weights("w")[0] as number, w);
    assertEquals(plan.backward(validation).gates?.get("choice")?.[0], 0);
  }
});

Deno.test("half the distance has a quarter of the error", () => {
  const wave: ScalarLoss = {
    loss: (w, gate) => Math.sin(w * gate),
    byWeight: (w, gate) => gate * Math.cos(w * gate),
    byGate: (w, gate) => w * Math.cos(w * gate),
  };
  const w = 0.8,
    gate = 1.3,
    learningRate = 0.2,
    plan = scalarPlan(
      { train: wave, validation: wave },
      { w, gate },
    );
  const ahead = w - learningRate * wave.byWeight(w, gate);
  const mixed = Math.cos(w * gate) - w * gate * Math.sin(w * gate);
  const exact = wave.byGate(ahead, gate) - learningRate * mixed * wave.byWeight(ahead, gate);
  const errors = [0.4, 0.2, 0.1, 0.05].map((distance) => {
    const { gates } = unrolledGradient(plan, { ...noBatches, learningRate, distance });
    return Math.abs(gates.get("choice")![0]! - exact);
  });
  for (let i = 1; i < errors.length; i++) {
    assertAlmostEquals(errors[i - 1]! / errors[i]!, 4, 0.15);
  }
});

Deno.test("where the loss after the step does not depend on the weights the first order is all there is", () => {
  const byBoth: ScalarLoss = {
    loss: (w, gate) => w * gate,
    byWeight: (_, gate) => gate,
    byGate: (w) => w,
  };
  const byGate: ScalarLoss = { loss: (_, gate) => 3 * gate, byWeight: () => 0, byGate: () => 3 };
  const plan = scalarPlan({ train: byBoth, validation: byGate }, { w: 0.3, gate: 0.1 });
  const { gates } = unrolledGradient(plan, { ...noBatches, learningRate: 0.1 });
  assertEquals(gates.get("choice")![0], 3);
});

Deno.test("short of the next kink a difference sees none, over many it sees what they add up to", () => {
  // Ramps that begin 0.01 apart from -1 to 1, which together are nearly the parabola (w - gate + 1)² / 2.
  const kinks = Array.from({ length: 200 }, (_, i) => -0.995 + i / 100);
  const sum = (of: (kink: number) => number) => kinks.reduce((total, k) => total + of(k), 0) / 100;
  const ramps: ScalarLoss = {
    loss: (w, gate) => sum((kink) => Math.max(w - gate - kink, 0)),
    byWeight: (w, gate) => sum((kink) => Number(w - gate > kink)),
    byGate: (w, gate) => -sum((kink) => Number(w - gate > kink)),
  };
  const after: ScalarLoss = { loss: (w) => w, byWeight: () => 1, byGate: () => 0 };
  const plan = scalarPlan({ train: ramps, validation: after }, { w: 0.3, gate: 0.1 });
  const of = (distance: number) =>
    unrolledGradient(plan, { ...noBatches, learningRate: 0.1, distance }).gates.get("choice")![0]!;
  assertEquals(of(0.002), 0);
  // One kink to either side: each stands for 0.01, over 0.0055.
  assertAlmostEquals(of(0.0055), 0.1 * 0.02 / 0.011, 1e-12);
  assertAlmostEquals(of(0.1), 0.1, 1e-12);
  // Beyond the first and last of them there are no more.
  assertAlmostEquals(of(4), 0.025, 1e-12);
});

/** Convolutions and poolings between which is chosen, some of one choice; without kinks, which a difference jumps. */
function smallSupernet(seed: number): Graph {
  const rng = createRng(seed), net = new GraphBuilder([5, 5, 2]);
  const activation = rng.pick(["tanh", "swish", "sigmoid"] as const);
  let x = net.add("stem", { op: "conv", kernel: 3, channels: 3 }, net.input);
  const layers = 2 + rng.int(2);
  for (let layer = 0; layer < layers; layer++) {
    const branch = (name: string, op: Parameters<typeof net.add>[1]) => {
      const y = net.add(`${name}${layer}.op`, op, x);
      const z = net.add(`${name}${layer}.norm`, { op: "batchNorm" }, y);
      return net.add(`${name}${layer}.act`, { op: activation }, z);
    };
    const branches = [
      () => branch("conv", { op: "conv", kernel: 3, channels: 3 }),
      () => branch("depthwise", { op: "depthwise", kernel: 3 }),
      () => branch("pool", { op: "avgPool", kernel: 3, stride: 1, padding: 1 }),
      () => x,
      () => net.add(`zero${layer}`, { op: "zero" }, x),
    ];
    const some = rng.shuffle(branches).slice(0, 3).map((add) => add());
    x = net.add(`mixed${layer}`, { op: "mixed", choice: `choice ${rng.int(2)}` }, ...some);
  }
  const pooled = net.add("pool", { op: "globalAvgPool" }, x);
  return net.build(net.add("head", { op: "linear", features: 4 }, pooled));
}

const nb201 = supernetOf(nasBench201({ channels: 2, cellsPerStage: 1, size: 4 })).graph;

for (const seed of [1, 2, 3, 4, 5, 6]) {
  Deno.test(`the finite difference agrees with the exact slope on random supernet ${seed}`, () => {
    const graph = smallSupernet(seed);
    const { plan, momenta, model, gates } = inMotion(graph, seed);
    const [train, validation] = [batchFor(graph, 6, "train"), batchFor(graph, 6, "validation")];
    const task = { train, validation, learningRate: 0.1 };
    const exact = exactUnrolled({ ...task, ...sgd, model, gates, momenta });
    plan.setGates(gates);
    const found = unrolledGradient(plan, task).gates;
    const first = plan.backward(validation, { weights: false }).gates!;
    const flat = (map: ReadonlyMap<string, Float64Array>) =>
      [...exact.keys()].flatMap((k) => [...map.get(k)!]);
    assertGreater(cosine(flat(found), flat(exact)), 0.9999);
    // What the second order adds, by itself.
    const added = (map: ReadonlyMap<string, Float64Array>) =>
      flat(map).map((each, i) => each - flat(first)[i]!);
    assertGreater(cosine(added(found), added(exact)), 0.999);
    plan.dispose();
    model.dispose();
  });
}

const sgd = { momentum: 0.9, weightDecay: 3e-2 };

/** A plan that has taken two steps, a model with the same weights, and the momenta by the tape. */
function inMotion(graph: Graph, seed: string | number) {
  const rng = createRng(seed);
  const gates = new Map([...choicesOf(graph)].map(([choice, inputs]) => {
    const exps = Array.from({ length: inputs }, () => Math.exp(0.5 * rng.normal()));
    const sum = exps.reduce((a, b) => a + b);
    return [choice, exps.map((each) => each / sum)];
  }));
  const model = buildModel(graph, { rng, init: "torchDefault" });
  const plan = compile(graph, { batch: 6, training: true, optimiser: { kind: "sgd", ...sgd } });
  plan.load(model);
  plan.setGates(gates);
  const momenta = new Map(
    [...model.params].map(([name, { size }]) => [name, new Float64Array(size)]),
  );
  for (let step = 0; step < 2; step++) {
    const batch = batchFor(graph, 6, `${seed} ${step}`);
    plan.store(model);
    const { gradients } = runTape(model, batch, "batch", { gates });
    for (const [name, momentum] of momenta) {
      const w = model.params.get(name)!.dataSync(), slope = gradients.get(name);
      momentum.forEach((old, i) => {
        momentum[i] = sgd.momentum * old + (slope?.[i] ?? 0) + sgd.weightDecay * w[i]!;
      });
    }
    plan.trainStep(batch, { learningRate: 0.05 });
  }
  plan.store(model);
  return { plan, model, gates, momenta };
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = a.reduce((sum, each, i) => sum + each * b[i]!, 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b));
}

/** All that a step changes. */
function everythingOf(plan: Plan): unknown {
  const norms = plan.graph.nodes.filter(({ op }) => op === "batchNorm");
  const names = [
    ...plan.params.keys(),
    ...norms.flatMap(({ name }) => [`${name}.mean`, `${name}.variance`]),
  ];
  return [names.map((name) => plan.weights(name)), plan.optimiserState(), plan.gates];
}

Deno.test("weights, statistics and optimiser are afterwards to the last bit as they were", () => {
  const { plan, model } = inMotion(nb201, "bits");
  const batches = { train: batchFor(nb201, 6, 1), validation: batchFor(nb201, 6, 2) };
  const before = everythingOf(plan);
  unrolledGradient(plan, { ...batches, learningRate: 0.3 });
  assertEquals(everythingOf(plan), before);
  // Also where something goes wrong on the way.
  const wrong = { ...batches.validation, labels: Int32Array.of(0) };
  assertThrows(
    () => unrolledGradient(plan, { train: batches.train, validation: wrong, learningRate: 0.3 }),
    RangeError,
  );
  assertEquals(everythingOf(plan), before);
  plan.dispose();
  model.dispose();
});

Deno.test("what cannot be looked ahead with is refused", () => {
  const plan = compile(nb201, { batch: 6, training: true });
  const task = {
    train: batchFor(nb201, 6, 1),
    validation: batchFor(nb201, 6, 2),
    learningRate: 0.1,
  };
  assertThrows(
    () => unrolledGradient(plan, { ...task, distance: 0 }),
    RangeError,
    "Cannot look ahead: distance must be above 0, got 0",
  );
  plan.dispose();
  const net = new GraphBuilder([5, 5, 2]);
  const graph = net.build(
    net.add(
      "head",
      { op: "linear", features: 4 },
      net.add("pool", { op: "globalAvgPool" }, net.input),
    ),
  );
  const plain = compile(graph, { batch: 1, training: true });
  assertThrows(() => unrolledGradient(plain, task), RangeError, "must have choices, got none");
  plain.dispose();
});
