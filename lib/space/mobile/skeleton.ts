/** The activations of mobile networks. */
export type MobileActivation = "relu" | "relu6" | "hswish" | "swish";

/** Some inverted residual blocks of the same width, with what can be chosen in them. */
export interface MobileStage {
  /** The numbers of output channels to choose from, before the width multiplier. */
  readonly channels: readonly number[];
  /** Step of the first block in pixels; the others have 1. */
  readonly stride: number;
  /** The numbers of blocks to choose from, increasing. */
  readonly depths: readonly number[];
  /** The sides of a block's depthwise kernel to choose from; odd. */
  readonly kernels: readonly number[];
  /** How many times as many channels a block works on inside as it reads, to choose from. */
  readonly expansions: readonly number[];
  /** The activation. */
  readonly activation: MobileActivation;
  /**
   * A squeeze-and-excitation gate (Hu et al. 2018) behind the depthwise convolution; none when absent.
   * `"input"`, as in EfficientNet: through a quarter of the channels that the block reads and its
   * activation, to a sigmoid. `"expanded"`, as in MobileNetV3: through a quarter of those that it works
   * on, rounded, and a ReLU, to an h-sigmoid.
   */
  readonly squeeze?: "input" | "expanded";
}

/** A MobileNet-style network with holes in it. */
export interface MobileSkeleton {
  /** Height and width of the images in pixels, where no others are given. */
  readonly resolution: number;
  /** The convolution of 3x3 at the start. */
  readonly stem: {
    /** Its output channels. */
    readonly channels: number;
    /** Its step in pixels. */
    readonly stride: number;
    /** Its activation. */
    readonly activation: MobileActivation;
  };
  /** The stages in order. */
  readonly stages: readonly MobileStage[];
  /** What stands between the last stage and the classifier. */
  readonly head: {
    /** Channels of a convolution of 1x1 before the pixels are averaged; none when absent. */
    readonly channels?: number;
    /** Features of a linear layer behind that, without a bias; none when absent. */
    readonly features?: number;
    /** The activation of both. */
    readonly activation: MobileActivation;
  };
  /** Channels are rounded to a multiple of this when a width multiplier changes them; 8 when absent. */
  readonly multiple?: number;
}

/** How much larger a skeleton is made. */
export interface MobileScale {
  /** Factor of the numbers of blocks, which are rounded up. */
  readonly depth: number;
  /** Factor of all channels, which are rounded as {@linkcode roundChannels} does. */
  readonly width: number;
  /** Factor of the resolution, which is rounded to whole pixels. */
  readonly resolution: number;
}

/**
 * Rounds channels to the nearest multiple, but never by more than a tenth down and never to 0 (the
 * rule of MobileNet and EfficientNet).
 *
 * @throws {RangeError} When channels are not a positive number, or `multiple` not a positive whole one.
 *
 * @example
 * ```ts
 * import { roundChannels } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(roundChannels(35.2), 32);
 * assertEquals(roundChannels(18), 24); // 16 would be more than a tenth down
 * assertEquals(roundChannels(3), 8);
 * ```
 */
export function roundChannels(channels: number, multiple = 8): number {
  if (!(channels > 0 && channels < Infinity)) {
    throw new RangeError(
      `Cannot round channels: channels must be a positive number, got ${channels}`,
    );
  }
  checkWhole("Cannot round channels", { multiple });
  const rounded = Math.max(multiple, Math.floor((channels + multiple / 2) / multiple) * multiple);
  return rounded < 0.9 * channels ? rounded + multiple : rounded;
}

/**
 * The same skeleton, deeper, wider and for larger images.
 *
 * @throws {RangeError} When a factor is not a positive number.
 *
 * @example The network that is published as EfficientNet-B1
 * ```ts
 * import { cost, mobileNetwork, mobileSkeletons, scaleMobileSkeleton } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const skeleton = scaleMobileSkeleton(mobileSkeletons.efficientNetB0, {
 *   depth: 1.1,
 *   width: 1,
 *   resolution: 240 / 224,
 * });
 * const space = mobileNetwork({ skeleton, classes: 1000 });
 * const [b1] = space.enumerate();
 * assertEquals(b1?.resolution, 240);
 * assertEquals(cost(space.lower(b1!)).params, 7_794_184);
 * ```
 */
export function scaleMobileSkeleton(
  skeleton: MobileSkeleton,
  { depth, width, resolution }: MobileScale,
): MobileSkeleton {
  for (const [name, factor] of Object.entries({ depth, width, resolution })) {
    if (!(factor > 0 && factor < Infinity)) {
      throw new RangeError(`Cannot scale: ${name} must be a positive number, got ${factor}`);
    }
  }
  const { stem, stages, head, multiple = 8 } = skeleton;
  const wide = (channels: number) => widened(channels, { width, multiple });
  // Rounded first, so that a factor such as 1.2 ** 2 of 25 blocks is not one more by its last digit.
  const deep = (count: number) => Math.ceil(Number((count * depth).toPrecision(12)));
  return {
    ...skeleton,
    resolution: Math.max(1, Math.round(skeleton.resolution * resolution)),
    stem: { ...stem, channels: wide(stem.channels) },
    stages: stages.map((stage) => ({
      ...stage,
      channels: stage.channels.map(wide),
      depths: [...new Set(stage.depths.map(deep))],
    })),
    head: {
      ...head,
      ...(head.channels === undefined ? {} : { channels: wide(head.channels) }),
      ...(head.features === undefined ? {} : { features: wide(head.features) }),
    },
  };
}

/** Channels times a width multiplier; at 1 they stay as they are. */
export function widened(
  channels: number,
  { width, multiple }: { readonly width: number; readonly multiple: number },
): number {
  return width === 1 ? channels : roundChannels(channels * width, multiple);
}

/** Throws a `RangeError` unless all values are positive whole numbers. */
export function checkWhole(task: string, values: { readonly [name: string]: number }): void {
  for (const [name, value] of Object.entries(values)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`${task}: ${name} must be a positive whole number, got ${value}`);
    }
  }
}

/** Throws a `RangeError` when a skeleton cannot be built. */
export function checkSkeleton(task: string, skeleton: MobileSkeleton): void {
  const { resolution, stem, stages, head, multiple = 8 } = skeleton;
  checkWhole(task, {
    "skeleton.resolution": resolution,
    "skeleton.stem.channels": stem.channels,
    "skeleton.stem.stride": stem.stride,
    "skeleton.head.channels": head.channels ?? 1,
    "skeleton.head.features": head.features ?? 1,
    "skeleton.multiple": multiple,
  });
  if (stages.length === 0) throw new RangeError(`${task}: skeleton.stages is empty`);
  stages.forEach(({ stride, channels, depths, kernels, expansions }, i) => {
    const place = `skeleton.stages[${i}]`;
    checkWhole(task, { [`${place}.stride`]: stride });
    for (const [name, options] of Object.entries({ channels, depths, kernels })) {
      options.forEach((each) => checkWhole(task, { [`${place}.${name}`]: each }));
      if (options.length === 0) throw new RangeError(`${task}: ${place}.${name} is empty`);
    }
    const even = kernels.find((kernel) => kernel % 2 === 0);
    if (even !== undefined) {
      throw new RangeError(`${task}: ${place}.kernels must be odd, got ${even}`);
    }
    if (!(expansions.length > 0 && expansions.every((each) => each >= 1 && each < Infinity))) {
      throw new RangeError(
        `${task}: ${place}.expansions must be numbers of at least 1, got [${expansions}]`,
      );
    }
  });
}

/** A skeleton as text that tells it from all others. */
export function describeSkeleton({ stem, stages, head, multiple = 8 }: MobileSkeleton): string {
  const each = stages.map((stage) =>
    `stage ${stage.channels}/${stage.stride} d${stage.depths} k${stage.kernels} ` +
    `e${stage.expansions} ${stage.activation}` + (stage.squeeze ? ` se-${stage.squeeze}` : "")
  );
  return `stem ${stem.channels}/${stem.stride} ${stem.activation}, ${each.join(", ")}, ` +
    `head ${head.channels ?? "-"} ${head.features ?? "-"} ${head.activation}, multiple ${multiple}`;
}
