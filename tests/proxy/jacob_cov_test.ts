import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import { correlations, jacobCov, jacobCovScore, noiseBatch } from "naskit/proxy/mod.ts";
import { assertFixtures } from "./support/fixtures.ts";
import { pick, smallGraph, smallSpace } from "./support/small.ts";

const weights = () => createRng("weights");

function rows(count: number, size: number, seed: number): number[][] {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => Array.from({ length: size }, () => rng.normal()));
}

/** The most that a score can be. */
function most(count: number): number {
  return -count * (Math.log(1 + 1e-5) + 1 / (1 + 1e-5));
}

const shapes = fc.record({
  count: fc.integer({ min: 1, max: 12 }),
  size: fc.integer({ min: 2, max: 40 }),
  seed: fc.nat(),
});

Deno.test("the Jacobian covariance is that of an independent program", async () => {
  await assertFixtures(jacobCov(), "jacob_cov", { relative: 1e-4 });
});

Deno.test("correlations are covariances by deviations", () => {
  fc.assert(fc.property(shapes, ({ count, size, seed }) => {
    const values = rows(count, size, seed), found = correlations(values.flat(), count);
    const mean = (v: readonly number[]) => v.reduce((a, b) => a + b, 0) / v.length;
    const covariance = (a: readonly number[], b: readonly number[]) =>
      mean(a.map((v, k) => v * b[k]!)) - mean(a) * mean(b);
    found.forEach((value, at) => {
      const [a, b] = [values[Math.floor(at / count)]!, values[at % count]!];
      const wanted = covariance(a, b) / Math.sqrt(covariance(a, a) * covariance(b, b));
      assertAlmostEquals(value, wanted, 1e-9);
    });
  }));
});

Deno.test("two Jacobians with a correlation of a half score by hand", () => {
  const byHand = -[1.50001, 0.50001].reduce((sum, v) => sum + Math.log(v) + 1 / v, 0);
  assertAlmostEquals(jacobCovScore([1, 0, -1, 1, -1, 0], 2), byHand, 1e-12);
  assertAlmostEquals(byHand, -2.378967, 1e-6);
});

Deno.test("uncorrelated Jacobians have the most, equal ones cost a hundred thousand", () => {
  const orthogonal = [[1, -1, 0, 0], [0, 0, 1, -1], [1, 1, -1, -1]];
  assertAlmostEquals(jacobCovScore(orthogonal.flat(), 3), most(3), 1e-9);
  const equal = [...orthogonal.slice(0, 2), orthogonal[1]!];
  assertAlmostEquals(jacobCovScore(equal.flat(), 3), -1e5, 100);
  fc.assert(fc.property(shapes, ({ count, size, seed }) => {
    const score = jacobCovScore(rows(count, size, seed).flat(), count);
    assert(score <= most(count) + 1e-9);
  }));
});

Deno.test("neither order nor scale nor shift of Jacobians matters", () => {
  fc.assert(fc.property(shapes, ({ count, size, seed }) => {
    const values = rows(count, size + count, seed), rng = createRng(seed);
    const score = jacobCovScore(values.flat(), count);
    const other = rng.shuffle(values).map((row) => {
      const [scale, shift] = [1 + rng(), rng.normal()];
      return row.map((v) => scale * v + shift);
    });
    assertAlmostEquals(jacobCovScore(other.flat(), count), score, 1e-6 * Math.abs(score));
  }));
});

Deno.test("the order of images does not matter to a network's score", async () => {
  const graph = smallGraph(1);
  const batch = noiseBatch(graph, { count: 6, rng: createRng("noise") });
  const score = await jacobCov().score(graph, batch, weights());
  const turned = await jacobCov().score(graph, pick(batch, [3, 1, 5, 0, 2, 4]), weights());
  assertAlmostEquals(turned, score, 1e-4 * Math.abs(score));
  assert(score < most(6));
});

Deno.test("a Jacobian of zeros makes the score NaN", async () => {
  assertEquals(jacobCovScore([1, 2, 0, 0], 2), NaN);
  const none = smallSpace.lower(smallSpace.fromChoices([0, 0, 0, 0, 0, 0]));
  const batch = noiseBatch(none, { count: 4, rng: createRng("noise") });
  assertEquals(await jacobCov().score(none, batch, weights()), NaN);
});
