import { replaceFile } from "../../engine/replace_file.ts";
import { tf } from "../../engine/tf.ts";
import type { Model } from "../model.ts";
import { toLayersModel } from "./layers_model.ts";

/**
 * Writes a model as a page loads it with `tf.loadLayersModel(".../model.json")`, with TensorFlow.js and nothing
 * else: `model.json`, the layers, and `weights.bin` beside it, their weights. What it returns is what
 * {@linkcode toLayersModel}'s model returns, logits for a classifier: `tf.softmax` makes them probabilities.
 *
 * @param model The model.
 * @param folder Where to; missing folders are made.
 * @throws {RangeError} When a node has no counterpart.
 *
 * @example
 * ```ts
 * import { buildModel, createRng, exportLayersModel, nasBench201 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8 });
 * const model = buildModel(space.lower(space.sample(createRng("a"))), { rng: createRng("b") });
 * const folder = await Deno.makeTempDir();
 * await exportLayersModel(model, folder);
 * const { format } = JSON.parse(await Deno.readTextFile(`${folder}/model.json`));
 * assertEquals(format, "layers-model");
 * model.dispose();
 * ```
 */
export async function exportLayersModel(model: Model, folder: string): Promise<void> {
  const layers = toLayersModel(model);
  try {
    await layers.save(tf.io.withSaveHandler(async (artifacts) => {
      const { modelTopology, format, generatedBy, convertedBy, weightSpecs } = artifacts;
      const weights = new Uint8Array(tf.io.CompositeArrayBuffer.join(artifacts.weightData));
      const json = JSON.stringify({
        format,
        generatedBy,
        convertedBy,
        modelTopology,
        weightsManifest: [{ paths: ["weights.bin"], weights: weightSpecs }],
      });
      await replaceFile(`${folder}/weights.bin`, weights);
      await replaceFile(`${folder}/model.json`, new TextEncoder().encode(json));
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    }));
  } finally {
    layers.dispose();
  }
}
