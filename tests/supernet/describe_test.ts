import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { cost } from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { compile, forecast } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { describeSupernet, discretise, pathGates, supernetOf } from "naskit/supernet/mod.ts";
import { batchFor } from "../model/plan/support/noise.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
const { graph, pathOf } = supernetOf(space);
const optimiser = { kind: "sgd", momentum: 0.9 } as const;

Deno.test("memory is told to the byte before anything runs, of all branches and of a path", () => {
  const batch = batchFor(graph, 16, "noise", 10);
  const path = pathOf(space.sample(createRng("arch")));
  const description = describeSupernet(graph, { batch: 16, optimiser, path });
  for (
    const [gates, { bytes }] of [
      [pathGates(graph, path), description.path],
      [new Map(), description.mixture],
    ] as const
  ) {
    const plan = compile(graph, { batch: 16, training: true, optimiser });
    plan.setGates(gates);
    plan.trainStep(batch, { learningRate: 0.1 });
    assertEquals(bytes.total, plan.bytes);
    assertLess(bytes.weights + bytes.gradients + bytes.optimiser + bytes.values, plan.bytes + 1);
    plan.dispose();
  }
});

Deno.test("a path takes the operations of its own network, and the heaviest is told of", () => {
  const training = { batch: 4, training: true, optimiser };
  const path = pathOf(space.sample(createRng("another arch")));
  const own = forecast(discretise(graph, path), training);
  const { path: single } = describeSupernet(graph, { batch: 4, optimiser, path });
  assertEquals(single.calls, own.steps.length);
  assertEquals(single.flops, own.steps.reduce((sum, { flops }) => sum + flops, 0));
  const { path: heaviest, mixture, ...rest } = describeSupernet(graph, { batch: 4, optimiser });
  const convolutions = pathOf(space.fromChoices([3, 3, 3, 3, 3, 3]));
  assertEquals(heaviest, describeSupernet(graph, { batch: 4, optimiser, path: convolutions }).path);
  assertGreater(mixture.flops, heaviest.flops);
  const { params, macs } = cost(graph);
  assertEquals(rest, { nodes: graph.nodes.length, choices: 6, paths: 15_625n, params, macs });
});

Deno.test("times are told where the machine's peak is", () => {
  const peak = { gflops: 1, bandwidth: 1, cacheBandwidth: 1e9 };
  const { mixture } = describeSupernet(graph, { batch: 4, peak });
  assertEquals(Math.abs(mixture.milliseconds! * 1e6 / mixture.flops - 1) < 1e-6, true);
});
