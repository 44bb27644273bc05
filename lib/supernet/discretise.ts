import type { Graph, GraphNode } from "../graph/mod.ts";
import type { Path } from "../space/mod.ts";
import { placeOn } from "./path.ts";

/**
 * What a node belongs to: the input of a mixed node that all ways from it lead into, or the trunk, which is
 * there whatever is chosen. Branches may hold mixed nodes with branches of their own.
 */
interface Scope {
  readonly parent: Scope | undefined;
  readonly depth: number;
  /** Whether the path takes it and all that it is in. */
  readonly isTaken: boolean;
}

/**
 * The network of one path through a supernet: each `mixed` node gives way to the input that the path takes,
 * and what belongs to the others goes. Where that input is a `zero`, sums leave it out; one of a single term
 * is that term. The nodes that stay have their names, and so have their weights.
 *
 * @param graph A graph with `mixed` nodes.
 * @param path The option of each choice.
 * @returns A graph without them.
 * @throws {RangeError} When the path lacks a choice or takes an option that there is not.
 *
 * @example
 * ```ts
 * import { discretise, nasBench201, supernetOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const supernet = supernetOf(space);
 * const arch = space.decode("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|none~2|");
 * const graph = discretise(supernet.graph, supernet.pathOf(arch));
 * assertEquals(graph.nodes.length, space.lower(arch).nodes.length);
 * ```
 */
export function discretise(graph: Graph, path: Path): Graph {
  const scopes = scopesOf(graph, path);
  const ops = new Map(graph.nodes.map(({ name, op }) => [name, op]));
  // What stands for a node that goes, and what of that is nothing.
  const standIns = new Map<string, string>(), nothing = new Set<string>();
  const now = (name: string) => standIns.get(name) ?? name;
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes) {
    if (!scopes.get(node.name)?.isTaken) continue;
    if (node.op === "mixed") {
      const input = node.inputs[placeOf(node, path)] as string;
      standIns.set(node.name, now(input));
      // Zeros that come from elsewhere are a value like others, as where a cell hands on a node of nothing.
      const isOwn = scopes.get(input) !== scopes.get(node.name);
      if (isOwn && (ops.get(input) === "zero" || nothing.has(input))) nothing.add(node.name);
      continue;
    }
    const terms = node.op === "add"
      ? node.inputs.filter((name) => !nothing.has(name))
      : node.inputs;
    if (node.op === "add" && terms.length < Math.min(2, node.inputs.length)) {
      standIns.set(node.name, now(terms[0] ?? node.inputs[0] as string));
      continue;
    }
    nodes.push({ ...node, inputs: terms.map(now) });
  }
  const output = now(graph.output);
  const read = new Set([output, ...nodes.flatMap(({ inputs }) => inputs)]);
  return { nodes: nodes.filter(({ name, op }) => op !== "zero" || read.has(name)), output };
}

function placeOf(node: Extract<GraphNode, { op: "mixed" }>, path: Path): number {
  const { choice, inputs: { length: inputs } } = node;
  return placeOn(path, { choice, inputs }, "discretise");
}

/** What each node belongs to: the innermost of what all its readers have in common. */
function scopesOf(graph: Graph, path: Path): Map<string, Scope> {
  const trunk: Scope = { parent: undefined, depth: 0, isTaken: true };
  const scopes = new Map<string, Scope>([[graph.output, trunk]]);
  for (const node of graph.nodes.toReversed()) {
    // What nothing reads is there whatever is chosen.
    const own = scopes.get(node.name) ?? trunk;
    scopes.set(node.name, own);
    const place = node.op === "mixed" ? placeOf(node, path) : -1;
    node.inputs.forEach((input, i) => {
      const into: Scope = node.op === "mixed"
        ? { parent: own, depth: own.depth + 1, isTaken: own.isTaken && i === place }
        : own;
      const known = scopes.get(input);
      scopes.set(input, known ? common(known, into) : into);
    });
  }
  return scopes;
}

function common(a: Scope, b: Scope): Scope {
  while (a !== b) {
    if (a.depth >= b.depth) a = a.parent as Scope;
    else b = b.parent as Scope;
  }
  return a;
}
