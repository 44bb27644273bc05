import type { Rng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import type { Graph } from "naskit/graph/mod.ts";
import { buildModel, type Model } from "naskit/model/mod.ts";

/** A model whose every array is drawn, biases, batch norms and their statistics as well. */
export function settled(graph: Graph, rng: Rng, spread = 1): Model {
  const model = buildModel(graph, { rng });
  for (const [name, array] of [...model.params, ...model.statistics]) {
    if (name.endsWith(".weight")) continue;
    const draws = rng.split(name);
    const [least, most] = name.endsWith(".variance") ? [0.5, 2] : [-0.5 * spread, 0.5 * spread];
    const middle = name.endsWith(".gamma") ? spread : 0;
    const values = Float32Array.from(
      { length: array.size },
      () => middle + least! + (most! - least!) * draws(),
    );
    tf.tidy(() => array.assign(tf.tensor(values, array.shape)));
  }
  return model;
}
