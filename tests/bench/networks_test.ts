import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../tools/support/process.ts";
import { combinedRate, describeKernel, directCase, share } from "./kernels.ts";
import { checkEqual, describe } from "./networks.ts";

Deno.test("numbers that differ by more than a thousandth are an error", () => {
  checkEqual("PyTorch", [2.301, -1], [2.3, -1.0005]);
  const fails = (got: number[], expected: number[]) =>
    assertThrows(() => checkEqual("PyTorch", got, expected), UserError, "PyTorch computes ");
  fails([2.3, 2.2], [2.3, 2.1]);
  fails([2.3], [2.3, 2.1]);
  fails([2.3, 2.1], [2.3]);
  fails([NaN], [2.3]);
  fails([2.3], [NaN]);
});

Deno.test("settings are named by their sizes", () => {
  assertEquals(
    describe({ work: "forward", channels: 8, batch: 64, size: 16 }),
    "forward, C=8, batch 64, 16x16",
  );
  assertEquals(
    describe({ work: "Zen", channels: 16, cells: 5, batch: 128, size: 32 }),
    "Zen, C=16, N=5, batch 128, 32x32",
  );
  assertEquals(describeKernel(directCase), "conv 5x5, 32x16x16x32 to 32");
  assertEquals(
    describeKernel({ ...directCase, operation: "batchNorm", stride: 1 }),
    "batchNorm, 32x16x16x32",
  );
});

Deno.test("passes of equal work combine to the harmonic mean of their rates", () => {
  const rates = [[60, 30], [30, 30], [20, 30]].map((rate, i) => ({ pass: `${i}`, rate }));
  const combined = combinedRate({ operations: 1, rates, peak: [], all: { ours: [], peers: {} } });
  assertAlmostEquals(combined[0] ?? NaN, 30, 1e-12);
  assertAlmostEquals(combined[1] ?? NaN, 30, 1e-12);
  assertEquals(share([30, 40, 50], [60, 60, 100]), 0.5);
});
