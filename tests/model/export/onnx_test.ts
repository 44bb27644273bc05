import { assert, assertEquals } from "@std/assert";
import { createRng, tf } from "naskit/engine/mod.ts";
import { buildModel, exportOnnx } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { decodeOnnx } from "../../../lib/model/export/onnx_proto.ts";
import { digestOf, onnxNetworks } from "./support/networks.ts";

Deno.test("files are those that ONNX Runtime returned the right values for", async () => {
  const before = tf.memory().numTensors;
  const folder = await Deno.makeTempDir();
  const digests: { [name: string]: string } = {};
  for (const { name, model } of onnxNetworks()) {
    await exportOnnx(model, `${folder}/deeper/${name}.onnx`);
    digests[name] = await digestOf(`${folder}/deeper/${name}.onnx`);
    model.dispose();
  }
  await Deno.remove(folder, { recursive: true });
  const fixture = new URL("../../fixtures/onnx/digests.json", import.meta.url);
  assertEquals(digests, JSON.parse(await Deno.readTextFile(fixture)));
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("a file holds the network: its weights, and nodes that read what is there before them", async () => {
  const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
  const model = buildModel(space.lower(space.fromChoices([3, 1, 4, 2, 0, 3])), {
    rng: createRng("weights"),
  });
  const file = await Deno.makeTempFile({ suffix: ".onnx" });
  await exportOnnx(model, file);
  const { graph, opsetImport, irVersion } = decodeOnnx(await Deno.readFile(file));
  await Deno.remove(file);
  assertEquals([irVersion, opsetImport], [8, [{ domain: "", version: 14 }]]);
  const [input, output] = [graph.input[0]!, graph.output[0]!];
  assertEquals([input.name, output.name], ["images", "output"]);
  const [batch, ...sides] = input.type.tensorType.shape.dim;
  assertEquals([batch!.dimParam, ...sides.map(({ dimValue }) => dimValue)], ["count", 8, 8, 3]);
  const known = new Set(["images", ...graph.initializer.map(({ name }) => name)]);
  for (const node of graph.node) {
    for (const name of node.input) assert(known.has(name), `${node.name} reads ${name}`);
    for (const name of node.output) {
      assert(!known.has(name), `${name} comes twice`);
      known.add(name);
    }
  }
  assert(known.has("output"));
  for (const { name, dims, rawData } of graph.initializer) {
    assertEquals(rawData.length, 4 * dims.reduce((product, side) => product * side, 1), name);
  }
  for (const [name, array] of [...model.params, ...model.statistics]) {
    if (array.rank > 1) continue; // filters are turned
    const { rawData } = graph.initializer.find((each) => each.name === name)!;
    assertEquals(new Float32Array(rawData.slice().buffer), array.dataSync() as Float32Array, name);
  }
  model.dispose();
});
