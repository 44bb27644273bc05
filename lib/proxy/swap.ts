import { checkCodedOps, type CodeOptions, usualCodedOps } from "./codes.ts";
import { kitProxy } from "./kit_proxy.ts";
import { requireCount } from "./options.ts";
import type { Proxy } from "./proxy.ts";

/** How {@linkcode swap} counts. */
export interface SwapOptions extends CodeOptions {
  /** How many images it looks at, the first of the batch; 16 when absent, all where there are fewer. */
  readonly images?: number;
}

/**
 * SWAP, sample-wise activation patterns (Peng et al. 2024, "SWAP-NAS: Sample-Wise Activation Patterns for
 * Ultra-fast NAS"): how many different patterns a network's ReLUs have, a unit's pattern being for which of
 * the images it gets something above zero. Where {@linkcode naswot} compares images over all units, this
 * compares units over all images.
 *
 * It is at most the number of units, and at most 2 to the number of images, which a large network on noise
 * comes near. It ranks worse by more images, of which nearly every unit has a pattern of its own: on 45 small
 * networks of NAS-Bench-201 by 16 images with 0.87, by 32 with 0.81. The paper's correction of the score by a
 * network's size, whose two numbers are chosen for a space, is not in it.
 *
 * @example
 * ```ts
 * import { createRng, nasBench201, noiseBatch, swap } from "naskit";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const batch = noiseBatch(space.lower(space.fromChoices([3, 1, 3, 1, 3, 3])), {
 *   count: 16,
 *   rng: createRng("noise"),
 * });
 * const score = (choices: number[]) =>
 *   swap().score(space.lower(space.fromChoices(choices)), batch, createRng("weights"));
 * assert(await score([3, 1, 3, 1, 3, 3]) > await score([1, 1, 1, 1, 1, 1]));
 * assertEquals(await score([0, 0, 0, 0, 0, 0]), 1); // of the last batch norm's zeros
 * ```
 */
export function swap(options: SwapOptions = {}): Proxy {
  const { init = "torchDefault", statistics = "batch", activations = usualCodedOps } = options;
  const { images = 16 } = options;
  checkCodedOps("swap", activations);
  requireCount("swap", { option: "images", got: images });
  return kitProxy(import.meta.url, "swap", {
    name: "swap",
    needs: "images",
    paper: "Peng et al. 2024",
    bias: "many units, until every pattern is there or every unit has its own",
    init,
    options: { statistics, activations: [...activations], images },
    score: (net) => net.first(images).distinctPatterns(net.nodesOf(...activations), { statistics }),
  });
}
