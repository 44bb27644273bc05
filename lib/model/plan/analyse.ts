import { type Graph, type GraphNode, inferShapes, type Shape } from "../../graph/mod.ts";
import { reachedNodes, sourcesOf } from "./live_nodes.ts";
import { allOpen, type Wiring } from "./wiring.ts";

/** What compiling must know of a graph beyond its nodes. */
export interface Analysis {
  /** The graph. */
  readonly graph: Graph;
  /** The shape of every node's value, without the batch. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** The nodes that the output depends on, in order. A zero depends on nothing. */
  readonly live: readonly GraphNode[];
  /**
   * The node that computes a node's value: identities and flattening hand on what they read, and so do
   * mixed nodes and sums that have a single term; unless they are kept, which makes them compute a copy.
   */
  readonly rootOf: (node: string) => string;
  /** The live nodes that read a root's value, a node once for each of its inputs. */
  readonly readersOf: (root: string) => readonly GraphNode[];
  /** The places among a node's inputs of those that it reads: none, and its value is zeros. */
  readonly termsOf: (node: GraphNode) => readonly number[];
}

/** Finds out which nodes matter, and who reads whom. Throws a `GraphError` when the graph is not valid. */
export function analyse(
  graph: Graph,
  kept: ReadonlySet<string>,
  wiring: Wiring = allOpen,
): Analysis {
  return follow(graph, { shapes: inferShapes(graph), kept, wiring });
}

/** The same for a graph whose shapes are known. */
export function follow(
  graph: Graph,
  { shapes, kept, wiring }: Pick<Analysis, "shapes"> & {
    readonly kept: ReadonlySet<string>;
    readonly wiring: Wiring;
  },
): Analysis {
  const roots = new Map<string, string>();
  const rootOf = (node: string) => roots.get(node) as string;
  const terms = new Map<string, readonly number[]>();
  // Zeros that add nothing to what is mixed, and what is mixed of nothing.
  const zeros = new Set<string>(), empty = new Set<string>();
  for (const node of graph.nodes) {
    const { name, op, inputs } = node;
    let own: readonly number[] | undefined;
    if (op === "mixed") {
      const open = wiring.openOf(node.choice) ?? inputs.keys();
      own = [...open].filter((i) => !zeros.has(rootOf(inputs[i] as string)));
    } else if (op === "add" && empty.size > 0) {
      own = [...inputs.keys()].filter((i) => !empty.has(rootOf(inputs[i] as string)));
    }
    if (own) terms.set(name, own);
    const isAlias = op === "identity" || op === "flatten" ||
      own?.length === 1 && (op === "add" || op === "mixed" && wiring.isOne(node.choice));
    const handsOn = isAlias && !kept.has(name);
    roots.set(name, handsOn ? rootOf(inputs[own?.[0] ?? 0] as string) : name);
    if (own?.length === 0) empty.add(name);
    if ((op === "zero" && !kept.has(name)) || own?.length === 0) zeros.add(name);
  }
  const termsOf = ({ name, inputs }: GraphNode) => terms.get(name) ?? [...inputs.keys()];
  const readBy = (node: GraphNode) =>
    terms.get(node.name)?.map((i) => node.inputs[i] as string) ?? sourcesOf(node);
  const live = reachedNodes(graph, readBy);
  const readers = new Map<string, GraphNode[]>();
  for (const node of live) {
    if (rootOf(node.name) !== node.name) continue;
    for (const input of readBy(node)) {
      const root = rootOf(input), known = readers.get(root);
      if (known) known.push(node);
      else readers.set(root, [node]);
    }
  }
  return {
    graph,
    shapes,
    live,
    rootOf,
    readersOf: (root) => readers.get(root) ?? [],
    termsOf,
  };
}
