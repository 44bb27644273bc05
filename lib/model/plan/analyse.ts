import { type Graph, type GraphNode, inferShapes, type Shape } from "../../graph/mod.ts";
import { liveNodes, sourcesOf } from "./live_nodes.ts";

/** What compiling must know of a graph beyond its nodes. */
export interface Analysis {
  /** The graph. */
  readonly graph: Graph;
  /** The shape of every node's value, without the batch. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** The nodes that the output depends on, in order. A zero depends on nothing. */
  readonly live: readonly GraphNode[];
  /**
   * The node that computes a node's value: identities and flattening hand on what they read, unless they
   * are kept, which makes them compute a copy.
   */
  readonly rootOf: (node: string) => string;
  /** The live nodes that read a root's value, a node once for each of its inputs. */
  readonly readersOf: (root: string) => readonly GraphNode[];
}

/** Finds out which nodes matter, and who reads whom. Throws a `GraphError` when it is not valid. */
export function analyse(graph: Graph, kept: ReadonlySet<string>): Analysis {
  const shapes = inferShapes(graph);
  const roots = new Map<string, string>();
  for (const { name, op, inputs } of graph.nodes) {
    const handsOn = (op === "identity" || op === "flatten") && !kept.has(name);
    roots.set(name, handsOn ? roots.get(inputs[0] as string) as string : name);
  }
  const rootOf = (node: string) => roots.get(node) as string;
  const live = liveNodes(graph);
  const readers = new Map<string, GraphNode[]>();
  for (const node of live) {
    if (rootOf(node.name) !== node.name) continue;
    for (const input of sourcesOf(node)) {
      const root = rootOf(input);
      readers.set(root, [...(readers.get(root) ?? []), node]);
    }
  }
  return { graph, shapes, live, rootOf, readersOf: (root) => readers.get(root) ?? [] };
}
