import type { DeepLabArch } from "./grid.ts";

/** Well-known networks as paths of the grid of 12 layers and 4 resolutions. */
export interface DeepLabPaths {
  /** DeepLabv3 (Chen et al. 2017): down to 1/16 and on at that resolution, by dilated convolutions. */
  readonly deepLabV3: DeepLabArch;
  /** Conv-Deconv (Noh et al. 2015): down to the coarsest resolution and up again the same way. */
  readonly convDeconv: DeepLabArch;
  /** Stacked Hourglass (Newell et al. 2016): down and up, and once more. */
  readonly stackedHourglass: DeepLabArch;
}

/**
 * The three networks by hand that Auto-DeepLab (Liu et al. 2019) shows as paths of its grid, for the
 * default size of {@linkcode deepLabGrid}. The published drawings leave the layers in the middle out;
 * these fill them in, in the shape that each network is known for.
 *
 * @example
 * ```ts
 * import { deepLabGrid, deepLabPaths } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = deepLabGrid();
 * assertEquals(space.encode(deepLabPaths.convDeconv), "4 4 8 8 16 32 32 16 8 8 4 4");
 * assertEquals(space.encode(deepLabPaths.stackedHourglass), "4 8 16 16 8 4 4 8 16 16 8 4");
 * ```
 */
export const deepLabPaths: DeepLabPaths = {
  deepLabV3: [4, 4, 8, 8, 16, 16, 16, 16, 16, 16, 16, 16],
  convDeconv: [4, 4, 8, 8, 16, 32, 32, 16, 8, 8, 4, 4],
  stackedHourglass: [4, 8, 16, 16, 8, 4, 4, 8, 16, 16, 8, 4],
};
