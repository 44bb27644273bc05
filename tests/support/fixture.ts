import type { Batch } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { buildModel, type Model } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";

/** The values that an independent implementation gives for a network; see the fixtures' README. */
export interface Expected {
  readonly logits: readonly (readonly number[])[];
  readonly loss: number;
  readonly grad_norms: { readonly [param: string]: number };
  readonly [name: string]: unknown;
}

/** A network with fixed weights, a batch, and what it must give. The caller owns the model. */
export interface Fixture {
  readonly model: Model;
  readonly batch: Batch;
  readonly noise: Float32Array;
  readonly expected: Expected;
}

/** Reads a fixture file and builds the kit's own NAS-Bench-201 model with the file's weights. */
export async function loadFixture(path: string | URL): Promise<Fixture> {
  const file = JSON.parse(await Deno.readTextFile(path));
  const { channels, cellsPerStage, size, classes } = file;
  const space = nasBench201({ channels, cellsPerStage, size, classes });
  const model = buildModel(space.lower(space.decode(file.arch)), { rng: createRng("fixture") });
  const names = new Set<string>(file.params.map(({ name }: { name: string }) => name));
  if (names.size !== model.params.size) {
    throw new Error(`${path} has ${names.size} arrays, the model has ${model.params.size}`);
  }
  for (const { name, shape, f32 } of file.params) {
    const variable = model.params.get(name);
    if (variable === undefined) throw new Error(`${path}: the model has no array "${name}"`);
    tf.tidy(() => variable.assign(tf.tensor(decode(f32), shape)));
  }
  return {
    model,
    batch: { images: decode(file.x.f32), labels: Int32Array.from(file.y), shape: file.x.shape },
    noise: decode(file.noise.f32),
    expected: file.expected,
  };
}

function decode(base64: string): Float32Array {
  return new Float32Array(Uint8Array.fromBase64(base64).buffer);
}
