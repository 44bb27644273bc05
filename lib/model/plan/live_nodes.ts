import type { Graph, GraphNode } from "../../graph/mod.ts";

/**
 * The nodes that a graph's output depends on, the output among them, in the order of the graph. A zero
 * depends on nothing; a plan runs no other nodes than these.
 *
 * @returns Nodes of the graph. The input is one of them unless the output is the same for all images.
 *
 * @example The ReLUs that matter
 * ```ts
 * import { liveNodes, nasBench201 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ cellsPerStage: 1 });
 * const graph = space.lower(space.fromChoices([0, 0, 0, 0, 0, 0]));
 * const live = liveNodes(graph);
 * assertEquals(live.some(({ op }) => op === "input"), false);
 * assertEquals(live.filter(({ op }) => op === "relu").map(({ name }) => name), ["head.relu"]);
 * ```
 */
export function liveNodes(graph: Graph): GraphNode[] {
  return reachedNodes(graph, sourcesOf);
}

/** The nodes that a graph's output depends on where each needs the values of its sources. */
export function reachedNodes(
  graph: Graph,
  sourcesOf: (node: GraphNode) => readonly string[],
): GraphNode[] {
  const needed = new Set([graph.output]);
  const live: GraphNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!needed.has(node.name)) continue;
    live.push(node);
    for (const input of sourcesOf(node)) needed.add(input);
  }
  return live.reverse();
}

/** The nodes whose values a node needs. */
export function sourcesOf(node: GraphNode): readonly string[] {
  return node.op === "zero" ? [] : node.inputs;
}
