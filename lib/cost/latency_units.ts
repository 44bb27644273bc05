import { type Graph, type GraphNode, labelOf } from "../graph/mod.ts";
import { formatShape } from "../graph/ops/rules.ts";
import { survey, type Surveyed } from "./survey.ts";

/** A node that takes time when its network runs, with what its time can be told by. */
export interface LatencyUnit {
  /** The node. */
  readonly node: GraphNode;
  /**
   * Its op, what it reads and, where ops may be computed together, its neighbour. Nodes with equal
   * keys take equal times.
   */
  readonly key: string;
  /** What it does, as numbers; a network's are the sums of its nodes'. */
  readonly features: { readonly [name: string]: number };
}

/**
 * The nodes of a network that take time: those that the output depends on, except the input and those
 * that only pass their input on or hold zeros.
 *
 * An activation that convolutions alone read is told apart, and so are they, since runtimes compute the
 * two together.
 *
 * @throws {GraphError} When the graph is not valid.
 *
 * @example
 * ```ts
 * import { GraphBuilder, latencyUnits } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([16, 16, 3]);
 * const conv = net.add("conv", { op: "conv", kernel: 3, channels: 8 }, net.input);
 * const [unit] = latencyUnits(net.build(conv));
 * assertEquals(unit?.key, "conv 3x3, 8 on [16, 16, 3]");
 * assertEquals(unit?.features["conv macs"], 16 * 16 * 9 * 3 * 8);
 * ```
 */
export function latencyUnits(graph: Graph): LatencyUnit[] {
  const all = survey(graph);
  const live = reached(all, graph.output);
  const taken = takenAlong(all, live, graph.output);
  return all.flatMap((each, place) => {
    const { node, storage, inputs } = each;
    if (!live.has(place) || node.op === "input") return [];
    if (storage === "view" || storage === "constant") return [];
    const source = inputs[0] as number;
    const behind = takers.has(node.op) && taken.has(source)
      ? ` behind ${(all[source] as Surveyed).node.op}`
      : "";
    const context = taken.has(place) ? " before convolutions" : behind;
    return [{ node, key: keyOf(each, all) + context, features: featuresOf(each, all, context) }];
  });
}

/** Ops that compute an activation in front of them themselves, where it is theirs alone to do. */
const takers: ReadonlySet<string> = new Set(["conv", "depthwise"]);

/** The activations that only convolutions read, whose time is then part of theirs. */
function takenAlong(
  all: readonly Surveyed[],
  live: ReadonlySet<number>,
  output: string,
): Set<number> {
  const taken = new Set<number>();
  all.forEach(({ node, storage, inputs, params }, place) => {
    const isActivation = storage === "overwrites" && inputs.length === 1 && params === 0 &&
      node.op !== "batchNorm";
    if (isActivation && node.name !== output) taken.add(place);
  });
  all.forEach(({ node, inputs }, place) => {
    if (!live.has(place) || takers.has(node.op)) return;
    for (const input of inputs) taken.delete(input);
  });
  return taken;
}

function keyOf({ node, inputs }: Surveyed, all: readonly Surveyed[]): string {
  const bias = "bias" in node && node.bias !== undefined
    ? node.bias ? ", with bias" : ", without bias"
    : "";
  const shapes = inputs.map((input) => formatShape((all[input] as Surveyed).shape));
  return `${labelOf(node)}${bias} on ${shapes.join(" and ")}`;
}

function featuresOf(
  { node: { op }, inputs, size, macs, weights }: Surveyed,
  all: readonly Surveyed[],
  context: string,
): { [name: string]: number } {
  const kind = op + context;
  const elements = inputs.reduce((sum, input) => sum + (all[input] as Surveyed).size, size);
  const features = { [`${kind} count`]: 1, [`${kind} elements`]: elements };
  return macs === undefined
    ? features
    : { ...features, [`${op} macs`]: macs, [`${op} weights`]: weights };
}

function reached(all: readonly Surveyed[], output: string): Set<number> {
  const live = new Set<number>();
  for (let place = all.length - 1; place >= 0; place--) {
    const { node, inputs, storage } = all[place] as Surveyed;
    if (node.name === output) live.add(place);
    if (!live.has(place) || storage === "constant") continue;
    for (const input of inputs) live.add(input);
  }
  return live;
}
