import { assert, assertGreater, assertLess } from "@std/assert";
import { heapInUse, measurePeak } from "naskit/engine/mod.ts";

Deno.test("measurePeak() gives figures of a computer in a short time, and leaves the heap alone", () => {
  const before = heapInUse();
  const start = performance.now();
  const { gflops, bandwidth, cacheBandwidth } = measurePeak();
  assertLess(performance.now() - start, 5_000);
  assert(heapInUse() === before);
  // From an old netbook to what no processor does on one thread with 128 bits.
  assertGreater(gflops, 1);
  assertLess(gflops, 500);
  assertGreater(bandwidth, 0.5);
  assertLess(bandwidth, 1_000);
  assertGreater(cacheBandwidth, bandwidth);
});
