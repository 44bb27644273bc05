import type { Plan } from "../model/mod.ts";
import { arrayNames } from "./shift_weights.ts";

/** Copies of all arrays of a plan: those that are trained, and the running statistics. */
export function readArrays(plan: Plan): Map<string, Float32Array> {
  return new Map(arrayNames(plan).map((name) => [name, plan.weights(name)]));
}

/** Writes arrays to a plan; its optimiser goes on as it was. */
export function writeArrays(plan: Plan, arrays: ReadonlyMap<string, ArrayLike<number>>): void {
  for (const [name, values] of arrays) plan.setWeights(name, values);
}
