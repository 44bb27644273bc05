import { assertAlmostEquals } from "@std/assert";
import { engineInfo } from "naskit/engine/mod.ts";
import { peakLoop } from "./peak.ts";

// x = 0.5 x + 0.5 goes to 1 from anywhere, so that each vector adds 1 to the result.
for (const simd of new Set(["plain", engineInfo().simd] as const)) {
  for (const chains of [1, 8, 12]) {
    Deno.test(`the ${simd} loop of ${chains} vectors computes its multiply-adds`, () => {
      const run = peakLoop(chains, simd);
      assertAlmostEquals(run(20), chains, 1e-4);
      const start = 3 + (chains - 1) / 2; // the vectors begin at 3, 4, …; a turn halves four times
      assertAlmostEquals(run(1), chains * (1 + (start - 1) / 16), 1e-4);
    });
  }
}
