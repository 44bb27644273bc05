import type { Graph, GraphBuilder } from "../graph/mod.ts";
import type { Decision } from "./space.ts";

/** How to put all networks of a space in one. */
export interface RelaxOptions {
  /**
   * Whether the batch norms of what is chosen between have a trained scale and shift. As in the published
   * searches when absent: not in cells, where a scale would make up for what a gate takes away; but in
   * networks of layers.
   */
  readonly affine?: boolean;
}

/** One option of each choice, by the place of its input. */
export type Path = ReadonlyMap<string, number>;

/** All networks of a space in one, with a `mixed` node wherever there is something to choose. */
export interface Relaxed<A> {
  /** The network. Its nodes are named after their place and option, `stage0.cell0.edge0_1.nor_conv_3x3.conv`. */
  readonly graph: Graph;
  /** What is chosen, with the names of the options in the order of the inputs of its `mixed` nodes. */
  readonly choices: readonly Decision[];
  /** The options that an architecture takes; its network is what is left when all others go. */
  pathOf(arch: A): Path;
  /**
   * The architecture that weights of the options stand for, those of each choice not negative: the most
   * likely one where they are probabilities, or what the space's published rule makes of them.
   *
   * @throws {RangeError} When a choice is missing, or its weights are not as many as its options.
   */
  archOf(weights: ReadonlyMap<string, ArrayLike<number>>): A;
}

/** An option of a choice in the making: adds its nodes, named after `prefix`, and returns the last. */
export interface Branch {
  /** What it is called. */
  readonly option: string;
  /** Adds it. */
  add(net: GraphBuilder, prefix: string): string;
}

/** Adds the branches between which is chosen, and the node that mixes them; a single one needs none. */
export function addMixed(
  net: GraphBuilder,
  name: string,
  { choice, branches }: { readonly choice: string; readonly branches: readonly Branch[] },
): string {
  const ends = branches.map(({ option, add }) => add(net, `${name}.${option}`));
  return ends.length === 1 ? ends[0] as string : net.add(name, { op: "mixed", choice }, ...ends);
}

/** The same graph with batch norms of some nodes without scale and shift. */
export function withoutAffine(graph: Graph, isMeant: (node: string) => boolean): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.op === "batchNorm" && isMeant(node.name) ? { ...node, affine: false } : node
    ),
  };
}

/** The weights of a choice. Throws a `RangeError` where they are missing or do not fit. */
export function weightsOf(
  weights: ReadonlyMap<string, ArrayLike<number>>,
  { name, options }: Decision,
): number[] {
  const found = Array.from(weights.get(name) ?? []);
  if (found.length !== options.length || !found.every((weight) => weight >= 0)) {
    throw new RangeError(
      `Cannot read an architecture: weights of "${name}" must be ${options.length} numbers from 0, got ` +
        `[${found.join(", ")}]`,
    );
  }
  return found;
}

/** The place of the largest weight, the first of equal ones. */
export function likeliest(weights: readonly number[]): number {
  return weights.indexOf(Math.max(...weights));
}
