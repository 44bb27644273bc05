import type { Augment } from "./augment.ts";
import type { Rng } from "../engine/rng.ts";
import type { Batch } from "./dataset.ts";

/** How {@linkcode mixUp} mixes. */
export interface MixUpOptions {
  /**
   * Both parameters of the beta distribution that the share is drawn from, above 0: the larger, the closer
   * to half and half; 0.2 when absent.
   */
  readonly alpha?: number;
}

/**
 * Mixup (Zhang et al. 2018): each image of a batch becomes the mean of itself and another one, weighted by a
 * share that is drawn once a batch, and so does its target, by the batch's `mix`. The share of an image's own
 * class is the larger one, which makes no difference to what is drawn, as each image is the other's once.
 *
 * @returns A function for the option `augment` of {@linkcode batches}, or to call by itself.
 * @throws {RangeError} If `alpha` is not a number above 0.
 * @throws {TypeError} When a batch is mixed already.
 *
 * @example What the parts add up to stays
 * ```ts
 * import { type Batch, createRng, mixUp } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const batch: Batch = {
 *   images: Float32Array.of(0, 0.5, 1),
 *   labels: Int32Array.of(0, 1, 2),
 *   shape: [3, 1, 1, 1],
 * };
 * const { images } = mixUp({ alpha: 1 })(batch, createRng("mix"));
 * assertAlmostEquals(images.reduce((sum, pixel) => sum + pixel, 0), 1.5, 1e-6);
 * ```
 */
export function mixUp({ alpha = 0.2 }: MixUpOptions = {}): Augment {
  if (!(alpha > 0 && alpha < Infinity)) {
    throw new RangeError(`Cannot mix images: alpha must be above 0, got ${alpha}`);
  }
  return (batch, rng) => {
    const share = drawSmallerShare(alpha, rng);
    const order = rng.shuffle(Array.from(batch.labels.keys()));
    return mixImages(batch, { share, order });
  };
}

/** Each image with the share `share` of that at its place in `order`. */
export function mixImages(
  batch: Batch,
  { share, order }: { readonly share: number; readonly order: readonly number[] },
): Batch {
  if (batch.mix !== undefined) throw new TypeError("Cannot mix images: the batch is mixed already");
  const source = batch.images, size = source.length / order.length;
  const images = new Float32Array(source.length);
  order.forEach((other, i) => {
    for (let k = 0; k < size; k++) {
      const own = source[i * size + k] as number;
      images[i * size + k] = own + share * ((source[other * size + k] as number) - own);
    }
  });
  const labels = Int32Array.from(order, (other) => batch.labels[other] as number);
  return { ...batch, images, mix: { labels, share } };
}

/**
 * The smaller of x and 1 - x, x drawn from the beta distribution with both parameters `alpha`, which is
 * symmetric.
 */
function drawSmallerShare(alpha: number, rng: Rng): number {
  const a = drawGamma(alpha, rng), b = drawGamma(alpha, rng);
  // Both can be 0 for a small alpha, where nearly all of the distribution lies at its ends.
  return a + b > 0 ? Math.min(a, b) / (a + b) : 0;
}

/** From the gamma distribution of this shape and scale 1 (Marsaglia & Tsang 2000). */
function drawGamma(shape: number, rng: Rng): number {
  if (shape < 1) return drawGamma(shape + 1, rng) * (1 - rng()) ** (1 / shape);
  const d = shape - 1 / 3, c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = rng.normal(), v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - rng()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
