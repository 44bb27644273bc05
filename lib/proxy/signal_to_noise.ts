/** What a standard deviation is of: a gradient as it is, or its absolute value. */
export type Deviation = "signed" | "absolute";

/**
 * The sum over weights of mean |g| / deviation of g, over some gradients of one layer. Weights without
 * deviation are left out.
 *
 * @param gradients The layer's gradients, at least two.
 * @param deviation Of what the population standard deviation is taken.
 */
export function ratioOfArrays(gradients: readonly Float32Array[], deviation: Deviation): number {
  const count = gradients.length, size = gradients[0]?.length ?? 0;
  const signed = deviation === "signed";
  let sum = 0;
  for (let i = 0; i < size; i++) {
    let total = 0, absolute = 0, squares = 0;
    for (let t = 0; t < count; t++) {
      const g = gradients[t]?.[i] as number;
      total += g;
      absolute += Math.abs(g);
    }
    // Of equal numbers these sums are exact, and so is their mean: the deviation is 0 then.
    const mean = (signed ? total : absolute) / count;
    for (let t = 0; t < count; t++) {
      const g = gradients[t]?.[i] as number;
      squares += ((signed ? g : Math.abs(g)) - mean) ** 2;
    }
    if (squares !== 0) sum += absolute / count / Math.sqrt(squares / count);
  }
  return sum;
}

/** Sums over the gradients of single images, one number a weight, in single precision. */
export interface GradientSums {
  /** Of the absolute values. */
  readonly absolute: Float32Array;
  /** Of that whose deviation is wanted. */
  readonly centre: Float32Array;
  /** Of the squares. */
  readonly square: Float32Array;
  /** How many images. */
  readonly count: number;
}

/** A bound on the relative rounding error of one addition in single precision. */
const rounding = 2 ** -24;

/**
 * What {@linkcode ratioOfArrays} gives, from sums. A variance that rounding alone may have left over of
 * the mean square counts as none.
 */
export function ratioOfSums({ absolute, centre, square, count }: GradientSums): number {
  // The mean square, and twice the mean, are each off by at most one rounding an addition, and one more.
  const least = 4 * count * rounding;
  let sum = 0;
  for (let i = 0; i < square.length; i++) {
    const meanSquare = (square[i] as number) / count;
    const variance = meanSquare - ((centre[i] as number) / count) ** 2;
    if (variance <= least * meanSquare) continue; // all 0 among them; NaN is not
    sum += (absolute[i] as number) / count / Math.sqrt(variance);
  }
  return sum;
}

/** Adds up the logarithms of layers' ratios, without those of layers that have none. */
export function ratioScore(ratios: readonly number[]): number {
  let sum = 0;
  for (const ratio of ratios) if (ratio !== 0) sum += Math.log(ratio);
  return sum;
}
