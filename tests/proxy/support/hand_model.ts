import { createRng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import type { Graph } from "naskit/graph/mod.ts";
import { buildModel, type Model } from "naskit/model/mod.ts";

/** A model some of whose arrays are written by hand; the others are drawn. The caller owns it. */
export function handModel(
  graph: Graph,
  values: { readonly [param: string]: readonly number[] | Float32Array },
): Model {
  const model = buildModel(graph, { rng: createRng("hand model"), init: "torchDefault" });
  for (const [name, numbers] of Object.entries(values)) {
    const variable = model.params.get(name);
    if (variable === undefined) throw new Error(`the model has no array "${name}"`);
    tf.tidy(() => variable.assign(tf.tensor(Float32Array.from(numbers), variable.shape)));
  }
  return model;
}
