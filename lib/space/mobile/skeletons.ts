import type { MobileSkeleton, MobileStage } from "./skeleton.ts";

/** Skeletons to start from. */
export interface MobileSkeletons {
  /** Small networks for images of 28 to 32 pixels, which train in seconds: 2,795,688 of them. */
  readonly small: MobileSkeleton;
  /**
   * The space of Once-for-All on MobileNetV3 (Cai et al. 2020): five stages of 2 to 4 blocks, each with
   * a kernel of 3, 5 or 7 and an expansion of 3, 4 or 6, (9² + 9³ + 9⁴)⁵ ≈ 2.18e19 networks.
   */
  readonly ofaMobileNetV3: MobileSkeleton;
  /**
   * The space of Once-for-All on the widths of ProxylessNAS (Cai et al. 2020), without gates: the same
   * choices, and a single block in a sixth stage, 9 · (9² + 9³ + 9⁴)⁵ ≈ 1.96e20 networks. On it, at
   * other widths and resolutions, MCUNet searches (Lin et al. 2020).
   */
  readonly ofaProxyless: MobileSkeleton;
  /** MobileNetV2 (Sandler et al. 2018): a single network. */
  readonly mobileNetV2: MobileSkeleton;
  /** EfficientNet-B0 (Tan & Le 2019): a single network. */
  readonly efficientNetB0: MobileSkeleton;
}

/**
 * Skeletons to start from.
 *
 * @example Once-for-All's space, with its 25 resolutions
 * ```ts
 * import { mobileNetwork, mobileSkeletons } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const resolutions = Array.from({ length: 25 }, (_, i) => 128 + 4 * i);
 * const space = mobileNetwork({
 *   skeleton: mobileSkeletons.ofaMobileNetV3,
 *   resolutions,
 *   classes: 1000,
 * });
 * assertEquals(space.size, 25n * (9n ** 2n + 9n ** 3n + 9n ** 4n) ** 5n);
 * ```
 */
export const mobileSkeletons: MobileSkeletons = {
  small: {
    resolution: 28,
    stem: { channels: 8, stride: 1, activation: "relu" },
    stages: [
      smallStage({ channels: 8, stride: 1, depths: [1, 2] }),
      smallStage({ channels: 16, stride: 2, depths: [1, 2, 3] }),
      smallStage({ channels: 32, stride: 2, depths: [1, 2, 3] }),
    ],
    head: { channels: 64, activation: "relu" },
    multiple: 4,
  },
  ofaMobileNetV3: {
    resolution: 224,
    stem: { channels: 16, stride: 2, activation: "hswish" },
    stages: [
      fixed({ channels: 16, stride: 1, depth: 1, kernel: 3, expansion: 1 }, "relu"),
      ofaStage({ channels: 24, stride: 2, activation: "relu" }),
      ofaStage({ channels: 40, stride: 2, activation: "relu", squeeze: "expanded" }),
      ofaStage({ channels: 80, stride: 2, activation: "hswish" }),
      ofaStage({ channels: 112, stride: 1, activation: "hswish", squeeze: "expanded" }),
      ofaStage({ channels: 160, stride: 2, activation: "hswish", squeeze: "expanded" }),
    ],
    head: { channels: 960, features: 1280, activation: "hswish" },
  },
  ofaProxyless: {
    resolution: 224,
    stem: { channels: 32, stride: 2, activation: "relu6" },
    stages: [
      fixed({ channels: 16, stride: 1, depth: 1, kernel: 3, expansion: 1 }, "relu6"),
      ofaStage({ channels: 24, stride: 2, activation: "relu6" }),
      ofaStage({ channels: 40, stride: 2, activation: "relu6" }),
      ofaStage({ channels: 80, stride: 2, activation: "relu6" }),
      ofaStage({ channels: 96, stride: 1, activation: "relu6" }),
      ofaStage({ channels: 192, stride: 2, activation: "relu6" }),
      { ...ofaStage({ channels: 320, stride: 1, activation: "relu6" }), depths: [1] },
    ],
    head: { channels: 1280, activation: "relu6" },
  },
  mobileNetV2: {
    resolution: 224,
    stem: { channels: 32, stride: 2, activation: "relu6" },
    stages: [
      fixed({ channels: 16, stride: 1, depth: 1, kernel: 3, expansion: 1 }, "relu6"),
      fixed({ channels: 24, stride: 2, depth: 2, kernel: 3, expansion: 6 }, "relu6"),
      fixed({ channels: 32, stride: 2, depth: 3, kernel: 3, expansion: 6 }, "relu6"),
      fixed({ channels: 64, stride: 2, depth: 4, kernel: 3, expansion: 6 }, "relu6"),
      fixed({ channels: 96, stride: 1, depth: 3, kernel: 3, expansion: 6 }, "relu6"),
      fixed({ channels: 160, stride: 2, depth: 3, kernel: 3, expansion: 6 }, "relu6"),
      fixed({ channels: 320, stride: 1, depth: 1, kernel: 3, expansion: 6 }, "relu6"),
    ],
    head: { channels: 1280, activation: "relu6" },
  },
  efficientNetB0: {
    resolution: 224,
    stem: { channels: 32, stride: 2, activation: "swish" },
    stages: [
      squeezed({ channels: 16, stride: 1, depth: 1, kernel: 3, expansion: 1 }),
      squeezed({ channels: 24, stride: 2, depth: 2, kernel: 3, expansion: 6 }),
      squeezed({ channels: 40, stride: 2, depth: 2, kernel: 5, expansion: 6 }),
      squeezed({ channels: 80, stride: 2, depth: 3, kernel: 3, expansion: 6 }),
      squeezed({ channels: 112, stride: 1, depth: 3, kernel: 5, expansion: 6 }),
      squeezed({ channels: 192, stride: 2, depth: 4, kernel: 5, expansion: 6 }),
      squeezed({ channels: 320, stride: 1, depth: 1, kernel: 3, expansion: 6 }),
    ],
    head: { channels: 1280, activation: "swish" },
  },
};

interface FixedStage {
  readonly channels: number;
  readonly stride: number;
  readonly depth: number;
  readonly kernel: number;
  readonly expansion: number;
}

function fixed(
  { channels, stride, depth, kernel, expansion }: FixedStage,
  activation: MobileStage["activation"],
): MobileStage {
  return {
    channels: [channels],
    stride,
    depths: [depth],
    kernels: [kernel],
    expansions: [expansion],
    activation,
  };
}

function squeezed(stage: FixedStage): MobileStage {
  return { ...fixed(stage, "swish"), squeeze: "input" };
}

function ofaStage(
  { channels, ...rest }: Omit<MobileStage, "channels" | "depths" | "kernels" | "expansions"> & {
    readonly channels: number;
  },
): MobileStage {
  return {
    channels: [channels],
    depths: [2, 3, 4],
    kernels: [3, 5, 7],
    expansions: [3, 4, 6],
    ...rest,
  };
}

function smallStage(
  { channels, stride, depths }: {
    readonly channels: number;
    readonly stride: number;
    readonly depths: readonly number[];
  },
): MobileStage {
  return {
    channels: [channels],
    stride,
    depths,
    kernels: [3, 5, 7],
    expansions: [2, 4],
    activation: "relu",
  };
}
