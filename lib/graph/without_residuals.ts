import type { Graph, GraphNode } from "./graph.ts";

/**
 * A network without its identity shortcuts: a sum leaves out what others of its terms are computed from, so
 * that `x + f(x)` becomes `f(x)`. Shortcuts with weights of their own stay, as nothing tells them from other
 * branches. The nodes are the same by name, and so are their arrays.
 *
 * @example
 * ```ts
 * import { GraphBuilder, withoutResiduals } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([8, 8, 4]);
 * const f = net.add("conv", { op: "conv", kernel: 3, channels: 4 }, net.input);
 * const graph = net.build(net.add("sum", { op: "add" }, net.input, f));
 * assertEquals(withoutResiduals(graph).nodes.at(-1), { op: "identity", name: "sum", inputs: [f] });
 * ```
 */
export function withoutResiduals(graph: Graph): Graph {
  const behind = new Map<string, Set<string>>();
  const sources = new Map<string, string>();
  const nodes = graph.nodes.map((node) => {
    const inputs = node.op === "zero" ? [] : node.inputs;
    const all = inputs.flatMap((name) => [name, ...behind.get(name) as Set<string>]);
    behind.set(node.name, new Set(all));
    const [only] = node.inputs;
    const isAlias = node.op === "identity" && only !== undefined;
    sources.set(node.name, isAlias ? sources.get(only) as string : node.name);
    return node.op === "add" ? withoutShortcuts(node, { behind, sources }) : node;
  });
  return { ...graph, nodes };
}

function withoutShortcuts(
  node: GraphNode,
  { behind, sources }: {
    /** What each node is computed from. */
    readonly behind: ReadonlyMap<string, ReadonlySet<string>>;
    /** Whose value each node has: its own, or that of another which it repeats. */
    readonly sources: ReadonlyMap<string, string>;
  },
): GraphNode {
  const terms = node.inputs.map((name) => sources.get(name) as string);
  const inputs = node.inputs.filter((_, i) =>
    !terms.some((other) => behind.get(other)?.has(terms[i] as string))
  );
  if (inputs.length === node.inputs.length) return node;
  return { name: node.name, op: inputs.length === 1 ? "identity" : "add", inputs };
}
