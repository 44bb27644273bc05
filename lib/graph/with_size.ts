import type { Graph } from "./graph.ts";
import { inferShapes } from "./infer.ts";

/**
 * A network that reads images of another size. Everything else is as before, so that feature maps
 * shrink or grow with it; the result's classes stay as many.
 *
 * @param size The side of the images in pixels, or `[height, width]`.
 * @throws {RangeError} When a side is not a positive whole number, or not one that the network can read, e.g. where it must be
 * even to be halved.
 *
 * @example
 * ```ts
 * import { inferShapes, nasBench201, withInputSize } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 16 });
 * const graph = withInputSize(space.lower(space.fromChoices([3, 3, 3, 3, 3, 3])), 8);
 * assertEquals(inferShapes(graph).get(graph.nodes[0]!.name), [8, 8, 3]);
 * assertEquals(inferShapes(graph).get(graph.output), [10]);
 * ```
 */
export function withInputSize(
  graph: Graph,
  size: number | readonly [height: number, width: number],
): Graph {
  const [height, width] = typeof size === "number" ? [size, size] : size;
  for (const side of [height, width]) {
    if (Number.isSafeInteger(side) && side >= 1) continue;
    throw new RangeError(`Cannot change size: sides must be positive whole numbers, got ${side}`);
  }
  const resized: Graph = {
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.op === "input" ? { ...node, shape: [height, width, node.shape[2]] } : node
    ),
  };
  inferShapes(resized);
  return resized;
}

/**
 * A network with more or fewer channels: those of every convolution and the features of every linear
 * layer times a factor, rounded, at least 1. What gives the result, such as the logits, stays as wide as
 * it is, and so do the images (the width multiplier of MobileNets, Howard et al. 2017).
 *
 * @throws {RangeError} When the factor is not a positive number, or widths no longer fit, as where the
 * images themselves are added to features.
 *
 * @example
 * ```ts
 * import { cost, nasBench201, withWidth } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const lower = (channels: number) => {
 *   const space = nasBench201({ channels, cellsPerStage: 1, size: 16 });
 *   return space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));
 * };
 * assertEquals(cost(withWidth(lower(8), 0.5)).params, cost(lower(4)).params);
 * ```
 */
export function withWidth(graph: Graph, factor: number): Graph {
  if (!(factor > 0 && factor < Infinity)) {
    throw new RangeError(`Cannot change width: factor must be a positive number, got ${factor}`);
  }
  const scale = (count: number) => Math.max(1, Math.round(factor * count));
  const kept = resultNodes(graph);
  const scaled: Graph = {
    ...graph,
    nodes: graph.nodes.map((node) => {
      if (kept.has(node.name)) return node;
      if (node.op === "conv") return { ...node, channels: scale(node.channels) };
      return node.op === "linear" ? { ...node, features: scale(node.features) } : node;
    }),
  };
  inferShapes(scaled);
  return scaled;
}

/** The nodes behind which the number of channels is that of the result. */
function resultNodes({ nodes, output }: Graph): Set<string> {
  const kept = new Set([output]);
  for (const node of nodes.toReversed()) {
    if (!kept.has(node.name) || node.op === "conv" || node.op === "linear") continue;
    for (const input of node.inputs) kept.add(input);
  }
  return kept;
}
