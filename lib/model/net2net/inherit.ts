import type { Rng } from "../../engine/rng.ts";
import type { Graph, GraphNode, Shape } from "../../graph/mod.ts";
import type { Init } from "../init.ts";
import { channels, makesChannels } from "./atoms.ts";
import { collapse, type Piece, piecesOf } from "./collapse.ts";
import { growKernel } from "./grow_kernel.ts";
import { insertion, type Start } from "./insert.ts";
import { type GraphMatch, matchGraphs } from "./match_graphs.ts";
import { makeMorphism, type Morphism, sequence } from "./morphism.ts";
import { shapesOf } from "./once.ts";
import { widen, type WidenOptions } from "./widen.ts";

/** How to inherit. */
export interface InheritOptions extends Pick<WidenOptions, "fractions" | "noise"> {
  /** Draws copies, noise, and weights that have no say yet. */
  readonly rng: Rng;
  /** How the latter are drawn; `"heNormal"` when absent. */
  readonly init?: Init;
}

/** How a child comes from its parent, or why it does not. */
export type Inheritance =
  | {
    /** All steps as one. */
    readonly morphism: Morphism;
    /** The steps, in order: at least one. */
    readonly steps: readonly Morphism[];
    /** There is none. */
    readonly reason?: undefined;
  }
  | {
    /** There is none. */
    readonly morphism?: undefined;
    /** There are none. */
    readonly steps?: undefined;
    /** Where the two part. */
    readonly reason: string;
  };

/**
 * Finds the changes that lead from a network to another one and keep what it computes: wider layers,
 * larger filters, layers that return what they read, and branches that start at zero, in sums and where
 * the parent has a zero. Nodes are found by their names where those agree, and else by what they read.
 *
 * @param parent The smaller graph.
 * @param child The larger one.
 * @param options What is drawn, and how.
 * @returns The steps, or the reason why there are none: no sequence of such changes leads to the child, or
 * none was found.
 * @throws {GraphError} When a graph is not valid.
 *
 * @example Wider, with larger filters, and one residual block deeper
 * ```ts
 * import { createRng, inherit, mobileNetwork } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = mobileNetwork();
 * const parent = space.lower(space.decode("28px w1 8:k3e2 16:k3e2 32:k3e2"));
 * const child = space.lower(space.decode("28px w1 8:k3e2 16:k5e4-k3e2 32:k3e2"));
 * const { steps } = inherit(parent, child, { rng: createRng("child") });
 * assertEquals(steps!.map(({ kind }) => kind), ["widen", "kernel", "branch"]);
 * const back = inherit(child, parent, { rng: createRng("child") });
 * assertEquals(back.morphism, undefined);
 * ```
 */
export function inherit(parent: Graph, child: Graph, options: InheritOptions): Inheritance {
  shapesOf(parent);
  shapesOf(child);
  const match = matchGraphs(parent, child);
  if (typeof match === "string") return { reason: match };
  const pieces = piecesOf(child, match);
  const layers = pieces.filter(({ kind }) => kind === "layers");
  const branches = pieces.filter(({ kind }) => kind !== "layers");
  const whole: Whole = { parent, child, match };
  const steps: Morphism[] = [];
  const now = () => steps.at(-1)?.graph ?? parent;
  const renamed = arranged(whole, collapse(whole, pieces));
  if (JSON.stringify(renamed.graph) !== JSON.stringify(parent)) steps.push(renamed);
  // New layers first, as narrow as what they read: then they are widened like all others.
  layers.forEach((piece, i) => {
    const structure = collapse(whole, [...layers.slice(i + 1), ...branches]);
    const graph = asInParent(whole, structure);
    steps.push(inserted(whole, { before: now(), graph, piece }, options));
  });
  const grown = grow(now(), collapse(whole, branches), options);
  if (typeof grown === "string") return { reason: grown };
  steps.push(...grown);
  branches.forEach((piece, i) => {
    const graph = collapse(whole, branches.slice(i + 1));
    steps.push(inserted(whole, { before: now(), graph, piece }, options));
  });
  if (JSON.stringify(now()) !== JSON.stringify(child) || steps.length === 0) {
    steps.push(inserted(whole, { before: now(), graph: child }, options));
  }
  return { morphism: sequence(steps), steps };
}

/** What steps are found in. */
interface Whole {
  readonly parent: Graph;
  readonly child: Graph;
  readonly match: GraphMatch;
}

/** A part of the child with the widths and filters of the parent. */
function asInParent({ parent, match }: Whole, part: Graph): Graph {
  const shapes = shapesOf(parent);
  const byName = new Map(parent.nodes.map((node) => [node.name, node]));
  const nameBefore = new Map([...match.found].map(([p, c]) => [c, p]));
  const nodes = part.nodes.map((node): GraphNode => {
    const { name, inputs } = node;
    const before = byName.get(nameBefore.get(name) ?? "");
    if (before !== undefined) return { ...before, name, inputs };
    const width = channels(shapes.get(match.identities.get(name) ?? ""));
    if (node.op === "conv") return { ...node, channels: width };
    return node.op === "linear" ? { ...node, features: width } : node;
  });
  return { ...part, nodes };
}

/** The parent's nodes under the names, and in the order, that they have in the child. */
function arranged(whole: Whole, base: Graph): Morphism {
  const nameBefore = new Map([...whole.match.found].map(([p, c]) => [c, p]));
  return makeMorphism(
    {
      kind: "arrange",
      description: "name and order the nodes as the child does",
      exact: "always",
      parent: whole.parent,
      graph: asInParent(whole, base),
    },
    {
      value: (_name, _spec, old) => (old as Float32Array).slice(),
      slot: (_name, _spec, { old }) => (old as Float32Array).slice(),
      nameBefore: (node) => nameBefore.get(node) as string,
    },
  );
}

/** The steps that make layers as wide and filters as large as they are in a graph of the same nodes. */
function grow(from: Graph, to: Graph, options: InheritOptions): Morphism[] | string {
  const { rng, fractions = "equal", noise = 0 } = options;
  const steps: Morphism[] = [];
  const now = () => steps.at(-1)?.graph ?? from;
  const wanted = shapesOf(to);
  const widthIn = (graph: Graph, name: string) => channels(shapesOf(graph).get(name));
  // The narrowest first: a concatenation follows from its parts, not they from it.
  const layers = from.nodes.filter(makesChannels).map(({ name }) => name)
    .toSorted((a, b) => widthIn(from, a) - widthIn(from, b));
  for (const node of layers) {
    const width = channels(wanted.get(node) as Shape);
    if (widthIn(now(), node) >= width) continue;
    try {
      const draws = rng.split(`widen ${node}`);
      steps.push(widen(now(), { node, channels: width, fractions, noise, rng: draws }));
    } catch (error) {
      if (error instanceof RangeError) return error.message;
      throw error;
    }
  }
  const other = layers.find((name) => widthIn(now(), name) !== channels(wanted.get(name)));
  if (other !== undefined) {
    return `${other} is tied to layers that are wider in the child than it is: ` +
      `${widthIn(now(), other)} channels with theirs, ${channels(wanted.get(other))} in the child`;
  }
  for (const node of to.nodes) {
    if (node.op !== "conv" && node.op !== "depthwise") continue;
    const before = now().nodes.find(({ name }) => name === node.name) as typeof node;
    if (before.kernel === node.kernel) continue;
    const { name, kernel, padding } = node;
    steps.push(
      growKernel(now(), { node: name, kernel, ...(padding === undefined ? {} : { padding }) }),
    );
  }
  return steps;
}

/** The step that adds a piece; without one, that which adds the nodes that change nothing. */
function inserted(
  { child, match }: Whole,
  { before, graph, piece }: {
    readonly before: Graph;
    readonly graph: Graph;
    readonly piece?: Piece;
  },
  { rng, init }: InheritOptions,
): Morphism {
  const there = new Map(before.nodes.map((node) => [node.name, node]));
  const fresh = graph.nodes.filter(({ name, op }) => there.get(name)?.op !== op);
  const startOf = (name: string): Start => {
    if (match.identities.has(name)) return "identity";
    return match.zeros.has(name) ? "zero" : "fresh";
  };
  const starts = new Map(fresh.map(({ name }) => [name, startOf(name)]));
  const added = child.nodes.filter(({ name }) => piece?.nodes.includes(name));
  const about = { ...describe(piece, added), parent: before, graph };
  return insertion(about, { starts, rng: rng.split("fresh"), init });
}

function describe(
  piece: Piece | undefined,
  nodes: readonly GraphNode[],
): Pick<Morphism, "kind" | "description" | "exact"> {
  const names = nodes.map(({ name }) => name).join(", ");
  switch (piece?.kind) {
    case "layers":
      return {
        kind: "deepen",
        description: `insert ${nodes.map(({ op }) => op).join(", ")} as ${names}`,
        exact: nodes.some(({ op }) => op === "batchNorm") ? "running" : "always",
      };
    case "branch":
      return {
        kind: "branch",
        description: `add what starts at zero to ${names}`,
        exact: "always",
      };
    case "awakened":
      return {
        kind: "branch",
        description: `put ${names}, which starts at zero, in the place of a zero`,
        exact: "always",
      };
    default:
      return {
        kind: "arrange",
        description: "add the nodes of the child that change nothing",
        exact: "always",
      };
  }
}
