import { symmetricEigenvalues } from "../stats/mod.ts";
import { kitProxy } from "./kit_proxy.ts";
import { requireCount, type RunOptions } from "./options.ts";
import type { Proxy } from "./proxy.ts";

/** How {@linkcode meco} looks. */
export interface MecoOptions extends RunOptions {
  /** The ops whose values are looked at; convolutions when absent. */
  readonly ops?: readonly string[];
  /** How many images it looks at, the first of the batch; 1 when absent, as in the paper. */
  readonly images?: number;
}

/**
 * MeCo, the minimum eigenvalue of correlation (Jiang et al. 2023, "MeCo: Zero-Shot NAS with One Data and
 * Single Forward Pass via Minimum Eigenvalue of Correlation"): of the Pearson correlations between a
 * convolution's channels over the pixels, the smallest eigenvalue, summed over the convolutions. A channel
 * that the others make up leaves an eigenvalue of 0; unrelated ones have 1.
 *
 * A channel that is the same everywhere correlates with none, nor with itself, as in the published code, and
 * a convolution without effect counts nothing. A convolution with as many channels as there are pixels gives
 * 0 too. The published code looks at the outputs of all its modules; correlations do not change by what batch
 * norms do, so that here it is those of convolutions.
 *
 * @example
 * ```ts
 * import { createRng, meco, nasBench201, noiseBatch } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 16 });
 * const batch = noiseBatch(space.lower(space.fromChoices([3, 1, 3, 1, 3, 3])), {
 *   count: 4,
 *   rng: createRng("noise"),
 * });
 * const score = (choices: number[]) =>
 *   meco().score(space.lower(space.fromChoices(choices)), batch, createRng("weights"));
 * assert(await score([3, 1, 3, 1, 3, 3]) > await score([1, 1, 1, 1, 1, 1]));
 * ```
 */
export function meco(options: MecoOptions = {}): Proxy {
  const { init = "torchDefault", statistics = "batch", images = 1 } = options;
  const { ops = ["conv", "depthwise"] } = options;
  requireCount("meco", { option: "images", got: images });
  return kitProxy(import.meta.url, "meco", {
    name: "meco",
    needs: "images",
    paper: "Jiang et al. 2023",
    bias: "many convolutions: it is a sum over them",
    init,
    options: { statistics, images, ops: [...ops] },
    score: (net) => {
      const seen = net.first(images);
      const taps = seen.taps(seen.nodesOf(...ops), { statistics });
      let sum = 0;
      for (const { values, shape } of taps) {
        const channels = shape.at(-1) as number;
        // As many vectors about their mean as they have numbers are dependent: nothing to work out.
        if (channels >= values.length / channels) continue;
        sum += leastEigenvalue(channelCorrelations(values, channels));
      }
      return sum;
    },
  });
}

function leastEigenvalue(matrix: Float64Array): number {
  return symmetricEigenvalues(matrix).at(0) ?? 0;
}

/**
 * Pearson's correlation between any two channels over all pixels, 0 where one of them is the same everywhere.
 *
 * @param values `[pixels, channels]`.
 * @returns `[channels, channels]`.
 * @throws {RangeError} When there are no whole pixels of so many channels.
 *
 * @example
 * ```ts
 * import { channelCorrelations } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * // The second channel falls as the first grows; the third does nothing.
 * const r = channelCorrelations([1, 6, 5, 2, 4, 5, 3, 2, 5], 3);
 * assertEquals([...r].map(Math.round), [1, -1, 0, -1, 1, 0, 0, 0, 0]);
 * ```
 */
export function channelCorrelations(values: ArrayLike<number>, channels: number): Float64Array {
  const pixels = values.length / channels;
  if (!(Number.isSafeInteger(pixels) && pixels > 0 && channels > 0)) {
    throw new RangeError(
      `Cannot correlate channels: values must hold whole pixels of ${channels} channels, ` +
        `got ${values.length} numbers`,
    );
  }
  const means = new Float64Array(channels), varies = new Uint8Array(channels);
  for (let k = 0; k < values.length; k++) {
    const c = k % channels, value = values[k] as number;
    means[c] = (means[c] as number) + value;
    if (value !== values[c]) varies[c] = 1;
  }
  for (let c = 0; c < channels; c++) means[c] = (means[c] as number) / pixels;
  const products = new Float64Array(channels * channels), centred = new Float64Array(channels);
  for (let first = 0; first < values.length; first += channels) {
    for (let c = 0; c < channels; c++) {
      centred[c] = (values[first + c] as number) - (means[c] as number);
    }
    for (let a = 0, at = 0; a < channels; a++, at += channels) {
      const value = centred[a] as number;
      for (let b = 0; b <= a; b++) {
        products[at + b] = (products[at + b] as number) + value * (centred[b] as number);
      }
    }
  }
  return correlationsOf(products, varies);
}

/** Correlations from the products below the diagonal and on it, of channels that vary. */
function correlationsOf(products: Float64Array, varies: Uint8Array): Float64Array {
  const channels = varies.length;
  const scales = Float64Array.from(varies, (does, c) => {
    return does === 1 ? 1 / Math.sqrt(products[c * (channels + 1)] as number) : 0;
  });
  const result = new Float64Array(channels * channels);
  for (let a = 0; a < channels; a++) {
    for (let b = 0; b < a; b++) {
      const product = products[a * channels + b] as number;
      const value = product * (scales[a] as number) * (scales[b] as number);
      result[a * channels + b] = result[b * channels + a] = value;
    }
    result[a * (channels + 1)] = varies[a] as number;
  }
  return result;
}
