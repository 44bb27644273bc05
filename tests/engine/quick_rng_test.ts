import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng, quickRng, type Rng } from "naskit/engine/mod.ts";
import { chiSquareTail, normalProbability } from "naskit/stats/mod.ts";

const count = 100_000;

/** How likely it is that draws differ from their distribution by more than these do. */
function likelihood(
  draw: () => number,
  { edges, probability }: {
    readonly edges: readonly number[];
    readonly probability: (value: number) => number;
  },
): number {
  const draws = 2_000_000;
  const counts = new Float64Array(edges.length + 1);
  const step = (edges.at(-1)! - edges[0]!) / (edges.length - 1);
  for (let i = 0; i < draws; i++) {
    counts[Math.max(0, Math.min(edges.length, Math.floor((draw() - edges[0]!) / step) + 1))]!++;
  }
  const below = [0, ...edges.map(probability), 1];
  const deviations = counts.map((found, i) => {
    const wanted = draws * (below[i + 1]! - below[i]!);
    return wanted === 0 ? found : (found - wanted) ** 2 / wanted;
  });
  return chiSquareTail(deviations.reduce((sum, each) => sum + each), edges.length);
}

function sample(draw: () => number): Float64Array {
  return new Float64Array(count).map(() => draw());
}

function correlation(a: Float64Array, b: Float64Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, i) => {
    ab += (value - 0.5) * (b[i]! - 0.5);
    aa += (value - 0.5) ** 2;
    bb += (b[i]! - 0.5) ** 2;
  });
  return ab / Math.sqrt(aa * bb);
}

Deno.test("quick floats are spread evenly, and do not depend on the one before", () => {
  for (const seed of ["a", "b", 1, ""]) {
    const values = sample(quickRng(seed));
    assert(values.every((value) => value >= 0 && value < 1));
    const edges = Array.from({ length: 101 }, (_, i) => i / 100);
    const probability = (value: number) => value;
    assertLess(1e-4, likelihood(quickRng(seed), { edges, probability }), `seed ${seed}`);
    assertLess(Math.abs(correlation(values.subarray(1), values)), 4 / Math.sqrt(count));
  }
});

Deno.test("quick normal numbers are normal, in the tails as well", () => {
  for (const seed of ["a", "b", 1, ""]) {
    const edges = Array.from({ length: 85 }, (_, i) => (i - 42) / 10);
    const probability = normalProbability;
    const { normal } = quickRng(seed);
    assertLess(1e-4, likelihood(normal, { edges, probability }), `seed ${seed}`);
  }
});

Deno.test("equal seeds draw the same, other ones and createRng do not", () => {
  const first = (rng: Rng) => [rng(), rng.normal(), rng.int(1000)];
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => {
    assertEquals(first(quickRng(a)), first(quickRng(a)));
    assertEquals(quickRng(a)() === quickRng(b)(), a === b);
    assert(quickRng(a)() !== createRng(a)());
  }));
});

Deno.test("a quick split does not depend on draws, nor its stream on its parent's or siblings'", () => {
  const parent = quickRng("parent");
  const before = parent.split(1)();
  parent();
  assertEquals(parent.split(1)(), before);
  assertEquals(parent.split(1).seed, "parent/1");
  const streams = [parent, parent.split(0), parent.split(1), parent.split("a"), parent.split("b")]
    .map(sample);
  streams.forEach((a, i) =>
    streams.slice(0, i).forEach((b) =>
      assertLess(Math.abs(correlation(a, b)), 4 / Math.sqrt(count))
    )
  );
});

Deno.test("quick picks, whole numbers and shuffles take all values", () => {
  const rng = quickRng("whole");
  assertEquals(new Set(Array.from({ length: 100 }, () => rng.int(5))).size, 5);
  assertEquals(new Set(Array.from({ length: 100 }, () => rng.pick(["a", "b"]))).size, 2);
  const orders = new Set(Array.from({ length: 200 }, () => rng.shuffle([1, 2, 3]).join()));
  assertEquals(orders.size, 6);
  assertThrows(() => rng.pick([]), RangeError, "Cannot pick: items is empty");
  for (const bound of [0, 1.5, NaN]) {
    assertThrows(() => rng.int(bound), RangeError, "bound must be a positive integer");
  }
});
