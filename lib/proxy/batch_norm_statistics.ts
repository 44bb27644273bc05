import { liveNodes, type Plan } from "../model/mod.ts";

/** What a batch norm takes from its input and divides it by. */
export interface BatchNormStatistics {
  /** The node. */
  readonly node: string;
  /** The mean of each channel over the batch's images and pixels. */
  readonly mean: Float32Array;
  /** The population variance of each channel. */
  readonly variance: Float32Array;
}

/** A network's output, and what its batch norms did on the way. */
export interface NormalisedRun {
  /** `[count, ...shape]` with the output's shape. */
  readonly output: Float32Array;
  /** The batch's statistics at every batch norm that the output depends on, in the graph's order. */
  readonly norms: readonly BatchNormStatistics[];
}

/**
 * Runs a plan by the batch's statistics. These are read off the step that the plan's running statistics
 * take, which are put back.
 */
export function runNormalised(plan: Plan, images: Float32Array): NormalisedRun {
  const norms = liveNodes(plan.graph).filter((node) => node.op === "batchNorm");
  const names = norms.flatMap(({ name }) => [`${name}.mean`, `${name}.variance`]);
  const before = new Map(names.map((name) => [name, plan.weights(name)]));
  for (const [name, { length }] of before) plan.setWeights(name, new Float32Array(length));
  const output = plan.forward(images, { statistics: "batch", updateStatistics: true });
  const [height, width, channels] = plan.shapes.get(plan.graph.nodes[0]!.name) as readonly number[];
  const count = images.length / (height! * width! * channels!);
  const statistics = norms.map(({ name, momentum = 0.1 }): BatchNormStatistics => {
    const pixels = plan.shapes.get(name)!.slice(0, -1).reduce(
      (product, side) => product * side,
      count,
    );
    return {
      node: name,
      mean: plan.weights(`${name}.mean`).map((value) => value / momentum),
      // The running variance is the unbiased one.
      variance: plan.weights(`${name}.variance`).map((value) =>
        value / momentum * (pixels > 1 ? (pixels - 1) / pixels : 1)
      ),
    };
  });
  for (const [name, values] of before) plan.setWeights(name, values);
  return { output, norms: statistics };
}
