import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { fitLatency, latencyUnits, predictLatency } from "naskit/cost/mod.ts";
import { createRng, heapInUse, type Progress } from "naskit/engine/mod.ts";
import {
  checkLatency,
  loadLatencyTable,
  measureLatency,
  saveLatencyTable,
} from "naskit/estimate/mod.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { compile } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
const graphs = [[3, 1, 2, 4, 0, 3], [2, 2, 1, 3, 4, 1], [0, 0, 0, 0, 0, 0]]
  .map((choices) => space.lower(space.fromChoices(choices)));
const few = { repeats: 2, warmUp: 1, rounds: 2 };

Deno.test("measureLatency() measures every op and shape of the networks once", async () => {
  const { table, networks, meanError } = await measureLatency(graphs, few);
  const units = graphs.flatMap((graph) => latencyUnits(graph));
  assertEquals(new Set(Object.keys(table.entries)), new Set(units.map(({ key }) => key)));
  for (const [key, entry] of Object.entries(table.entries)) {
    const same = units.filter((unit) => unit.key === key);
    assertEquals(entry.samples, 4 * same.length, key);
    assertEquals(entry.features, same[0]!.features);
    assert(entry.milliseconds >= 0 && entry.spread >= 0);
  }
  assertEquals([table.batch, networks.length], [1, 3]);
  assert(table.overhead >= 0);
  graphs.forEach((graph, i) => {
    const { milliseconds, predicted, relativeError } = networks[i]!;
    assertEquals(predicted, predictLatency(graph, table));
    assertAlmostEquals(relativeError, predicted / milliseconds - 1, 1e-12);
  });
  const errors = networks.map(({ relativeError }) => Math.abs(relativeError));
  assertAlmostEquals(meanError, errors.reduce((a, b) => a + b) / 3, 1e-12);
});

/** A network with no two nodes of one key. */
function mixed(): Graph {
  const net = new GraphBuilder([8, 8, 3]);
  let x = net.add("a", { op: "conv", kernel: 3, channels: 4 }, net.input);
  x = net.add("taken", { op: "relu" }, x);
  x = net.add("b", { op: "depthwise", kernel: 3 }, x);
  const kept = net.add("kept", { op: "relu" }, x);
  x = net.add("c", { op: "conv", kernel: 1, channels: 4 }, kept);
  net.add("unread", { op: "avgPool", kernel: 3 }, x);
  x = net.add("same", { op: "identity" }, x);
  x = net.add("sum", { op: "add" }, x, kept);
  x = net.add("pool", { op: "globalAvgPool" }, x);
  return net.build(net.add("head", { op: "linear", features: 2 }, x));
}

Deno.test("the overhead is what a run takes beyond its ops", async () => {
  const { table, networks: [network] } = await measureLatency([mixed()], {
    repeats: 1,
    rounds: 1,
  });
  const ops = Object.values(table.entries).reduce((sum, each) => sum + each.milliseconds, 0);
  assertAlmostEquals(table.overhead, Math.max(0, network!.milliseconds - ops), 1e-12);
});

Deno.test("the ops that take time are those that a compiled network has steps for", () => {
  for (const graph of [...graphs, mixed()]) {
    const plan = compile(graph, { batch: 1 });
    const images = new Float32Array(8 * 8 * 3);
    const rows = plan.profile({ images, labels: new Int32Array(1) }, { repeats: 1 });
    plan.dispose();
    const timed = latencyUnits(graph).filter(({ key }) => !key.endsWith(" before convolutions"));
    assertEquals(timed.map(({ node }) => node.name), [...new Set(rows.map(({ node }) => node))]);
  }
});

Deno.test("checkLatency() judges a table and a predictor by networks as a whole", async () => {
  const { table } = await measureLatency(graphs, { ...few, batch: 3 });
  assertEquals(table.batch, 3);
  const byTable = await checkLatency(graphs.slice(0, 2), { ...few, model: table });
  assertEquals(byTable.networks.map(({ predicted }) => predicted), [
    predictLatency(graphs[0]!, table),
    predictLatency(graphs[1]!, table),
  ]);
  const predictor = fitLatency(table, { rng: createRng("fit"), holdOut: 0 });
  const byFit = await checkLatency(graphs, { ...few, model: predictor });
  assertEquals(byFit.networks[0]!.predicted, predictLatency(graphs[0]!, predictor));
  await assertRejects(
    () => checkLatency(graphs, { ...few, batch: 1, model: table }),
    RangeError,
    "batch must be the model's 3, got 1",
  );
  const unknown = space.lower(space.fromChoices([1, 1, 1, 1, 4, 2]));
  const small = { ...table, entries: {} };
  await assertRejects(
    () => checkLatency([unknown], { ...few, model: small }),
    RangeError,
    "has no ",
  );
  await checkLatency([unknown], { ...few, model: small, fallback: predictor });
});

Deno.test("a measurement tells how far it is, can be stopped, and frees its memory", async () => {
  const before = heapInUse();
  const seen: Progress[] = [];
  await measureLatency(graphs, { ...few, onProgress: (progress) => void seen.push(progress) });
  assertEquals(
    seen.map(({ done, total }) => [done, total]),
    [0, 1, 2, 3, 4, 5, 6].map((i) => [i, 6]),
  );
  const stop = new AbortController();
  const error = await assertRejects(() =>
    measureLatency(graphs, {
      ...few,
      signal: stop.signal,
      onProgress: ({ done }) => done === 2 ? stop.abort(new Error("enough")) : undefined,
    }), Error);
  assertEquals(error.message, "enough");
  assertEquals(heapInUse(), before);
});

Deno.test("measureLatency() takes networks whose output is an image", async () => {
  const net = new GraphBuilder([8, 8, 3]);
  const conv = net.add("conv", { op: "conv", kernel: 3, channels: 4 }, net.input);
  const graph = net.build(net.add("up", { op: "upsample", factor: 2 }, conv));
  const { table } = await measureLatency([graph], { ...few, batch: 2 });
  assertEquals(Object.keys(table.entries), [
    "conv 3x3, 4 on [8, 8, 3]",
    "upsample 2x, bilinear on [8, 8, 4]",
  ]);
});

Deno.test("measureLatency() refuses no networks and bad counts", async () => {
  await assertRejects(
    () => measureLatency([]),
    RangeError,
    "Cannot measure latency: graphs must hold at least one, got none",
  );
  for (const name of ["batch", "repeats", "rounds"] as const) {
    await assertRejects(
      () => measureLatency(graphs, { [name]: 0 }),
      RangeError,
      `Cannot measure latency: ${name} must be a whole number of at least 1, got 0`,
    );
  }
});

Deno.test("a measured table comes back from its file as it was", async () => {
  const { table } = await measureLatency(graphs.slice(0, 1), few);
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/latency.json`;
    await saveLatencyTable(path, table);
    assertEquals(await loadLatencyTable(path), table);
    const lines = (await Deno.readTextFile(path)).split("\n");
    assertEquals(lines.length, Object.keys(table.entries).length + 8);
    await Deno.writeTextFile(path, "[]");
    await assertRejects(() => loadLatencyTable(path), SyntaxError, "Cannot read latency table");
    await assertRejects(() => loadLatencyTable(`${folder}/none`), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
