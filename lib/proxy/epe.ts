import { correlations } from "./correlations.ts";
import { kitProxy } from "./kit_proxy.ts";
import type { RunOptions } from "./options.ts";
import type { Proxy } from "./proxy.ts";

/** What keeps logarithms finite, in the published code. */
const SMALL = 1e-5;
/** Classes from which on the published code compares classes with each other. */
const MANY = 100;

/**
 * EPE-NAS (Lopes et al. 2021, "EPE-NAS: Efficient Performance Estimation Without Training for Neural
 * Architecture Search"): how unlike each other the Jacobians of images of one class are. A Jacobian is the
 * gradient of the sum of all logits by the image; a class has s = Σ log(|r| + 1e-5) over the correlations r of
 * all pairs of its images, an image with itself among them, and the score is Σ |s| over the classes of the
 * batch. For more than 100 classes s is divided by the class's images, and the score is the sum of |s - s'|
 * over all pairs of classes, divided by the classes; classes of one image are then left out.
 *
 * Follows the published code, whose number of classes is that of the logits. `NaN` where a Jacobian's
 * numbers are all the same; see {@linkcode jacobCov} for the batch's statistics.
 *
 * @example
 * ```ts
 * import { createRng, epe, nasBench201, noiseBatch } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const batch = noiseBatch(graph, { count: 32, rng: createRng("noise") });
 * assert(await epe().score(graph, batch, createRng("weights")) > 0);
 * ```
 */
export function epe({ init = "torchDefault", statistics = "batch" }: RunOptions = {}): Proxy {
  return kitProxy(import.meta.url, "epe", {
    name: "epe",
    needs: "labels",
    paper: "Lopes et al. 2021",
    init,
    options: { statistics },
    score: (net) =>
      epeScore(net.imageGradients({ statistics }), net.batch.labels, {
        classes: net.shapes.get(net.graph.output)!.at(-1) as number,
      }),
  });
}

/**
 * The {@linkcode epe} score of Jacobians.
 *
 * @param jacobians The images' Jacobians, one after another.
 * @param labels The images' classes.
 * @param options How many classes there can be; the score is another for more than 100.
 * @returns The score; `NaN` where a Jacobian's numbers are all the same.
 *
 * @example One class, two Jacobians with a correlation of a half
 * ```ts
 * import { epeScore } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const found = epeScore([1, 0, -1, 1, -1, 0], [7, 7], { classes: 10 });
 * assertAlmostEquals(found, 2 * Math.log(2), 1e-4);
 * ```
 */
export function epeScore(
  jacobians: ArrayLike<number>,
  labels: ArrayLike<number>,
  { classes }: { readonly classes: number },
): number {
  const count = labels.length, found = correlations(jacobians, count);
  const members = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    const label = labels[i] as number, others = members.get(label);
    if (others) others.push(i);
    else members.set(label, [i]);
  }
  const many = classes > MANY;
  const sums: number[] = [];
  for (const images of members.values()) {
    if (many && images.length === 1) continue;
    let sum = 0;
    for (const i of images) {
      for (const j of images) sum += Math.log(Math.abs(found[i * count + j] as number) + SMALL);
    }
    sums.push(many ? sum / images.length : sum);
  }
  if (!many) return sums.reduce((score, sum) => score + Math.abs(sum), 0);
  let score = 0;
  for (const a of sums) for (const b of sums) score += Math.abs(a - b);
  return sums.length === 0 ? 0 : score / sums.length;
}
