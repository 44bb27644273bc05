import type { Plan } from "../model/mod.ts";

/**
 * Moves a plan's weights along a direction: each array by `factor` times that of its name. Forward and back it
 * makes differences of gradients, of which second-order methods are made; {@linkcode keepWeights} puts the
 * weights back to the bit.
 *
 * @param plan The plan; nothing else of it changes.
 * @param direction Arrays by the names of parameters, such as gradients; those left out stay.
 * @param factor How far to go.
 * @throws {RangeError} When there is no such parameter, or sizes differ, or a number is not finite; arrays
 * before it have moved by then.
 *
 * @example
 * ```ts
 * import { compile, GraphBuilder, keepWeights, shiftWeights } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([1, 1, 2]);
 * const flat = net.add("flat", { op: "flatten" }, net.input);
 * const plan = compile(net.build(net.add("head", { op: "linear", features: 1 }, flat)), { batch: 1 });
 * const restore = keepWeights(plan);
 * shiftWeights(plan, new Map([["head.weight", [1, 2]]]), 0.5);
 * assertEquals([...plan.weights("head.weight")], [0.5, 1]);
 * restore();
 * assertEquals([...plan.weights("head.weight")], [0, 0]);
 * plan.dispose();
 * ```
 */
export function shiftWeights(
  plan: Plan,
  direction: ReadonlyMap<string, ArrayLike<number>>,
  factor: number,
): void {
  for (const [name, moves] of direction) {
    const values = plan.weights(name);
    if (moves.length !== values.length) {
      throw new RangeError(
        `Cannot shift weights: "${name}" has ${values.length} numbers, got ${moves.length}`,
      );
    }
    plan.setWeights(name, values.map((value, i) => value + factor * (moves[i] as number)));
  }
}

/**
 * Keeps copies of a plan's weights and running statistics.
 *
 * @returns What puts them back, as often as it is called. What the optimiser remembers is not among them.
 *
 * @example
 * ```ts
 * import { compile, createRng, keepWeights, nasBench201 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const plan = compile(space.lower(space.sample(createRng("arch"))), { batch: 1 });
 * plan.initialise({ rng: createRng("a") });
 * const restore = keepWeights(plan), before = plan.weights("stem.conv.weight");
 * plan.initialise({ rng: createRng("b") });
 * restore();
 * assertEquals(plan.weights("stem.conv.weight"), before);
 * plan.dispose();
 * ```
 */
export function keepWeights(plan: Plan): () => void {
  const kept = arrayNames(plan).map((name) => [name, plan.weights(name)] as const);
  return () => {
    for (const [name, values] of kept) plan.setWeights(name, values);
  };
}

/** The names of all arrays of a plan, weights and running statistics. */
export function arrayNames({ params, graph }: Plan): string[] {
  const norms = graph.nodes.filter(({ op }) => op === "batchNorm");
  return [...params.keys(), ...norms.flatMap(({ name }) => [`${name}.mean`, `${name}.variance`])];
}
