/** A node's values and the loss's gradient by them, `[count, ...pixels, channels]` each. */
export interface ChannelSlopes {
  /** The values. */
  readonly values: Float32Array;
  /** The gradient of the loss. */
  readonly slopes: Float32Array;
  /** How many images. */
  readonly count: number;
  /** How many channels. */
  readonly channels: number;
}

/**
 * The Fisher information of all channels together: for each, half the mean over the images of the square
 * of what values times slopes sum up to over the pixels.
 */
export function channelFisher({ values, slopes, count, channels }: ChannelSlopes): number {
  const size = values.length / count;
  const products = new Float64Array(channels);
  let sum = 0;
  for (let start = 0; start < values.length; start += size) {
    products.fill(0);
    for (let at = start; at < start + size; at += channels) {
      for (let c = 0; c < channels; c++) {
        products[c] = (products[c] as number) +
          (values[at + c] as number) * (slopes[at + c] as number);
      }
    }
    for (let c = 0; c < channels; c++) sum += (products[c] as number) ** 2;
  }
  return sum / count / 2;
}
