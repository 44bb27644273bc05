import { tf } from "../engine/tf.ts";
import type { Model, Plan } from "../model/mod.ts";

/** Copies of a network's trained arrays and running statistics, by name in the order of the model. */
export type WeightSnapshot = ReadonlyMap<string, Float32Array>;

/** The names of all arrays of a model. */
export function arrayNames(model: Model): readonly string[] {
  return [...model.params.keys(), ...model.statistics.keys()];
}

/** Copies arrays of a plan. */
export function takeSnapshot(plan: Plan, names: readonly string[]): WeightSnapshot {
  return new Map(names.map((name) => [name, plan.weights(name)]));
}

/** Writes arrays to a plan; its optimiser goes on as it was. */
export function putSnapshot(plan: Plan, snapshot: WeightSnapshot): void {
  for (const [name, values] of snapshot) plan.setWeights(name, values);
}

/** Writes arrays to a model. */
export function storeSnapshot(snapshot: WeightSnapshot, { params, statistics }: Model): void {
  for (const [name, variable] of [...params, ...statistics]) {
    const values = snapshot.get(name) as Float32Array;
    // Sliced because tfjs may keep the array.
    tf.tidy(() => variable.assign(tf.tensor(values.slice(), variable.shape)));
  }
}
