import { engineInfo } from "./engine_info.ts";
import { multiplyAddLoop, streamLoop, streamStride, unrolled } from "./simd_loops.ts";

/** What one thread of this machine can do at best. */
export interface MachinePeak {
  /** Multiply-adds on registers by 128-bit SIMD, in GFLOP/s; one of them counts as two operations. */
  readonly gflops: number;
  /** Bytes read and written a second where nothing is in a cache, in GB/s. */
  readonly bandwidth: number;
  /** The same where all is in a cache: on 192 KiB, which the second cache of most processors holds. */
  readonly cacheBandwidth: number;
}

/** Vectors in flight; a processor's best depends on the latency of its units. */
const chainCounts = [8, 10, 12];
/** Bytes of each of three arrays. */
const inCache = 2 ** 16, inMemory = 2 ** 26;

/**
 * Measures the roofs of the roofline model (Williams, Waterman & Patterson 2009): how fast one thread
 * computes when it loads nothing, and how fast it loads and stores when it computes next to nothing.
 * Takes some tenths of a second, and 192 MiB of memory for the time being.
 *
 * @returns GFLOP/s and GB/s, the best of several measurements.
 *
 * @example How much a number must be worked on for computing to be what limits a kernel
 * ```ts
 * import { measurePeak } from "naskit";
 * import { assertGreater } from "@std/assert";
 *
 * const { gflops, bandwidth, cacheBandwidth } = measurePeak();
 * assertGreater(gflops / bandwidth, gflops / cacheBandwidth);
 * ```
 */
export function measurePeak(): MachinePeak {
  return {
    gflops: peakMeter(engineInfo().simd)(),
    bandwidth: streamed(inMemory, { passes: 1, repeats: 8 }),
    cacheBandwidth: streamed(inCache, { passes: 50, repeats: 100 }),
  };
}

/** Makes what measures the peak in GFLOP/s, a multiply-add being two operations. */
export function peakMeter(simd: "relaxed" | "plain"): () => number {
  const loops = chainCounts.map((chains) => ({ chains, run: multiplyAddLoop(chains, simd) }));
  const once = ({ chains, run }: typeof loops[number], iterations: number) => {
    const start = performance.now();
    run(iterations);
    const operations = iterations * unrolled * chains * 4 * 2;
    return operations / (performance.now() - start) / 1e6;
  };
  for (const loop of loops) {
    // Until V8 has optimised it.
    for (let i = 0; i < 20; i++) once(loop, 20_000);
  }
  return () => Math.max(...loops.flatMap((loop) => [1, 2, 3].map(() => once(loop, 200_000))));
}

/** GB/s of summing arrays of so many bytes, `passes` times over without a look at the clock. */
function streamed(
  bytes: number,
  { passes, repeats }: { readonly passes: number; readonly repeats: number },
): number {
  // Arrays a whole number of pages apart would take each other's places in the cache.
  const skew = 17 * streamStride;
  const loop = streamLoop(3 * (bytes + skew));
  const [a, b, sum] = [0, bytes + skew, 2 * (bytes + skew)];
  // Until V8 has optimised it. Nothing is stored yet in what is read: that it is zero is of no account.
  for (let i = 0; i < 200; i++) loop.run(a, b, sum, 500);
  // Memory that was never written to is all one page of zeros.
  new Uint8Array(loop.memory.buffer).fill(1);
  let best = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = performance.now();
    for (let pass = 0; pass < passes; pass++) loop.run(a, b, sum, bytes / streamStride);
    best = Math.max(best, 3 * bytes * passes / (performance.now() - start) / 1e6);
  }
  return best;
}
