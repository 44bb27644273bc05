import type { Rng } from "../../engine/rng.ts";
import type { Graph, GraphNode, Op, Shape } from "../../graph/mod.ts";
import type { Init } from "../init.ts";
import { checkPlace, insertBehind, insertion, type Start, unusedPrefix } from "./insert.ts";
import type { Morphism } from "./morphism.ts";
import { shapesOf } from "./once.ts";

/** Where to add a residual block, and which. */
export interface AddBranchOptions {
  /** The node whose value goes into the block, and is added to what comes out. */
  readonly after: string;
  /** Channels between its two layers; those of `after` when absent. */
  readonly channels?: number;
  /** Side of the filters of its two convolutions, odd; 3 when absent. Linear layers have none. */
  readonly kernel?: number;
  /** Whether a batch norm follows each layer; `true` when absent. */
  readonly batchNorm?: boolean;
  /** Draws the weights of its first layer; its last one starts at zero. */
  readonly rng: Rng;
  /** How those are drawn; `"heNormal"` when absent. */
  readonly init?: Init;
  /** Which of the nodes that read `after` read the sum instead; all when absent. */
  readonly readers?: readonly string[];
  /** What the names of the new nodes begin with; `after` and `.branch` when absent. */
  readonly name?: string;
}

/**
 * Adds a residual block `x + f(x)` whose last layer starts at zero, as an identity therefore (Goyal et al.
 * 2017 start residual networks so): f is a layer, a ReLU and a layer, each with a batch norm. It deepens a
 * network behind any activation, and outputs stay the same by the batch's statistics too.
 *
 * @throws {RangeError} When there is no such node, or on options out of range.
 *
 * @example
 * ```ts
 * import { addBranch, createRng, GraphBuilder } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([8, 8, 4]);
 * const graph = net.build(net.add("tanh", { op: "tanh" }, net.input));
 * const deeper = addBranch(graph, { after: "tanh", rng: createRng("branch") });
 * assertEquals(deeper.graph.nodes.at(-1)!.inputs, ["tanh", "tanh.branch.bn2"]);
 * ```
 */
export function addBranch(graph: Graph, options: AddBranchOptions): Morphism {
  const { after, kernel = 3, batchNorm = true, readers, rng, init } = options;
  checkPlace(graph, after, { readers, task: "add a branch" });
  const shape = shapesOf(graph).get(after) as Shape;
  const width = shape.at(-1) as number;
  const { channels = width } = options;
  if (!Number.isSafeInteger(channels) || channels < 1) {
    throw new RangeError(
      `Cannot add a branch: channels must be a positive whole number, got ${channels}`,
    );
  }
  if (!Number.isSafeInteger(kernel) || kernel < 1 || kernel % 2 === 0) {
    throw new RangeError(
      `Cannot add a branch: kernel must be odd, to have a middle, got ${kernel}`,
    );
  }
  const prefix = unusedPrefix(graph, options.name ?? `${after}.branch`);
  const layer = (outer: number): Op =>
    shape.length === 3
      ? { op: "conv", kernel, channels: outer, bias: !batchNorm }
      : { op: "linear", features: outer, bias: !batchNorm };
  const norm = (name: string): [string, Op][] => batchNorm ? [[name, { op: "batchNorm" }]] : [];
  const chain: [string, Op][] = [
    ["layer1", layer(channels)],
    ...norm("bn1"),
    ["relu", { op: "relu" }],
    ["layer2", layer(width)],
    ...norm("bn2"),
  ];
  const nodes: GraphNode[] = [];
  for (const [name, op] of chain) {
    nodes.push({ ...op, name: `${prefix}.${name}`, inputs: [nodes.at(-1)?.name ?? after] });
  }
  const last = nodes.at(-1) as GraphNode;
  nodes.push({ op: "add", name: `${prefix}.add`, inputs: [after, last.name] });
  const child = insertBehind(graph, after, { nodes, readers });
  const starts = new Map(
    nodes.map(({ name }): [string, Start] => [name, name === last.name ? "zero" : "fresh"]),
  );
  return insertion(
    {
      kind: "branch",
      description: `add a residual block of ${channels} ${
        shape.length === 3 ? "channels" : "features"
      } behind ${after}`,
      exact: "always",
      parent: graph,
      graph: child,
    },
    { starts, rng, init },
  );
}
