import type { Graph, GraphNode } from "../../graph/mod.ts";

/** The nodes that the output reads, by whatever way, in order. */
export function reachedNodes({ nodes, output }: Graph): GraphNode[] {
  const reached = new Set([output]);
  const found = nodes.toReversed().filter((node) => {
    if (!reached.has(node.name)) return false;
    for (const input of node.inputs) reached.add(input);
    return true;
  });
  return found.reverse();
}
