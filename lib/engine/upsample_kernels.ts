/** Sizes of what is enlarged, before it is. */
export type UpsampleSizes = readonly [
  batch: number,
  height: number,
  width: number,
  channels: number,
  factor: number,
];

/** Kernels that enlarge images; see `assembly/upsample.ts`. */
export interface UpsampleKernels {
  /** By the nearest pixel, or where `bilinear` is 1 by lines between pixels. */
  upsample(x: number, y: number, bilinear: number, ...sizes: UpsampleSizes): void;
  /** What a slope dy by the result comes to, written to dx or added there. */
  upsampleGradInto(
    dy: number,
    dx: number,
    accumulate: number,
    bilinear: number,
    ...sizes: UpsampleSizes
  ): void;
}
