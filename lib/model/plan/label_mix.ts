/** Rows of logits whose targets are part one class, part another. */
export interface MixedRows {
  /** `[rows, classes]`. */
  readonly logits: Float32Array;
  /** The slope of the loss for `labels` alone by the logits, which is made that of the mix. */
  readonly slope: Float32Array;
  /** The class of each row. */
  readonly labels: Int32Array;
  /** The other class of each row. */
  readonly other: Int32Array;
  /** How much of the target is of the other class. */
  readonly share: number;
  /** What the slope of each row's loss is multiplied by. */
  readonly scale: number;
}

/**
 * Makes the cross entropy against one class of each row that against a mix of two. The two differ by
 * `share` times the difference of two logits, as the target's sum stays 1.
 *
 * @returns What the mix adds to the sum of the rows' losses.
 */
export function mixLabels({ logits, slope, labels, other, share, scale }: MixedRows): number {
  const classes = logits.length / labels.length;
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    const a = i * classes + (labels[i] as number), b = i * classes + (other[i] as number);
    sum += share * ((logits[a] as number) - (logits[b] as number));
    slope[a] = (slope[a] as number) + scale * share;
    slope[b] = (slope[b] as number) - scale * share;
  }
  return sum;
}
