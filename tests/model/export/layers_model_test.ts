import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createRng, type Rng, tf } from "naskit/engine/mod.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { buildModel, exportLayersModel, type Model, toLayersModel } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { randomGraph } from "../../support/random_graph.ts";
import { relativeError } from "../../support/tape.ts";
import { alone, fromSpaces, imagesFor, ops } from "./support/networks.ts";
import { settled } from "./support/settled.ts";

/** The largest difference of what two models return, as a share of the largest number. */
function differenceOf(model: Model, layers: tf.LayersModel, rng: Rng): number {
  return tf.tidy(() => {
    const images = imagesFor(model, rng);
    const expected = model.forward(images), found = layers.predict(images) as tf.Tensor;
    assertEquals(found.shape, expected.shape);
    return relativeError(found.dataSync(), expected.dataSync(), 0.1);
  });
}

/** Whether a pool is padded further than TensorFlow pads any. */
function hasFarPadding(graph: Graph): boolean {
  return graph.nodes.some((node) =>
    (node.op === "avgPool" || node.op === "maxPool") &&
    (node.padding ?? 0) > Math.floor((node.kernel - 1) / 2)
  );
}

for (let part = 0; part < 4; part++) {
  Deno.test(`layers return what random networks return (${part})`, () => {
    const rng = createRng(Deno.env.get("NASKIT_EXPORT_SEED") ?? "layers").split(part);
    for (let i = 0; i < 12; i++) {
      const graph = randomGraph(rng.split(i));
      const model = settled(graph, rng.split(`weights ${i}`));
      if (hasFarPadding(graph)) {
        assertThrows(() => toLayersModel(model), RangeError, "padding of node");
      } else {
        const layers = toLayersModel(model);
        const difference = differenceOf(model, layers, rng.split(`images ${i}`));
        assert(difference < 1e-4, `${part}.${i}: ${difference}`);
        layers.dispose();
      }
      model.dispose();
    }
  });
}

Deno.test("each op alone returns what its layers return", () => {
  const rng = createRng("ops");
  for (const op of ops) {
    const model = settled(alone(op), rng.split("weights"), 4);
    const layers = toLayersModel(model);
    const difference = differenceOf(model, layers, rng.split(JSON.stringify(op)));
    assert(difference < 1e-5, `${JSON.stringify(op)}: ${difference}`);
    layers.dispose();
    model.dispose();
  }
});

Deno.test("networks of the kit's spaces come out", () => {
  const rng = createRng("spaces");
  for (const graph of fromSpaces(rng)) {
    const model = settled(graph, rng.split(graph.nodes.length));
    const layers = toLayersModel(model);
    assert(differenceOf(model, layers, rng) < 1e-4);
    layers.dispose();
    model.dispose();
  }
});

Deno.test("a page loads the files over HTTP and gets the same logits, to the last bit", async () => {
  const folder = await Deno.makeTempDir();
  const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
  const model = settled(space.lower(space.fromChoices([3, 1, 4, 2, 3, 3])), createRng("w"));
  await exportLayersModel(model, `${folder}/site/model`);
  const server = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    const path = new URL(request.url).pathname;
    return new Response(await Deno.readFile(`${folder}/site${path}`));
  });
  const loaded = await tf.loadLayersModel(
    `http://localhost:${(server.addr as Deno.NetAddr).port}/model/model.json`,
  );
  await server.shutdown();
  const made = toLayersModel(model);
  const images = imagesFor(model, createRng("images"));
  tf.tidy(() => {
    const [a, b] = [loaded, made].map((layers) =>
      (layers.predict(images) as tf.Tensor).dataSync().slice()
    );
    assertEquals(a, b);
  });
  assertEquals([...Deno.readDirSync(`${folder}/site/model`)].map(({ name }) => name).sort(), [
    "model.json",
    "weights.bin",
  ]);
  images.dispose();
  for (const each of [loaded, made, model]) each.dispose();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("nothing is left of what has no layers", async () => {
  const net = new GraphBuilder([4, 4, 1]);
  const conv = net.add("conv", { op: "conv", kernel: 3, channels: 2 }, net.input);
  const graph = net.build(net.add("pool", { op: "maxPool", kernel: 2, padding: 1 }, conv));
  const model = buildModel(graph, { rng: createRng("a") });
  const before = tf.memory().numTensors;
  const folder = await Deno.makeTempDir();
  const message = 'padding of node "pool" (maxPool) must be at most 0 with kernel 2, got 1';
  assertThrows(() => toLayersModel(model), RangeError, message);
  await assertRejects(() => exportLayersModel(model, folder), RangeError, message);
  assertEquals([...Deno.readDirSync(folder)], []);
  assertEquals(tf.memory().numTensors, before);
  model.dispose();
  await Deno.remove(folder);
});
