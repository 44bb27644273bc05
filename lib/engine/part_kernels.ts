/** Kernels for whoever computes a part of a batch; see `assembly/batch_norm_parts.ts`. */
export interface PartKernels {
  /**
   * Makes convolutions go the way that is faster for `batch` images, so that a part of a batch comes out
   * bit for bit as in the whole; 0 for the images that each is given.
   */
  chooseForBatch(batch: number): void;
  /** Writes rows, means and squared distances, 1 + 2 * channels float64s. */
  batchNormMoments(x: number, moments: number, rows: number, channels: number): void;
  /** Batch norm by the moments of `parts` parts, `pitch` bytes apart; mean and variance are written. */
  batchNormJoin(
    x: number,
    gamma: number,
    beta: number,
    y: number,
    mean: number,
    variance: number,
    moments: number,
    pitch: number,
    parts: number,
    rows: number,
    channels: number,
    epsilon: number,
  ): void;
  /** Writes sums over a part, 2 * channels float64s. */
  batchNormGradSums(
    x: number,
    dy: number,
    mean: number,
    sums: number,
    rows: number,
    channels: number,
  ): void;
  /** The gradient by the sums of all parts; dgamma and dbeta are those of one's own, at `own`. */
  batchNormGradJoin(
    x: number,
    dy: number,
    gamma: number,
    mean: number,
    variance: number,
    dx: number,
    dgamma: number,
    dbeta: number,
    sums: number,
    pitch: number,
    parts: number,
    own: number,
    rows: number,
    allRows: number,
    channels: number,
    epsilon: number,
  ): void;
}
