import { checkCodedOps, type CodeOptions, usualCodedOps } from "./codes.ts";
import { kitProxy } from "./kit_proxy.ts";
import type { Proxy } from "./proxy.ts";

/**
 * The number of linear regions that the images fall into, as TE-NAS counts them (Chen et al. 2021, "Neural
 * Architecture Search on ImageNet in Four GPU Hours"; the notion is of Montúfar et al. 2014): a network of
 * ReLUs is linear where the same ones are open, so that images with different codes lie in different regions.
 * The codes are those of {@linkcode naswot}; weights start from N(0, 2 / fanIn).
 *
 * The most that it can be is the number of images, and a network of usual width on usual images reaches that
 * with any cell. TE-NAS has a thin network of a channel or so look at 3000 crops of 3 x 3 pixels and one
 * channel, so that the counts differ; do the same, and let {@linkcode naswot} compare networks of full size.
 * The published code puts three batches of 1000 through, each with its own statistics; here it is one.
 *
 * @example A thin network, many small images
 * ```ts
 * import { createRng, linearRegions, nasBench201, noiseBatch } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201({ channels: 1, cellsPerStage: 1, size: 4, inputChannels: 1 });
 * const score = (op: number) => {
 *   const graph = space.lower(space.fromChoices(new Array(6).fill(op)));
 *   const batch = noiseBatch(graph, { count: 500, rng: createRng("noise") });
 *   return linearRegions().score(graph, batch, createRng("weights"));
 * };
 * const [convolutions, pools] = [await score(3), await score(4)];
 * assert(pools < convolutions && convolutions <= 500); // pools level the images
 * ```
 */
export function linearRegions(
  { init = "heNormal", statistics = "batch", activations = usualCodedOps }: CodeOptions = {},
): Proxy {
  checkCodedOps("linear_regions", activations);
  return kitProxy(import.meta.url, "linearRegions", {
    name: "linear_regions",
    needs: "images",
    paper: "Chen et al. 2021",
    bias: "many units, until every image has a region of its own",
    init,
    options: { statistics, activations: [...activations] },
    score: (net) => distinctCodes(net.codeAgreement(net.nodesOf(...activations), { statistics })),
  });
}

/**
 * How many different codes there are.
 *
 * @param agreement On how many units each pair of images agrees, `[count, count]`, with the number of all
 * units on its diagonal.
 *
 * @example Codes 110, 101 and 110
 * ```ts
 * import { distinctCodes } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(distinctCodes([3, 1, 3, 1, 3, 1, 3, 1, 3]), 2);
 * ```
 */
export function distinctCodes(agreement: ArrayLike<number>): number {
  const count = Math.round(Math.sqrt(agreement.length)), units = agreement[0];
  let distinct = 0;
  for (let i = 0; i < count; i++) {
    let j = 0;
    while (j < i && agreement[i * count + j] !== units) j++;
    if (j === i) distinct++;
  }
  return distinct;
}
