import { createRng } from "naskit/engine/rng.ts";
import type { Graph } from "naskit/graph/mod.ts";
import type { PlanBatch } from "naskit/model/mod.ts";

/** Labelled noise for a graph. */
export function batchFor(
  { nodes }: Graph,
  count: number,
  seed: string | number,
  classes = 4,
): PlanBatch {
  const rng = createRng(seed), [input] = nodes;
  const size = input?.op === "input" ? input.shape.reduce((a, b) => a * b) : 0;
  return {
    images: Float32Array.from({ length: count * size }, () => rng.normal()),
    labels: Int32Array.from({ length: count }, () => rng.int(classes)),
  };
}
