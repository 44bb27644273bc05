import { type PlanStatistics, planStatistics } from "../model/mod.ts";
import { kitProxy } from "./kit_proxy.ts";
import { type InitOptions, requireOneOf } from "./options.ts";
import type { Proxy } from "./proxy.ts";
import { absoluteSum, sumOf } from "./sums.ts";

/** What {@linkcode gradsign} counts, and how. */
export interface GradSignOptions extends InitOptions {
  /** Whether the weights' agreements are summed, or their mean is taken; `"sum"` when absent. */
  readonly reduction?: "sum" | "mean";
  /**
   * Which statistics batch norms use; `"sample"` when absent.
   *
   * - `"sample"`: each image's own, as if it were a batch of one; the reference code's.
   * - `"running"`: those that a model has; a graph's start at mean 0 and variance 1, so that batch norms
   *   change nothing.
   * - `"batch"`: the batch's, through which an image's loss depends on all images. It takes a run of the
   *   whole batch, forward and back, for each image: n times as long as the others.
   */
  readonly statistics?: PlanStatistics;
}

/**
 * GradSign (Zhang & Jia 2022, "GradSign: Model Performance Inference with Theoretical Insights"): how far
 * images agree at the start on where to move each weight, by which the paper bounds how far apart the images'
 * own optima are. Of each image's cross entropy the gradient is taken by itself; a weight's agreement is the
 * absolute value of the sum of its gradients' signs over the images, and the score is the sum over the
 * weights of convolutions and linear layers (Algorithm 1).
 *
 * It lies between 0 and the number of images times that of weights. A gradient of 0 has no sign, nor has one
 * that is not a number, so that weights without effect count nothing. Scores are comparable for equal numbers
 * of images only; the paper has 128.
 *
 * The published code takes the sum for the paper's correlations and the mean over the weights in some searches,
 * `reduction: "mean"`, where what does not reach the output counts as 0. Defaults are those of the code: PyTorch's
 * initialisation, one draw of it, batch norms by each image's own statistics. Gradients whose sign hangs on
 * rounding may move the score by 2 each from one machine to another.
 *
 * What the images are moves the ranking more than every other setting. On photographs with their labels,
 * which share backgrounds and classes, what the gradients agree on beyond chance hardly ranks at all (0.07 on
 * 211 networks of NAS-Bench-201 with a cell a stage); on noise with labels at random the score ranks as does
 * the number of weights that any image moves, 0.83. On 1,000 networks of NAS-Bench-201, CIFAR-10, it ranks with 0.80 on noise and with 0.69 on framed
 * grey photographs, the parameters with 0.75 (`data/tables/README.md`). So give it {@linkcode noiseBatch}; 16
 * images rank about as well as 128 (0.83, 0.84), one draw as well as three, and no other initialisation or
 * statistics better than the defaults.
 *
 * @throws {RangeError} When `reduction` or `statistics` is something else.
 *
 * @example
 * ```ts
 * import { createRng, gradsign, nasBench201, noiseBatch } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const batch = noiseBatch(graph, { count: 16, rng: createRng("noise") });
 * const mean = await gradsign({ reduction: "mean" }).score(graph, batch, createRng("weights"));
 * assert(mean > 0 && mean <= 16);
 * ```
 */
export function gradsign(options: GradSignOptions = {}): Proxy {
  const { reduction = "sum", statistics = "sample", init = "torchDefault" } = options;
  const name = reduction === "sum" ? "gradsign" : "gradsign_mean";
  requireOneOf("gradsign", { option: "reduction", known: ["sum", "mean"], got: reduction });
  requireOneOf("gradsign", { option: "statistics", known: planStatistics, got: statistics });
  return kitProxy(import.meta.url, "gradsign", {
    name,
    needs: "labels",
    cost: "per image",
    paper: "Zhang & Jia 2022",
    bias: reduction === "sum" ? "large networks: it is a sum over weights" : "",
    init,
    options: { reduction, statistics },
    score: (net) => {
      const signs = [...net.sampleGradients("sign", { statistics }).values()];
      const agreement = sumOf(signs, absoluteSum);
      return reduction === "sum" ? agreement : agreement / sumOf(signs, ({ length }) => length);
    },
  });
}

/**
 * GradSign's agreement of gradients that are at hand, a list of numbers for each image: the sum over the
 * numbers of |the sum over the images of the sign|.
 *
 * @throws {RangeError} When the lists are not equally long.
 *
 * @example Three images and four weights, of which 12 is the most that they can agree
 * ```ts
 * import { signAgreement } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(signAgreement([[1, -2, 0, 3], [2, 1, 0, -1], [-4, 5, 0, 2]]), 3);
 * ```
 */
export function signAgreement(gradients: readonly ArrayLike<number>[]): number {
  const length = gradients[0]?.length ?? 0;
  const other = gradients.find((gradient) => gradient.length !== length);
  if (other !== undefined) {
    throw new RangeError(
      `Cannot take the agreement: gradients must be equally long, got ${length} and ${other.length}`,
    );
  }
  let agreement = 0;
  for (let k = 0; k < length; k++) {
    let sum = 0;
    for (const gradient of gradients) sum += Math.sign(gradient[k] as number) || 0;
    agreement += Math.abs(sum);
  }
  return agreement;
}
