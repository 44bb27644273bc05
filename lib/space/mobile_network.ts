import { defineSpace } from "./define.ts";
import { encodeMobile, type MobileArch, parseMobile } from "./mobile/arch.ts";
import { mobileChains } from "./mobile/chains.ts";
import { relaxMobile } from "./mobile/relaxed.ts";
import {
  checkSkeleton,
  checkWhole,
  describeSkeleton,
  type MobileSkeleton,
} from "./mobile/skeleton.ts";
import { mobileSkeletons } from "./mobile/skeletons.ts";
import { choice } from "./parts/choice.ts";
import type { Part } from "./parts/part.ts";
import { product } from "./parts/product.ts";
import { repeat } from "./parts/repeat.ts";
import type { SearchSpace } from "./space.ts";

/** What can be chosen in a mobile network. */
export interface MobileNetworkOptions {
  /** The stages and what can be chosen in them; `mobileSkeletons.small` when absent. */
  readonly skeleton?: MobileSkeleton;
  /** Heights and widths of the images, in pixels, to choose from; the skeleton's one when absent. */
  readonly resolutions?: readonly number[];
  /** Multipliers of all channels to choose from, the head's too; 1 when absent. */
  readonly widths?: readonly number[];
  /** Channels of the images; 3 when absent. */
  readonly inputChannels?: number;
  /** Classes to tell apart; 10 when absent. */
  readonly classes?: number;
}

/**
 * Network-level search: MobileNet-style networks of inverted residual blocks, in which everything but
 * the block is chosen: the resolution of the images, a width multiplier, and in each stage its
 * channels, its depth, and each block's kernel and expansion. It is the space of Once-for-All, MCUNet
 * and MnasNet, as the skeleton and the options say.
 *
 * A controller decides in this order; a stage's depth decides how many blocks there are to decide
 * about. Architectures encode as text such as `28px w1 8:k3e2 16:k5e4-k3e2 32:k3e4`: for each stage its
 * channels and blocks. The width multiplier scales the head like all else. Costs of whole networks are
 * fastest by {@linkcode spaceCosts}.
 *
 * The network reads images of its resolution: where there are several, whoever trains one must resize
 * the data to it (see the second example).
 *
 * @throws {RangeError} When an option or the skeleton makes no sense.
 *
 * @example
 * ```ts
 * import { cost, createRng, mobileNetwork } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = mobileNetwork({ inputChannels: 1, resolutions: [20, 28], widths: [0.5, 1] });
 * const arch = space.decode("28px w0.5 8:k3e2 16:k5e4-k3e2 32:k3e4");
 * assertEquals(arch.stages.map(({ blocks }) => blocks.length), [1, 2, 1]);
 * assertEquals(cost(space.lower(arch)).params, 3_494);
 * const child = space.mutate(arch, createRng("child"));
 * ```
 *
 * @example Training at the resolution that was chosen
 * ```ts
 * import { digits, maximize, mobileNetwork, randomSearch, search, trainFromScratch } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const study = await search({
 *   space: mobileNetwork({ inputChannels: 1, resolutions: [6, 8] }),
 *   strategy: randomSearch(),
 *   evaluate: trainFromScratch(await digits({ train: 100 }), { epochs: 1, resize: true }),
 *   objective: maximize("accuracy"),
 *   budget: { trials: 2 },
 *   seed: "resolutions",
 * });
 * assertEquals(study.trials.length, 2);
 * ```
 */
export function mobileNetwork(options: MobileNetworkOptions = {}): SearchSpace<MobileArch> {
  const { skeleton = mobileSkeletons.small, widths = [1], inputChannels = 3, classes = 10 } =
    options;
  const task = "Cannot make mobileNetwork";
  checkSkeleton(task, skeleton);
  const { resolutions = [skeleton.resolution] } = options;
  checkWhole(task, { inputChannels, classes });
  resolutions.forEach((resolution) => checkWhole(task, { resolutions: resolution }));
  const bad = widths.find((width) => !(width > 0 && width < Infinity));
  if (bad !== undefined) {
    throw new RangeError(`${task}: widths must be positive numbers, got ${bad}`);
  }
  const whole = { skeleton, inputChannels, classes, resolutions, widths };
  const part: Part<MobileArch> = product({
    resolution: choice(resolutions),
    width: choice(widths),
    stages: product(skeleton.stages.map(({ channels, depths, kernels, expansions }) => {
      const block = product({ kernel: choice(kernels), expansion: choice(expansions) });
      return product({
        channels: choice(channels),
        blocks: repeat(block, { counts: depths }),
      });
    })),
  });
  return defineSpace<MobileArch>({
    name: `mobile network (input ${resolutions}px x ${inputChannels}, widths ${widths}, ` +
      `${describeSkeleton(skeleton)}, classes ${classes})`,
    part,
    encode: encodeMobile,
    decode: (text) => {
      const arch = parseMobile(text);
      try {
        part.write(arch, []);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        throw new SyntaxError(`Cannot decode "${text}" as a mobile network: ${error.message}`, {
          cause: error,
        });
      }
      return arch;
    },
    chain: mobileChains({ skeleton, inputChannels, classes }),
    relax: (options) => relaxMobile(whole, options),
    recipe: { module: import.meta.url, factory: "mobileNetwork", args: [whole] },
  });
}
