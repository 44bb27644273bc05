import type { DualRun } from "./dual_run.ts";

/** Rows of channels. */
export interface Rows {
  readonly rows: number;
  readonly channels: number;
}

/**
 * Sums over rows for each channel, in double precision: of slopes, and of slopes times how far values lie
 * from the means given.
 */
export function sumsBeside(
  run: DualRun,
  { values, means, slopes, rows, channels }: Rows & {
    readonly values: number;
    readonly means: number;
    readonly slopes: number;
  },
): [plain: Float64Array, beside: Float64Array] {
  const { kernels, memory } = run.machine;
  let sums = new Float64Array();
  run.borrow(4 * channels, (at) => {
    kernels.batchNormGradSums(values, slopes, means, at, rows, channels);
    sums = new Float64Array(memory.buffer, at, 2 * channels).slice();
  });
  return [sums.subarray(0, channels), sums.subarray(channels)];
}

/** An array, and what each of its channels is multiplied by. */
export type Term = readonly [from: number, factor: Float64Array];

/**
 * Writes a sum of arrays, each times a factor a channel, and a summand a channel; or adds it. Arrays after
 * the first whose factors are all 0 are not looked at.
 */
export function combine(
  run: DualRun,
  { to, terms: [first, ...others], summand, accumulate, rows, channels }: Rows & {
    readonly to: number;
    readonly terms: readonly [Term, ...Term[]];
    readonly summand: Float64Array;
    readonly accumulate: 0 | 1;
  },
): void {
  const { kernels } = run.machine;
  run.borrow(2 * channels, (at) => {
    const shift = at + 4 * channels;
    const add = ([from, factor]: Term) => {
      run.floats(at, channels).set(factor);
      kernels.gateInto(from, at, to, 1, rows, channels);
    };
    run.floats(shift, channels).set(summand);
    if (accumulate) {
      add(first);
      kernels.biasAdd(to, shift, rows, channels);
    } else {
      run.floats(at, channels).set(first[1]);
      kernels.batchNormApply(first[0], at, shift, to, rows, channels);
    }
    for (const term of others) {
      if (term[1].some((factor) => factor !== 0)) add(term);
    }
  });
}
