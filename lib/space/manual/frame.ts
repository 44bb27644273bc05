import { checkWhole, widened } from "../mobile/skeleton.ts";

/** What every network designed by hand can be told. */
export interface ManualNetworkOptions {
  /** Height and width of the images in pixels; 32 when absent. */
  readonly size?: number;
  /** Channels of the images; 3 when absent. */
  readonly inputChannels?: number;
  /** Classes to tell apart; 10 when absent. */
  readonly classes?: number;
  /** Channels of each stage, before the width multiplier. */
  readonly channels?: readonly number[];
  /** The depth of each stage: how many of the network's layers or blocks it has. */
  readonly depths?: readonly number[];
  /**
   * Multiplier of all channels and hidden features, which are rounded to a multiple of 4 as
   * {@linkcode roundChannels} does; 1 when absent.
   */
  readonly width?: number;
}

/** The options, complete and with the width applied. */
export interface ManualFrame {
  readonly size: number;
  readonly inputChannels: number;
  readonly classes: number;
  readonly stages: readonly { readonly channels: number; readonly depth: number }[];
  /** Channels times the width multiplier. */
  readonly wide: (channels: number) => number;
}

/** The frame of a network. Throws a `RangeError` when an option makes no sense. */
export function manualFrame(
  task: string,
  options: ManualNetworkOptions & Required<Pick<ManualNetworkOptions, "channels" | "depths">>,
): ManualFrame {
  const { size = 32, inputChannels = 3, classes = 10, width = 1, channels, depths } = options;
  checkWhole(task, { size, inputChannels, classes });
  if (!(width > 0 && width < Infinity)) {
    throw new RangeError(`${task}: width must be a positive number, got ${width}`);
  }
  if (channels.length !== depths.length || channels.length === 0) {
    throw new RangeError(
      `${task}: channels and depths must have one number for each stage, got [${channels}] and ` +
        `[${depths}]`,
    );
  }
  for (const [name, values] of Object.entries({ channels, depths })) {
    values.forEach((value, i) => checkWhole(task, { [`${name}[${i}]`]: value }));
  }
  const wide = (each: number) => widened(each, { width, multiple: 4 });
  const stages = channels.map((each, i) => ({ channels: wide(each), depth: depths[i] as number }));
  return { size, inputChannels, classes, stages, wide };
}
