/** Kernels for which numbers are above zero, a bit each; see `assembly/codes.ts`. */
export interface CodeKernels {
  /** Writes the bits of `rows` lists of `size` floats to rows of `pitch` bytes, a multiple of 16. */
  packSigns(x: number, codes: number, rows: number, size: number, pitch: number): void;
  /**
   * Adds to distances, int32 `[rows, rows]`, `times` the number of bits in which each row of codes differs
   * from each before it; what does not lie below the diagonal stays as it is.
   */
  addCodeDistances(
    codes: number,
    distances: number,
    rows: number,
    pitch: number,
    times: number,
  ): void;
}
