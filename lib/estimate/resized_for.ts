import { type Dataset, resize } from "../data/mod.ts";
import type { Graph } from "../graph/mod.ts";

/** The images in the size that a network reads. */
export function resizedFor(data: Dataset, { nodes }: Graph): Dataset {
  const input = nodes.find((node) => node.op === "input");
  return input === undefined ? data : resize(data, [input.shape[0], input.shape[1]]);
}
