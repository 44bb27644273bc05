import { deepLabChain } from "./deep_lab/chain.ts";
import { type DeepLabArch, faultOf, type GridSize, stridesOf } from "./deep_lab/grid.ts";
import { defineSpace } from "./define.ts";
import { mapped } from "./parts/mapped.ts";
import type { Part } from "./parts/part.ts";
import { walk } from "./parts/walk.ts";
import type { SearchSpace } from "./space.ts";

/** A grid and the network around it. */
export interface DeepLabGridOptions {
  /** Layers of a path; 12 when absent. */
  readonly layers?: number;
  /** Resolutions: 1/4 of the image, 1/8 and so on; 4 when absent. */
  readonly levels?: number;
  /** Channels at 1/4; each halving of the resolution doubles them. 8 when absent. */
  readonly channels?: number;
  /** Height and width of the images in pixels, a multiple of the largest stride; 64 when absent. */
  readonly size?: number;
  /** Channels of the images; 3 when absent. */
  readonly inputChannels?: number;
  /** Classes to tell apart at each pixel; 10 when absent. */
  readonly classes?: number;
}

/**
 * The space of the networks for dense prediction of Auto-DeepLab (Liu et al. 2019): at which resolution
 * each of 12 layers works. The first is at 1/4 of the image; each other halves the resolution of the one
 * before it, keeps it or doubles it, between 1/4 and 1/32: 28,657 paths, counted by dynamic programming
 * over the grid, by which samples are drawn uniformly as well.
 *
 * An architecture lists the stride of each layer, and its text has spaces between them. Its network ends
 * in an image of logits at the size of the input, `[size, size, classes]`, on which a {@linkcode Plan}
 * takes a label for each pixel. A stem halves the image twice. A layer is a small cell in place of
 * the searched one: ReLU, convolution and batch norm; of 3x3 where it keeps or (by stride 2) halves the
 * resolution, of 1x1 with a bilinear enlargement behind it where it doubles it. The head looks at the last
 * layer's pixels and, dilated, at those around them, and enlarges their logits to the size of the image.
 *
 * @throws {RangeError} When an option is not a positive whole number, or size is not a multiple of the
 * largest stride.
 *
 * @example
 * ```ts
 * import { deepLabGrid, deepLabPaths, inferShapes } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = deepLabGrid({ classes: 5 });
 * assertEquals(space.size, 28_657n);
 * const graph = space.lower(deepLabPaths.deepLabV3);
 * assertEquals(inferShapes(graph).get(graph.output), [64, 64, 5]);
 * ```
 *
 * @example Training it: a label for each pixel
 * ```ts
 * import { compile, createRng, deepLabGrid } from "naskit";
 * import { assertLess } from "@std/assert";
 *
 * const space = deepLabGrid({ layers: 4, levels: 2, size: 16, inputChannels: 1, classes: 2 });
 * const plan = compile(space.lower([4, 4, 8, 4]), { batch: 16, training: true });
 * plan.initialise({ rng: createRng("weights") });
 * const rng = createRng("images");
 * const labels = Int32Array.from({ length: 16 * 16 * 16 }, (_, i) => i % 16 < 8 ? 0 : 1);
 * const images = Float32Array.from(labels, (label) => label + rng());
 * const losses = Array.from(
 *   { length: 20 },
 *   () => plan.trainStep({ images, labels }, { learningRate: 0.1 }).loss,
 * );
 * assertLess(losses[19]!, losses[0]! / 2);
 * plan.dispose();
 * ```
 */
export function deepLabGrid(options: DeepLabGridOptions = {}): SearchSpace<DeepLabArch> {
  const { layers = 12, levels = 4, channels = 8, size = 64, inputChannels = 3, classes = 10 } =
    options;
  const numbers = { layers, levels, channels, size, inputChannels, classes };
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot make deepLabGrid: ${name} must be a positive whole number, got ${value}`,
      );
    }
  }
  const largest = stridesOf(levels).at(-1) as number;
  if (size % largest !== 0) {
    throw new RangeError(
      `Cannot make deepLabGrid: size must be a multiple of the largest stride, ${largest}, got ${size}`,
    );
  }
  const grid: GridSize = { layers, levels };
  return defineSpace<DeepLabArch>({
    name: `deeplab grid (${layers} layers, ${levels} levels, channels ${channels}, ` +
      `input ${size}x${size}x${inputChannels}, classes ${classes})`,
    part: gridPart(grid),
    encode: (path) => path.join(" "),
    decode: (text) => {
      const words = text === "" ? [] : text.split(" ");
      const path = words.map((word) => /^[1-9]\d*$/.test(word) ? Number(word) : word);
      const fault = faultOf(path, grid);
      if (fault !== undefined) {
        throw new SyntaxError(`Cannot decode "${text}" as a path of the DeepLab grid: ${fault}`);
      }
      return path as DeepLabArch;
    },
    chain: (path) => deepLabChain(path, { channels, size, inputChannels, classes }),
  });
}

/** The paths; the first layer is no decision. */
function gridPart(grid: GridSize): Part<DeepLabArch> {
  const [first, ...rest] = stridesOf(grid.levels) as [number, ...number[]];
  const strides = [first, ...rest];
  const steps = walk({
    decisions: Array.from({ length: grid.layers - 1 }, (_, i) => ({
      name: `layer ${i + 2}`,
      options: strides.map(String),
    })),
    start: 0,
    next: (level, to) => Math.abs(to - level) <= 1 ? to : undefined,
  });
  return mapped(steps, {
    from: (names): DeepLabArch => [first, ...names.map(Number)],
    to: (path) => {
      if (!Array.isArray(path)) {
        throw new TypeError(`must be an array of strides, got ${JSON.stringify(path)}`);
      }
      const fault = faultOf(path, grid);
      if (fault !== undefined) throw new TypeError(fault);
      return path.slice(1).map(String);
    },
  });
}
