import { kitProxy } from "./kit_proxy.ts";
import type { Probe } from "./probe.ts";
import type { Proxy } from "./proxy.ts";
import {
  logOfScales,
  meanDistance,
  meanOverDraws,
  type ZenImages,
  type ZenOptions,
  type ZenSettings,
  zenSettings,
} from "./zen_runs.ts";

/**
 * Zen-score (Lin et al. 2021, "Zen-NAS: A Zero-Shot NAS for High-Performance Image Recognition"), as the paper
 * defines it: how strongly the last map before global pooling answers to noise on the images, given back what
 * batch norms took away. With weights from N(0, 1), images x and noise e from N(0, 1),
 *
 * log(mean over the images of ‖f(x) - f(x + alpha e)‖) + sum over batch norms of log √(mean over channels of
 * the variance), the batch's at x.
 *
 * It needs no data: images are drawn, as many as the batch has. A model keeps its weights, with scales of 1 and
 * shifts of 0 in its batch norms. The score is -∞ where the output does not depend on the images or a batch norm
 * reads a constant, and `NaN` or ∞ where values overflow, as they do in deep networks without batch norm.
 *
 * The paper takes residual connections out of the network first, `residual: "remove"`. In a cell a skip
 * connection is a choice that a score is to judge, so that they stay unless told otherwise. What the published code
 * does otherwise is {@linkcode zenRunningVar}; it draws once in a search, and 32 times for the record. Of maps of
 * one size, the two distances' logarithms differ by about a constant.
 *
 * @throws {RangeError} When `alpha` is not a positive number, `draws` is not a positive whole one, or another
 * option is something else.
 *
 * @example
 * ```ts
 * import { createRng, nasBench201, noiseBatch, zen } from "naskit";
 * import { assertGreater } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const score = (choices: number[]) => {
 *   const graph = space.lower(space.fromChoices(choices));
 *   const batch = noiseBatch(graph, { count: 16, rng: createRng("noise") });
 *   return zen({ draws: 4 }).score(graph, batch, createRng("draws"));
 * };
 * assertGreater(await score([3, 3, 3, 3, 3, 3]), await score([4, 4, 4, 4, 4, 4]));
 * ```
 */
export function zen(options: ZenOptions = {}): Proxy {
  const settings = zenSettings("zen", options, { distance: "l2" });
  const { init, ...rest } = settings;
  return kitProxy(import.meta.url, "zen", {
    name: "zen",
    needs: settings.images === "noise" ? "weights" : "images",
    cost: "forward",
    paper: "Lin et al. 2021",
    bias: "deep and wide networks: each batch norm adds half the logarithm of its fan-in, about",
    init,
    options: rest,
    score: (net) => meanOverDraws(net, settings, (map, images) => zenOf(map, images, settings)),
  });
}

/** The Zen-score of a map on given images. */
export function zenOf(
  map: Probe,
  { clean, noisy }: ZenImages,
  { distance }: Pick<ZenSettings, "distance">,
): number {
  const { output, norms } = map.runNormalised({ images: clean });
  const moved = map.forward({ images: noisy });
  return Math.log(meanDistance(output, moved, { count: map.count, distance })) +
    logOfScales(norms.map(({ variance }) => variance));
}
