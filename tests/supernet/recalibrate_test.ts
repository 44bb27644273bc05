import { assertEquals, assertLess, assertNotEquals, assertRejects } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import { compile, liveNodes, type Plan } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import {
  discretise,
  inheritWeights,
  pathGates,
  recalibrate,
  supernetOf,
} from "naskit/supernet/mod.ts";
import { batchFor } from "../model/plan/support/noise.ts";
import { relativeError } from "../support/tape.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
const supernet = supernetOf(space);
const batches = [batchFor(supernet.graph, 8, "one", 10), batchFor(supernet.graph, 4, "two", 10)];

/** What each norm that runs reads, and the names of its statistics. */
function normsOf(path: ReturnType<typeof supernet.pathOf>) {
  return liveNodes(discretise(supernet.graph, path)).flatMap((node) =>
    node.op === "batchNorm" ? [{ name: node.name, reads: node.inputs[0]! }] : []
  );
}

/** A channel's mean and unbiased variance, number by number. */
function moments(values: Float32Array, channels: number): [mean: number[], variance: number[]] {
  const rows = values.length / channels;
  const at = (channel: number) =>
    Array.from({ length: rows }, (_, i) => values[i * channels + channel]!);
  const all = Array.from({ length: channels }, (_, channel) => at(channel));
  const means = all.map((column) => column.reduce((a, b) => a + b) / rows);
  const variances = all.map((column, c) =>
    column.reduce((sum, value) => sum + (value - means[c]!) ** 2, 0) / (rows - 1)
  );
  return [means, variances];
}

function supernetPlan(): Plan {
  const plan = compile(supernet.graph, { batch: 8 });
  plan.initialise({ rng: createRng("weights") });
  return plan;
}

Deno.test("a path's statistics are those of its own network, which are those of what its norms read", async () => {
  const rng = createRng("paths");
  for (let i = 0; i < 4; i++) {
    const path = supernet.pathOf(space.sample(rng)), norms = normsOf(path);
    const plan = supernetPlan();
    plan.setGates(pathGates(supernet.graph, path));
    const keep = norms.map(({ reads }) => reads);
    const network = compile(discretise(supernet.graph, path), { batch: 8, keep });
    inheritWeights(network, plan);
    await recalibrate(plan, batches);
    await recalibrate(network, batches);
    const seen = batches.map(({ images }) => {
      network.forward(images, { statistics: "batch" });
      return new Map(keep.map((node) => [node, network.activation(node)]));
    });
    for (const { name, reads } of norms) {
      const channels = plan.shapes.get(name)!.at(-1)!;
      const [one, two] = seen.map((values) => moments(values.get(reads)!, channels));
      ["mean", "variance"].forEach((what, k) => {
        const found = plan.weights(`${name}.${what}`);
        assertEquals(found, network.weights(`${name}.${what}`), name);
        // The first batch has twice as many images.
        const expected = one![k]!.map((value, c) => (2 * value + two![k]![c]!) / 3);
        assertLess(relativeError(found, expected, 0.1), 1e-5, `${name}.${what}`);
      });
    }
    network.dispose();
    plan.dispose();
  }
});

Deno.test("norms of other paths keep their statistics, and weights stay", async () => {
  const plan = supernetPlan(), path = supernet.pathOf(space.fromChoices([3, 1, 3, 1, 0, 2]));
  const own = new Set(normsOf(path).map(({ name }) => name));
  plan.setGates(pathGates(supernet.graph, path));
  const weight = plan.weights("stem.conv.weight");
  await recalibrate(plan, batches);
  const others = supernet.graph.nodes.filter(({ op, name }) =>
    op === "batchNorm" && !own.has(name)
  );
  assertEquals(others.length > 20, true);
  for (const { name } of others) {
    assertEquals(new Set(plan.weights(`${name}.mean`)), new Set([0]), name);
    assertEquals(new Set(plan.weights(`${name}.variance`)), new Set([1]), name);
  }
  assertEquals(plan.weights("stem.conv.weight"), weight);
  plan.dispose();
});

Deno.test("a norm's own momentum changes nothing, and one without any keeps its statistics", async () => {
  const net = new GraphBuilder([5, 5, 2]);
  const norms = [0.1, 0.3, 1, 0].map((momentum, i) =>
    net.add(`norm${i}`, { op: "batchNorm", momentum }, net.input)
  );
  const sum = net.add("sum", { op: "add" }, ...norms);
  const graph = net.build(
    net.add("head", { op: "linear", features: 2 }, net.add("pool", { op: "globalAvgPool" }, sum)),
  );
  const plan = compile(graph, { batch: 8 });
  plan.initialise({ rng: createRng("weights") });
  await recalibrate(plan, [batchFor(graph, 8, "one"), batchFor(graph, 4, "two")]);
  for (const what of ["mean", "variance"]) {
    const [own, ...others] = [0, 1, 2].map((i) => plan.weights(`norm${i}.${what}`));
    for (const other of others) assertLess(relativeError(other, own!, 0.1), 1e-5);
    const kept = plan.weights(`norm3.${what}`);
    assertEquals(kept, kept.map(() => Number(what === "variance")));
    assertNotEquals(own, kept);
  }
  plan.dispose();
});

Deno.test("statistics are as they were when a batch does not fit, or there is none", async () => {
  const plan = supernetPlan();
  await recalibrate(plan, batches);
  const before = plan.weights("stem.bn.variance");
  const bad = { images: new Float32Array(7) };
  await assertRejects(() => recalibrate(plan, [batches[1]!, bad]), RangeError);
  assertEquals(plan.weights("stem.bn.variance"), before);
  await assertRejects(
    () => recalibrate(plan, []),
    RangeError,
    "Cannot recalibrate: batches must hold some, got none",
  );
  assertEquals(plan.weights("stem.bn.variance"), before);
  plan.dispose();
});
