import type { Plan } from "../model/mod.ts";
import { arrayNames } from "./shift_weights.ts";

/**
 * Gives a plan the weights and running statistics that another has under the same names: those of a path to
 * its own network, or of that back to the supernet.
 *
 * @param to Has all its arrays written, or none.
 * @param from Has arrays of these names and sizes, and may have more.
 * @throws {RangeError} When it lacks one, or has one of another size.
 *
 * @example
 * ```ts
 * import { compile, createRng, discretise, inheritWeights, nasBench201, supernetOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const { graph, pathOf } = supernetOf(space);
 * const supernet = compile(graph, { batch: 2 });
 * supernet.initialise({ rng: createRng("weights") });
 * const arch = space.sample(createRng("arch"));
 * const network = compile(discretise(graph, pathOf(arch)), { batch: 2 });
 * inheritWeights(network, supernet);
 * assertEquals(network.weights("stem.conv.weight"), supernet.weights("stem.conv.weight"));
 * supernet.dispose();
 * network.dispose();
 * ```
 */
export function inheritWeights(to: Plan, from: Plan): void {
  const arrays = arrayNames(to).map((name) => [name, from.weights(name)] as const);
  for (const [name, { length }] of arrays) {
    const wanted = to.weights(name).length;
    if (length === wanted) continue;
    throw new RangeError(
      `Cannot inherit weights: "${name}" must have ${wanted} numbers, got ${length}`,
    );
  }
  for (const [name, values] of arrays) to.setWeights(name, values);
}
