import type { Graph } from "./graph.ts";

/**
 * The choices of a graph's `mixed` nodes, in the order in which they first come: how many inputs each is
 * between. A graph without such nodes has none.
 *
 * @example
 * ```ts
 * import { choicesOf, GraphBuilder } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([8, 8, 4]);
 * const conv = net.add("conv", { op: "conv", kernel: 3, channels: 4 }, net.input);
 * const graph = net.build(net.add("mixed", { op: "mixed", choice: "layer" }, net.input, conv));
 * assertEquals([...choicesOf(graph)], [["layer", 2]]);
 * ```
 */
export function choicesOf({ nodes }: Graph): Map<string, number> {
  return new Map(
    nodes.flatMap((node) =>
      node.op === "mixed" ? [[node.choice, node.inputs.length] as const] : []
    ),
  );
}
