import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { normalDensity } from "naskit/stats/mod.ts";
import { expectedImprovement, score } from "naskit/search/bayesian/acquisition.ts";

Deno.test("expected improvement is the mean of what surpasses the best", () => {
  for (const [mean, deviation, best] of [[0, 1, 0], [1, 0.5, 2], [-1, 2, 0.3], [3, 0.7, 1]]) {
    // Simpson's rule over the improvement times its density.
    const [from, to, steps] = [best!, mean! + 12 * deviation!, 20_000];
    const step = (to - from) / steps;
    let sum = 0;
    for (let i = 0; i <= steps; i++) {
      const value = from + i * step;
      const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
      sum += weight * (value - best!) * normalDensity((value - mean!) / deviation!) / deviation!;
    }
    const found = expectedImprovement({ mean: mean!, deviation: deviation! }, best!);
    assertAlmostEquals(found, sum * step / 3, 1e-10);
  }
});

Deno.test("without uncertainty it is the improvement itself, and never less than nothing", () => {
  assertEquals(expectedImprovement({ mean: 3, deviation: 0 }, 1), 2);
  assertEquals(expectedImprovement({ mean: 0, deviation: 0 }, 1), 0);
  assert(expectedImprovement({ mean: -9, deviation: 1 }, 0) > 0);
  assertEquals(expectedImprovement({ mean: -99, deviation: 1 }, 0), 0);
});

Deno.test("candidates that hardly keep the constraints come behind, under either acquisition", () => {
  const rng = createRng("scores");
  const good = { mean: 1, deviation: 0.1, feasible: 0.01 };
  const fair = { mean: 0.5, deviation: 0.1, feasible: 0.99 };
  const improvements = score([good, fair], { acquisition: "expectedImprovement", best: 0, rng });
  assert(improvements[0]! < improvements[1]!);
  let first = 0;
  for (let i = 0; i < 1000; i++) {
    const [a, b] = score([good, fair], { acquisition: "thompsonSampling", best: 0, rng });
    if (a! > b!) first++;
  }
  // When the first is drawn to keep them, or the second to break them: at most 2 %.
  assert(first < 50, `${first}`);
});

Deno.test("Thompson sampling chooses as often as a candidate is the best", () => {
  const rng = createRng("draws");
  let first = 0;
  for (let i = 0; i < 4000; i++) {
    const [a, b] = score([
      { mean: 0, deviation: 1, feasible: 1 },
      { mean: 1, deviation: 1, feasible: 1 },
    ], { acquisition: "thompsonSampling", best: 0, rng });
    if (a! > b!) first++;
  }
  // The difference is normal with mean -1 and variance 2: 23.98 %.
  assertAlmostEquals(first / 4000, 0.2398, 0.025);
});
