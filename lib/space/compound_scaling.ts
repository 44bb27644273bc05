import { defineSpace } from "./define.ts";
import { mobileChains } from "./mobile/chains.ts";
import type { MobileArch } from "./mobile/arch.ts";
import {
  checkSkeleton,
  checkWhole,
  describeSkeleton,
  type MobileSkeleton,
  scaleMobileSkeleton,
} from "./mobile/skeleton.ts";
import { mobileSkeletons } from "./mobile/skeletons.ts";
import { choice } from "./parts/choice.ts";
import { product } from "./parts/product.ts";
import type { SearchSpace } from "./space.ts";

/** A network that is scaled as a whole. */
export interface CompoundArch {
  /** The compound coefficient: 0 for the baseline, one more for about twice the work. */
  readonly phi: number;
}

/** What is scaled, and how. */
export interface CompoundScalingOptions {
  /** The baseline, in which nothing is left to choose; `mobileSkeletons.efficientNetB0` when absent. */
  readonly skeleton?: MobileSkeleton;
  /** The coefficients to choose from; 0 to 7 when absent. */
  readonly phis?: readonly number[];
  /** Factor of the depth for each step of the coefficient; 1.2 when absent. */
  readonly alpha?: number;
  /** Factor of the width for each step; 1.1 when absent. */
  readonly beta?: number;
  /** Factor of the resolution for each step; 1.15 when absent. */
  readonly gamma?: number;
  /** Channels of the images; 3 when absent. */
  readonly inputChannels?: number;
  /** Classes to tell apart; 10 when absent. */
  readonly classes?: number;
}

/**
 * The space of EfficientNet's compound scaling (Tan & Le 2019): all networks that one coefficient φ
 * makes of a baseline, with α^φ times the blocks, β^φ times the channels and γ^φ times the resolution.
 * Work grows with depth · width² · resolution², so by α·β²·γ² ≈ 1.92 for each step.
 *
 * Blocks are rounded up, channels to a multiple of 8 as {@linkcode roundChannels} does, and the
 * resolution to whole pixels. Each network is one of a {@linkcode mobileNetwork}: that of the skeleton
 * that {@linkcode scaleMobileSkeleton} gives for the same factors. The published B1 to B7 were rounded
 * by hand (B1: depth 1.1, width 1, 240 pixels) and are other networks than φ = 1 to 7 give.
 *
 * @throws {RangeError} When the baseline leaves something to choose, or an option makes no sense.
 *
 * @example
 * ```ts
 * import { compoundScaling, cost } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = compoundScaling({ phis: [0, 1, 2], classes: 1000 });
 * assertEquals(cost(space.lower({ phi: 0 })).params, 5_288_548); // as published for B0
 * const macs = [...space.enumerate()].map((arch) => cost(space.lower(arch)).macs);
 * assertEquals(macs.map((each) => Math.round(each / 1e6)), [386, 993, 1811]);
 * ```
 */
export function compoundScaling(options: CompoundScalingOptions = {}): SearchSpace<CompoundArch> {
  const { skeleton = mobileSkeletons.efficientNetB0, phis = [0, 1, 2, 3, 4, 5, 6, 7] } = options;
  const { alpha = 1.2, beta = 1.1, gamma = 1.15, inputChannels = 3, classes = 10 } = options;
  const task = "Cannot make compoundScaling";
  checkSkeleton(task, skeleton);
  checkWhole(task, { inputChannels, classes });
  skeleton.stages.forEach(({ channels, depths, kernels, expansions }, i) => {
    for (const [name, list] of Object.entries({ channels, depths, kernels, expansions })) {
      if (list.length !== 1) {
        throw new RangeError(
          `${task}: skeleton.stages[${i}].${name} must have one option, got [${list}]`,
        );
      }
    }
  });
  for (const [name, factor] of Object.entries({ alpha, beta, gamma })) {
    if (!(factor > 0 && factor < Infinity)) {
      throw new RangeError(`${task}: ${name} must be a positive number, got ${factor}`);
    }
  }
  const bad = phis.find((phi) => !Number.isFinite(phi));
  if (bad !== undefined) throw new RangeError(`${task}: phis must be numbers, got ${bad}`);
  const networks = new Map(phis.map((phi) => {
    const scaled = scaleMobileSkeleton(skeleton, {
      depth: alpha ** phi,
      width: beta ** phi,
      resolution: gamma ** phi,
    });
    return [phi, mobileChains({ skeleton: scaled, inputChannels, classes })(onlyArch(scaled))];
  }));
  return defineSpace<CompoundArch>({
    name: `compound scaling (phis ${phis}, alpha ${alpha}, beta ${beta}, gamma ${gamma}, ` +
      `input channels ${inputChannels}, classes ${classes}, baseline ${skeleton.resolution}px, ${
        describeSkeleton(skeleton)
      })`,
    part: product({ phi: choice(phis) }),
    encode: ({ phi }) => `phi ${phi}`,
    decode: (text) => {
      const phi = phis.find((each) => `phi ${each}` === text);
      if (phi !== undefined) return { phi };
      throw new SyntaxError(
        `Cannot decode "${text}" as compound scaling: expected "phi " and one of ${
          phis.join(", ")
        }`,
      );
    },
    chain: ({ phi }) => networks.get(phi) as ReturnType<ReturnType<typeof mobileChains>>,
  });
}

/** The one network of a skeleton in which nothing is left to choose. */
function onlyArch({ resolution, stages }: MobileSkeleton): MobileArch {
  return {
    resolution,
    width: 1,
    stages: stages.map(({ channels, depths, kernels, expansions }) => ({
      channels: channels[0] as number,
      blocks: Array.from({ length: depths[0] as number }, () => ({
        kernel: kernels[0] as number,
        expansion: expansions[0] as number,
      })),
    })),
  };
}
