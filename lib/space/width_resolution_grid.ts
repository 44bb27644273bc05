import type { NamedSpace } from "./compare_spaces.ts";
import type { MobileArch } from "./mobile/arch.ts";
import { mobileNetwork, type MobileNetworkOptions } from "./mobile_network.ts";

/** A space of mobile networks of one width and one resolution. */
export interface WidthResolutionSpace extends NamedSpace<MobileArch> {
  /** The width multiplier of all its networks. */
  readonly width: number;
  /** Height and width of their images, in pixels. */
  readonly resolution: number;
}

const defaultWidths = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
const defaultResolutions = Array.from({ length: 12 }, (_, i) => 48 + 16 * i);

/**
 * The spaces among which TinyNAS chooses (Lin et al., "MCUNet", 2020): one for each width multiplier
 * and each resolution, all with the same choices of depth, kernel and expansion.
 *
 * They are a {@linkcode mobileNetwork} taken apart: each network of
 * `mobileNetwork({ skeleton, widths, resolutions })` is in exactly one of them. Their names are such
 * as `w0.5 r96`. Widths come in the order given, and of each the resolutions.
 *
 * @param options As for {@linkcode mobileNetwork}, but for the defaults, which are the paper's: widths
 * 0.2 to 1 in steps of 0.1, resolutions 48 to 224 in steps of 16, 108 spaces in all.
 * @throws {RangeError} When an option makes no sense, or a width or resolution comes twice.
 *
 * @example
 * ```ts
 * import { mobileSkeletons, widthResolutionGrid } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const skeleton = mobileSkeletons.ofaProxyless;
 * assertEquals(widthResolutionGrid({ skeleton }).length, 108);
 * const grid = widthResolutionGrid({ skeleton, widths: [0.5, 1], resolutions: [96, 128] });
 * assertEquals(grid.map(({ name }) => name), ["w0.5 r96", "w0.5 r128", "w1 r96", "w1 r128"]);
 * ```
 */
export function widthResolutionGrid(options: MobileNetworkOptions = {}): WidthResolutionSpace[] {
  const { widths = defaultWidths, resolutions = defaultResolutions, ...rest } = options;
  for (const [name, values] of Object.entries({ widths, resolutions })) {
    if (new Set(values).size < values.length || values.length === 0) {
      throw new RangeError(
        `Cannot make a grid of spaces: ${name} must be different numbers, got [${values}]`,
      );
    }
  }
  return widths.flatMap((width) =>
    resolutions.map((resolution) => ({
      name: `w${width} r${resolution}`,
      width,
      resolution,
      space: mobileNetwork({ ...rest, widths: [width], resolutions: [resolution] }),
    }))
  );
}
