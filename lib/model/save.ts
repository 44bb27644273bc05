import type { Graph } from "../graph/mod.ts";
import { inferShapes } from "../graph/mod.ts";
import { checksumOf, replaceFile } from "../engine/replace_file.ts";
import { tf } from "../engine/tf.ts";
import { type Model, modelFrom } from "./model.ts";

const FORMAT = "naskit-model-1";

interface Manifest {
  readonly format: string;
  readonly graph: Graph;
  readonly arrays: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** SHA-256 of the binary file, so that files of two saves are never taken for one. */
  readonly checksum: string;
}

/**
 * Saves a model as `path.json` (the graph and the names and shapes of its arrays) and `path.bin`
 * (their values, little-endian float32, one after another). Each file is put in place only when it
 * is written whole.
 *
 * @param path Where to, without an ending, e.g. `"runs/winner"`; missing folders are made.
 *
 * @example
 * ```ts
 * import { buildModel, createRng, loadModel, nasBench201, saveModel } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8 });
 * const model = buildModel(space.lower(space.sample(createRng("a"))), { rng: createRng("b") });
 * const folder = await Deno.makeTempDir();
 * await saveModel(model, `${folder}/winner`);
 * const loaded = await loadModel(`${folder}/winner`);
 * assertEquals(loaded.graph, model.graph);
 * model.dispose();
 * loaded.dispose();
 * ```
 */
export async function saveModel(model: Model, path: string): Promise<void> {
  const arrays = [...model.params, ...model.statistics];
  const values = await Promise.all(
    arrays.map(([, array]) => array.data() as Promise<Float32Array>),
  );
  const bytes = new Uint8Array(values.reduce((sum, { byteLength }) => sum + byteLength, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const array of values) {
    for (const value of array) {
      view.setFloat32(offset, value, true);
      offset += 4;
    }
  }
  const manifest: Manifest = {
    format: FORMAT,
    graph: model.graph,
    arrays: arrays.map(([name, { shape }]) => ({ name, shape })),
    checksum: await checksumOf(bytes),
  };
  await replaceFile(`${path}.bin`, bytes);
  await replaceFile(`${path}.json`, new TextEncoder().encode(JSON.stringify(manifest)));
}

/**
 * Loads what {@linkcode saveModel} saved. The caller owns the model.
 *
 * @throws {SyntaxError} When a file is not of that form or cut short, naming it.
 */
export async function loadModel(path: string): Promise<Model> {
  const { graph, arrays, checksum } = readManifest(
    await Deno.readTextFile(`${path}.json`),
    `${path}.json`,
  );
  const bytes = await Deno.readFile(`${path}.bin`);
  const sizes = arrays.map(({ shape }) => shape.reduce((product, side) => product * side, 1));
  const expected = 4 * sizes.reduce((sum, size) => sum + size, 0);
  if (bytes.byteLength !== expected) {
    throw new SyntaxError(
      `Cannot load model: ${path}.bin must hold ${expected} bytes, got ${bytes.byteLength}`,
    );
  }
  if (await checksumOf(bytes) !== checksum) {
    throw new SyntaxError(`Cannot load model: ${path}.bin is not the file ${path}.json belongs to`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const values = new Map<string, Float32Array>();
  let offset = 0;
  arrays.forEach(({ name }, index) => {
    const array = new Float32Array(sizes[index] as number);
    for (let i = 0; i < array.length; i++, offset += 4) array[i] = view.getFloat32(offset, true);
    values.set(name, array);
  });
  const take = (name: string, size: number): Float32Array => {
    const array = values.get(name);
    if (array?.length !== size) {
      throw new SyntaxError(
        `Cannot load model: ${path}.json must list "${name}" with ${size} numbers, got ${
          array?.length ?? "none"
        }`,
      );
    }
    return array;
  };
  const model = modelFrom(
    graph,
    (name, { shape }) => take(name, shape.reduce((product, side) => product * side, 1)),
  );
  try {
    for (const [name, variable] of model.statistics) {
      tf.tidy(() => variable.assign(tf.tensor(take(name, variable.size), variable.shape)));
    }
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

function readManifest(text: string, file: string): Manifest {
  let manifest: Partial<Manifest> | null;
  try {
    manifest = JSON.parse(text);
  } catch {
    throw new SyntaxError(`Cannot load model: ${file} is not JSON (cut short?)`);
  }
  const { format, graph, arrays, checksum } = manifest ?? {};
  const isWhole = Array.isArray(graph?.nodes) && Array.isArray(arrays) && checksum !== undefined;
  if (format !== FORMAT || !isWhole) {
    throw new SyntaxError(
      `Cannot load model: ${file} must be of format "${FORMAT}", got ${JSON.stringify(format)}`,
    );
  }
  inferShapes(graph);
  return { format, graph, arrays, checksum };
}
