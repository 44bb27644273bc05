import { nextTask } from "../engine/progress.ts";
import type { GraphNode } from "../graph/mod.ts";
import type { Plan, PlanBatch } from "../model/mod.ts";
import { reachedNodes, sourcesOf } from "../model/plan/live_nodes.ts";

/**
 * Gives the batch norms of a plan the running statistics of some images: for each, the means over all batches
 * of their means and of their unbiased variances, every image counting the same.
 *
 * Weights that many networks share have running statistics that are none of theirs, so a network that takes
 * them over must be given its own before it is judged (Guo et al. 2020); otherwise accuracies say nothing. In a
 * plan with `mixed` nodes, the norms are those of what the gates leave open; others keep what they have.
 *
 * @param plan The plan; nothing else of it changes.
 * @param batches Images that the weights were trained on, in batches that it can run.
 * @throws {RangeError} When there is no batch, or one does not fit; the statistics are then as they were.
 *
 * @example
 * ```ts
 * import { batches, compile, createRng, digits, nasBench201, recalibrate } from "naskit";
 * import { assertNotEquals } from "@std/assert";
 *
 * const { train } = await digits({ train: 200 });
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const plan = compile(space.lower(space.fromChoices([3, 1, 3, 1, 3, 3])), { batch: 50 });
 * plan.initialise({ rng: createRng("weights") });
 * await recalibrate(plan, batches(train, { batchSize: 50 }));
 * assertNotEquals(plan.weights("stem.bn.variance"), new Float32Array(4).fill(1));
 * plan.dispose();
 * ```
 */
export async function recalibrate(
  plan: Plan,
  batches: Iterable<Pick<PlanBatch, "images">>,
): Promise<void> {
  const norms = normsRun(plan);
  const before = norms.flatMap(({ arrays }) =>
    arrays.map((array) => [array, plan.weights(array)] as const)
  );
  const sums = new Map(before.map(([array, { length }]) => [array, new Float64Array(length)]));
  let pixels = 0;
  try {
    for (const { images } of batches) {
      // From zeros, a step leaves the batch's own statistics, times the norm's momentum.
      for (const [array, sum] of sums) plan.setWeights(array, new Float32Array(sum.length));
      plan.forward(images, { statistics: "batch", updateStatistics: true });
      for (const { momentum, arrays } of norms) {
        for (const array of arrays) add(sums, array, plan.weights(array), images.length / momentum);
      }
      pixels += images.length;
      await nextTask();
    }
    if (pixels === 0) throw new RangeError("Cannot recalibrate: batches must hold some, got none");
  } catch (error) {
    for (const [array, values] of before) plan.setWeights(array, values);
    throw error;
  }
  for (const [array, sum] of sums) plan.setWeights(array, sum.map((value) => value / pixels));
}

function add(
  sums: ReadonlyMap<string, Float64Array>,
  array: string,
  values: Float32Array,
  factor: number,
): void {
  const sum = sums.get(array) as Float64Array;
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + factor * (values[i] as number);
}

/** A batch norm and the names of its statistics. */
interface Norm {
  readonly momentum: number;
  readonly arrays: readonly string[];
}

/** The batch norms that the output depends on by the gates as they are; those without momentum never change. */
function normsRun({ graph, gates }: Plan): Norm[] {
  const sources = (node: GraphNode): readonly string[] =>
    node.op === "mixed"
      ? node.inputs.filter((_, place) => gates.get(node.choice)?.[place] !== 0)
      : sourcesOf(node);
  return reachedNodes(graph, sources).flatMap((node) => {
    if (node.op !== "batchNorm") return [];
    const { name, momentum = 0.1 } = node;
    return momentum > 0 ? [{ momentum, arrays: [`${name}.mean`, `${name}.variance`] }] : [];
  });
}
