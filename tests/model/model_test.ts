import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { createRng } from "naskit/engine/rng.ts";
import { tf } from "naskit/engine/tf.ts";
import { cost } from "naskit/cost/mod.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import { buildModel, loadModel, type Model, saveModel } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";

const space = nasBench201({ channels: 3, cellsPerStage: 1, size: 8, inputChannels: 1 });
const graph = space.lower(space.fromChoices([3, 2, 4, 1, 0, 3]));

function logitsOf(model: Model): Float32Array {
  return tf.tidy(() => {
    const x = tf.tensor4d(Float32Array.from({ length: 128 }, (_, i) => Math.sin(i)), [2, 8, 8, 1]);
    return model.forward(x).dataSync() as Float32Array;
  });
}

Deno.test("a model has as many weights as its graph costs, and frees them all", () => {
  const before = tf.memory().numTensors;
  const model = buildModel(graph, { rng: createRng("a") });
  const numbers = [...model.params.values()].reduce((sum, { size }) => sum + size, 0);
  assertEquals(numbers, cost(graph).params);
  logitsOf(model);
  model.dispose();
  model.dispose();
  assertEquals(tf.memory().numTensors, before);
  assertThrows(() => logitsOf(model), TypeError, "it was disposed of");
});

Deno.test("weights follow from the seed, each array on its own", () => {
  const of = (seed: string) => {
    const model = buildModel(graph, { rng: createRng(seed) });
    const first = model.params.get("stem.conv.weight")!.dataSync().slice();
    const last = model.params.get("head.linear.weight")!.dataSync().slice();
    model.dispose();
    return { first, last };
  };
  assertEquals(of("a"), of("a"));
  assertNotEquals(of("a").first, of("b").first);
  const other = buildModel(space.lower(space.fromChoices([0, 0, 0, 3, 0, 0])), {
    rng: createRng("a"),
  });
  assertEquals(other.params.get("head.linear.weight")!.dataSync().slice(), of("a").last);
  other.dispose();
});

Deno.test("initialisers draw with the variance that their papers state", () => {
  const net = new GraphBuilder([4, 4, 16]);
  const wide = net.build(net.add("conv", { op: "conv", kernel: 3, channels: 64 }, net.input));
  const fanIn = 9 * 16;
  const variances = {
    heNormal: 2 / fanIn,
    torchDefault: 1 / (3 * fanIn),
    glorotUniform: 2 / (fanIn + 9 * 64),
    standardNormal: 1,
  } as const;
  for (const [init, variance] of Object.entries(variances)) {
    const model = buildModel(wide, { rng: createRng("v"), init: init as keyof typeof variances });
    const values = [...model.params.get("conv.weight")!.dataSync()];
    const found = values.reduce((sum, v) => sum + v * v, 0) / values.length;
    assertAlmostEquals(found / variance, 1, 0.05, init);
    model.dispose();
  }
  assertThrows(
    () => buildModel(wide, { rng: createRng("v"), init: "zeros" as "heNormal" }),
    RangeError,
    'init must be one of heNormal, torchDefault, glorotUniform, standardNormal, got "zeros"',
  );
});

Deno.test("running statistics approach the data's, by the momentum", () => {
  const net = new GraphBuilder([3, 3, 2]);
  const normed = net.build(net.add("bn", { op: "batchNorm", momentum: 0.25 }, net.input));
  const model = buildModel(normed, { rng: createRng("a") });
  const images = Float32Array.from({ length: 4 * 9 * 2 }, (_, i) => i % 2 === 0 ? i : -3);
  const even = images.filter((_, i) => i % 2 === 0);
  const mean = even.reduce((a, b) => a + b) / even.length;
  const variance = even.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (even.length - 1);
  tf.tidy(() => {
    const x = tf.tensor4d(images, [4, 3, 3, 2]);
    model.forward(x, { statistics: "batch" });
    assertEquals([...model.statistics.get("bn.mean")!.dataSync()], [0, 0]);
    model.forward(x, { statistics: "batch", updateStatistics: true });
  });
  const [first, second] = model.statistics.get("bn.mean")!.dataSync();
  assertAlmostEquals(first!, 0.25 * mean, 1e-4);
  assertAlmostEquals(second!, 0.25 * -3, 1e-6);
  const [spread, none] = model.statistics.get("bn.variance")!.dataSync();
  assertAlmostEquals(spread!, 0.75 + 0.25 * variance, 1e-2);
  assertAlmostEquals(none!, 0.75, 1e-6);
  model.dispose();
});

Deno.test("a tap sees every node's value in order", () => {
  const model = buildModel(graph, { rng: createRng("a") });
  const seen: [string, number[]][] = [];
  tf.tidy(() => {
    model.forward(tf.ones([2, 8, 8, 1]), { tap: (node, { shape }) => seen.push([node, shape]) });
  });
  assertEquals(seen, graph.nodes.map(({ name }) => [name, [2, ...model.shapes.get(name)!]]));
  model.dispose();
});

Deno.test("images of another size are refused", () => {
  const model = buildModel(graph, { rng: createRng("a") });
  assertThrows(
    () => tf.tidy(() => model.forward(tf.ones([2, 9, 8, 1]))),
    RangeError,
    "images must be [batch, 8, 8, 1], got [2, 9, 8, 1]",
  );
  model.dispose();
});

Deno.test("a saved model comes back with its weights and statistics", async () => {
  const folder = await Deno.makeTempDir();
  const model = buildModel(graph, { rng: createRng("a") });
  tf.tidy(() => {
    const x = tf.randomNormal([4, 8, 8, 1], 1, 2, "float32", 7) as tf.Tensor4D;
    model.forward(x, { statistics: "batch", updateStatistics: true });
  });
  await saveModel(model, `${folder}/deep/model`);
  const before = tf.memory().numTensors;
  const loaded = await loadModel(`${folder}/deep/model`);
  assertEquals(loaded.graph, graph);
  assertEquals(logitsOf(loaded), logitsOf(model));
  loaded.dispose();
  assertEquals(tf.memory().numTensors, before);
  model.dispose();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a damaged model file is refused by name, and nothing leaks", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/model`;
  const model = buildModel(graph, { rng: createRng("a") });
  await saveModel(model, path);
  const before = tf.memory().numTensors;
  const json = await Deno.readTextFile(`${path}.json`);
  const bytes = await Deno.readFile(`${path}.bin`);

  await Deno.writeFile(`${path}.bin`, bytes.slice(0, -3));
  await assertRejects(
    () => loadModel(path),
    SyntaxError,
    `${path}.bin must hold ${bytes.length} bytes, got ${bytes.length - 3}`,
  );
  await Deno.writeFile(`${path}.bin`, bytes.with(5, (bytes[5]! + 1) % 256));
  await assertRejects(() => loadModel(path), SyntaxError, "is not the file");
  await Deno.writeFile(`${path}.bin`, bytes);
  await Deno.writeTextFile(`${path}.json`, json.slice(0, -20));
  await assertRejects(() => loadModel(path), SyntaxError, `${path}.json is not JSON`);
  await Deno.writeTextFile(`${path}.json`, '{"format":"other"}');
  await assertRejects(() => loadModel(path), SyntaxError, 'got "other"');
  await Deno.writeTextFile(`${path}.json`, json.replace("stem.bn.gamma", "stem.bn.gamme"));
  await assertRejects(() => loadModel(path), SyntaxError, 'must list "stem.bn.gamma"');
  await Deno.writeTextFile(`${path}.json`, json.replace('"op":"relu"', '"op":"rely"'));
  await assertRejects(() => loadModel(path), RangeError, 'got "rely"');
  await assertRejects(() => loadModel(`${folder}/none`), Deno.errors.NotFound);
  assert(tf.memory().numTensors === before);
  model.dispose();
  await Deno.remove(folder, { recursive: true });
});
