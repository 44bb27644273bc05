import type { OptimiserSlots } from "../plan/plan.ts";
import type { Morphism } from "./morphism.ts";

/**
 * What a child's optimiser is to remember in order to go on where its parent's stopped: each slot as
 * `inheritSlot` of the {@linkcode Morphism} has it, and as many steps. Of new arrays it remembers zeros. Adam
 * corrects its means for having begun at zero by the steps, which are the parent's: while its usual settings
 * hold, the first steps of new arrays are up to 6.6 times as long as a fresh Adam's.
 *
 * @param memory What the parent's optimiser remembers, as a plan or a training gives it.
 * @param morphism What leads to the child.
 * @throws {RangeError} When a trained array of the parent is missing or has another length.
 *
 * @example A copy that has half of the outgoing weight has half of the gradient
 * ```ts
 * import { GraphBuilder, inheritOptimiser, widen } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([1, 1, 1]);
 * net.add("x", { op: "flatten" }, net.input);
 * net.add("hidden", { op: "linear", features: 1, bias: false }, "x");
 * const graph = net.build(net.add("y", { op: "linear", features: 1, bias: false }, "hidden"));
 * const wider = widen(graph, { node: "hidden", channels: 2, duplicate: [0] });
 * const momenta = new Map([["hidden.weight", Float32Array.of(6)], ["y.weight", Float32Array.of(5)]]);
 * const { steps, slots } = inheritOptimiser({ steps: 3, slots: [momenta] }, wider);
 * assertEquals([...slots[0]!.get("hidden.weight")!], [3, 3]);
 * assertEquals([...slots[0]!.get("y.weight")!], [5, 5]);
 * assertEquals(steps, 3);
 * ```
 */
export function inheritOptimiser(
  { steps, slots }: OptimiserSlots,
  morphism: Morphism,
): OptimiserSlots {
  // The first slot is of gradients, a second one of their squares.
  return { steps, slots: slots.map((slot, i) => morphism.inheritSlot(slot, i === 0 ? 1 : 2)) };
}
