import type { Graph, GraphNode } from "../../graph/mod.ts";
import type { GraphMatch } from "./match_graphs.ts";

/** Something that a child has and its parent has not. */
export interface Piece {
  /** Layers that return what they read; a sum with a branch that is zero; or what stands for a zero. */
  readonly kind: "layers" | "branch" | "awakened";
  /** The nodes of the layers, or the sum, or the last of what stands for a zero. */
  readonly nodes: readonly string[];
}

/** All pieces of a match, in the order of the child. */
export function piecesOf(child: Graph, match: GraphMatch): Piece[] {
  const pieces: Piece[] = [];
  const pieceOf = new Map<string, string[]>();
  for (const { name, inputs: [input = ""] } of child.nodes) {
    if (match.identities.has(name)) {
      const before = pieceOf.get(input);
      const nodes = before ?? [];
      nodes.push(name);
      pieceOf.set(name, nodes);
      if (before === undefined) pieces.push({ kind: "layers", nodes });
    } else if (match.silent.has(name)) pieces.push({ kind: "branch", nodes: [name] });
    else if (match.awakened.has(name)) pieces.push({ kind: "awakened", nodes: [name] });
  }
  return pieces;
}

/**
 * A child without some of its pieces: layers that return what they read are left out, sums are without
 * their silent terms, and zeros stand where branches are to awaken. Only what leads to the output is left.
 */
export function collapse(
  { parent, child, match }: {
    readonly parent: Graph;
    readonly child: Graph;
    readonly match: GraphMatch;
  },
  without: readonly Piece[],
): Graph {
  const gone = new Set(without.flatMap(({ nodes }) => nodes));
  const sources = new Map<string, string>();
  const follow = (name: string) => sources.get(name) ?? name;
  const nodes: GraphNode[] = [];
  for (const node of child.nodes) {
    const inputs = node.inputs.map(follow);
    const alias = () => sources.set(node.name, inputs[0] as string);
    if (node.op === "identity") alias();
    else if (!gone.has(node.name)) nodes.push({ ...node, inputs });
    else if (match.identities.has(node.name)) alias();
    else if (match.silent.has(node.name)) {
      const terms = inputs.filter((_, i) => !match.silent.get(node.name)?.has(i));
      if (terms.length > 1) nodes.push({ ...node, inputs: terms });
      else sources.set(node.name, terms[0] as string);
    } else {
      const zero = parent.nodes.find(({ name }) => name === match.awakened.get(node.name));
      const read = followIdentities(parent, zero?.inputs[0] as string);
      nodes.push({
        ...zero as GraphNode,
        name: node.name,
        inputs: [follow(match.found.get(read) as string)],
      });
    }
  }
  return reachable({ nodes, output: follow(child.output) });
}

/** The node whose value a node repeats. */
export function followIdentities({ nodes }: Graph, name: string): string {
  const node = nodes.find((each) => each.name === name);
  return node?.op === "identity"
    ? followIdentities({ nodes, output: "" }, node.inputs[0] as string)
    : name;
}

/** A graph without nodes that do not lead to its output. */
export function reachable(graph: Graph): Graph {
  const needed = new Set([graph.output, graph.nodes[0]?.name as string]);
  for (const { name, inputs } of graph.nodes.toReversed()) {
    if (needed.has(name)) { for (const input of inputs) needed.add(input); }
  }
  return { ...graph, nodes: graph.nodes.filter(({ name }) => needed.has(name)) };
}
