import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { normalDensity, normalProbability } from "naskit/stats/mod.ts";

/** The probability between two points by Simpson's rule. */
function integral(from: number, to: number, steps = 20_000): number {
  const step = (to - from) / steps;
  let sum = normalDensity(from) + normalDensity(to);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * normalDensity(from + i * step);
  return sum * step / 3;
}

Deno.test("normalProbability() is the integral of the density", () => {
  for (let z = -8.9; z < 9; z += 0.37) {
    const expected = z < -3 ? integral(z - 12, z) : 0.5 + integral(0, z);
    const found = normalProbability(z);
    assert(Math.abs(found / expected - 1) < 1e-11, `${z}: ${found}, expected ${expected}`);
  }
});

Deno.test("normalProbability() agrees with published quantiles", () => {
  // Two-sided 95 %, 99 % and 99.9 %, and five sigma.
  assertAlmostEquals(normalProbability(1.959963984540054), 0.975, 1e-14);
  assertAlmostEquals(normalProbability(-2.5758293035489004), 0.005, 1e-15);
  assertAlmostEquals(normalProbability(3.2905267314918945), 0.9995, 1e-14);
  assertAlmostEquals(normalProbability(-5) / 2.866515718791939e-7, 1, 1e-12);
});

Deno.test("normalProbability() is smooth where its methods meet, and ends at 0 and 1", () => {
  const [below, above] = [normalProbability(-3 - 1e-9), normalProbability(-3 + 1e-9)];
  assertAlmostEquals((above - below) / 2e-9, normalDensity(3), 1e-6);
  assertEquals(normalProbability(-Infinity), 0);
  assertEquals(normalProbability(Infinity), 1);
  assertEquals(normalProbability(0), 0.5);
  assert(Number.isNaN(normalProbability(NaN)));
});
