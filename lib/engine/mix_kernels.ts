/** Kernels for sums of several arrays, each times a factor; see `assembly/mix.ts`. */
export interface MixKernels {
  /**
   * y = the sum of `count` arrays, at least one, each times its factor; y may be one of them. The table holds
   * eight bytes for each: its address, and its factor as a float.
   */
  mix(table: number, count: number, y: number, size: number): void;
  /** dots, float64 `[count]` = the inner products of dy with the arrays of a table. */
  mixDots(table: number, count: number, dy: number, dots: number, size: number): void;
}
