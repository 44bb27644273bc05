import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/rng.ts";
import { extrapolateCurve, fashion201 } from "naskit/estimate/mod.ts";
import { curveFamilies } from "naskit/estimate/signals/curve_families.ts";
import { fitCurve } from "naskit/estimate/signals/fit_curve.ts";
import { spearman } from "naskit/stats/mod.ts";

const epochs = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

Deno.test("the parameters of a curve without noise are found again", () => {
  const cases = [
    ["power law", { c: 0.92, a: 0.55, k: 0.8 }, (x: number) => 0.92 - 0.55 * x ** -0.8],
    ["exponential", { c: 0.85, a: 0.6, k: 0.4 }, (x: number) => 0.85 - 0.6 * Math.exp(-0.4 * x)],
    ["Hill", { c: 0.9, k: 0.7, d: 0.9 }, (x: number) => 0.9 * x ** 0.9 / (0.7 ** 0.9 + x ** 0.9)],
    ["inverse logarithm", { c: 0.95, a: 0.3 }, (x: number) => 0.95 - 0.3 / Math.log(x + 1)],
    [
      "Weibull",
      { c: 0.9, a: 0.7, k: 0.4, d: 0.8 },
      (x: number) => 0.9 - 0.7 * Math.exp(-((0.4 * x) ** 0.8)),
    ],
    [
      "Morgan-Mercer-Flodin",
      { c: 0.9, a: 0.7, k: 0.5, d: 1.2 },
      (x: number) => 0.9 - 0.7 / (1 + (0.5 * x) ** 1.2),
    ],
    [
      "vapour pressure",
      { a: -0.3, b: -0.6, d: 0.06 },
      (x: number) => Math.exp(-0.3 - 0.6 / x + 0.06 * Math.log(x)),
    ],
    ["log log linear", { a: 0.25, b: 1.6 }, (x: number) => Math.log(0.25 * Math.log(x) + 1.6)],
  ] as const;
  assertEquals(cases.length, curveFamilies.length);
  for (const [name, wanted, curve] of cases) {
    const found = extrapolateCurve(epochs(12).map(curve), { families: [name], noise: 1e-6 });
    for (const [parameter, value] of Object.entries(wanted)) {
      assertAlmostEquals(found.families[0]!.parameters[parameter]!, value, 1e-3, name);
    }
    assertAlmostEquals(found.at(40).mean, curve(40), 1e-4, name);
  }
});

Deno.test("the shape that a curve was made of has most weight, and the weights sum to 1", () => {
  const rng = createRng("shape");
  const curve = (x: number) => 0.9 - 0.8 * Math.exp(-0.25 * x);
  const noisy = epochs(20).map((x) => curve(x) + 0.002 * rng.normal());
  const { families } = extrapolateCurve(noisy);
  assertEquals(families[0]!.name, "exponential");
  assertAlmostEquals(families.reduce((sum, { weight }) => sum + weight, 0), 1, 1e-12);
});

Deno.test("a fit is where the posterior is flat, whatever the curve", () => {
  // Rising curves with bumps.
  const curve = fc.array(fc.tuple(fc.nat(90), fc.nat(10)), { minLength: 3, maxLength: 10 })
    .map((pairs) => {
      const rising = pairs.map(([level]) => level).sort((a, b) => a - b);
      return pairs.map(([, bump], i) => (rising[i]! + bump) / 100);
    });
  fc.assert(
    fc.property(curve, fc.constantFrom(...curveFamilies), (accuracies, family) => {
      const noise = 0.02;
      const loss = (parameters: readonly number[]) =>
        accuracies.reduce(
          (sum, y, i) => sum + ((y - family.at(i + 1, parameters)) / noise) ** 2,
          family.parameters.reduce(
            (sum, { mean, deviation }, k) => sum + ((parameters[k]! - mean) / deviation) ** 2,
            0,
          ),
        );
      const parameters = [...fitCurve(family, accuracies, noise).parameters];
      const least = loss(parameters);
      assert(least <= loss(family.parameters.map(({ mean }) => mean)));
      for (const [k, value] of parameters.entries()) {
        for (const step of [-0.01, 0.01]) {
          const there = loss(parameters.with(k, value + step));
          assert(there > least - 1e-3 * (1 + least), `${family.name}: ${least} to ${there}`);
        }
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("the evidence of a straight model is the closed form's", () => {
  // Accuracies c x with one belief c ~ N(0.1, 0.05): jointly normal, so the density is known.
  const family = {
    name: "power law" as const,
    parameters: [{ name: "c", mean: 0.1, deviation: 0.05 }],
    at: (x: number, p: ArrayLike<number>) => p[0]! * x,
  };
  const [y1, y2, noise] = [0.12, 0.31, 0.02];
  const { logEvidence, at } = fitCurve(family, [y1, y2], noise);
  const [d1, d2] = [y1 - 0.1, y2 - 0.2];
  const s = 0.05 ** 2;
  const [a, b, c] = [s + noise ** 2, 2 * s, 4 * s + noise ** 2];
  const determinant = a * c - b * b;
  const form = (c * d1 * d1 - 2 * b * d1 * d2 + a * d2 * d2) / determinant;
  assertAlmostEquals(
    logEvidence,
    -form / 2 - Math.log(determinant) / 2 - Math.log(2 * Math.PI),
    1e-6,
  );
  const precision = 1 / s + 5 / noise ** 2;
  assertAlmostEquals(at(3).variance, 9 / precision, 1e-9);
  assertAlmostEquals(at(3).mean, 3 * (0.1 / s + (y1 + 2 * y2) / noise ** 2) / precision, 1e-6);
});

Deno.test("the spread covers about as many curves to come as it should", () => {
  const rng = createRng("cover");
  let covered = 0;
  const runs = 30;
  for (let run = 0; run < runs; run++) {
    // As the power law's own beliefs would have them.
    const [c, a, k] = [
      0.8 + 0.05 * rng.normal(),
      Math.exp(-0.7 + 0.3 * rng.normal()),
      Math.exp(-0.5 + 0.3 * rng.normal()),
    ];
    const curve = (x: number) => Math.min(Math.max(c - a * x ** -k + 0.01 * rng.normal(), 0), 1);
    const { mean, spread } = extrapolateCurve(epochs(6).map(curve)).at(30);
    if (Math.abs(curve(30) - mean) < 2 * spread) covered++;
  }
  assert(covered >= 0.8 * runs, `${covered} of ${runs}`);
});

Deno.test("further ahead less is known", () => {
  const { at } = extrapolateCurve([0.4, 0.55, 0.6, 0.66]);
  assert(at(6).spread < at(12).spread && at(12).spread < at(60).spread);
  assert(at(12).mean > 0.66 && at(12).mean < 1);
});

Deno.test("the spread is what the parameters leave open and the noise, then what shapes differ in", () => {
  const accuracies = [0.4, 0.55, 0.6, 0.66];
  const noise = 0.02;
  const names = ["Hill", "power law"] as const;
  const parts = names.map((name) => {
    const family = curveFamilies.find((each) => each.name === name)!;
    const { mean, variance } = fitCurve(family, accuracies, noise).at(9);
    const { spread } = extrapolateCurve(accuracies, { families: [name], noise }).at(9);
    assertAlmostEquals(spread ** 2, variance + noise ** 2, 1e-12);
    return { mean, variance: variance + noise ** 2 };
  });
  const both = extrapolateCurve(accuracies, { families: [...names], noise });
  const weights = names.map((name) => both.families.find((each) => each.name === name)!.weight);
  const [mean, within] = (["mean", "variance"] as const).map((key) =>
    parts.reduce((sum, part, i) => sum + weights[i]! * part[key], 0)
  );
  const between = parts.reduce((sum, part, i) => sum + weights[i]! * (part.mean - mean!) ** 2, 0);
  assertAlmostEquals(both.at(9).mean, mean!, 1e-12);
  assertAlmostEquals(both.at(9).spread ** 2, within! + between, 1e-12);
});

Deno.test("on real curves it ranks networks by five of eight epochs", async () => {
  const { sample } = await fashion201();
  const entries = sample.filter((_, i) => i % 20 === 0).slice(0, 60);
  const found = entries.map(({ runs: [run] }) =>
    extrapolateCurve(run!.validationAccuracy.slice(0, 5), { noise: 0.03 }).at(8).mean
  );
  assert(spearman(found, entries.map(({ runs: [run] }) => run!.accuracy)) > 0.5);
});

Deno.test("what makes no sense is refused", () => {
  const refused = (accuracies: number[], options: object, message: string) =>
    assertThrows(() => extrapolateCurve(accuracies, options), RangeError, message);
  refused([0.1, 0.2], {}, "accuracies must be of three epochs or more, got 2");
  refused([0.1, 0.2, 30], {}, "accuracies[2] must be a share in [0, 1], got 30");
  refused([0.1, 0.2, 0.3], { families: [] }, "families must have at least one");
  refused([0.1, 0.2, 0.3], { families: ["cubic"] }, "families must be of power law, ");
  refused([0.1, 0.2, 0.3], { families: ["Hill", "Hill"] }, "families must differ, got Hill twice");
  refused([0.1, 0.2, 0.3], { noise: 0 }, "noise must be a positive number, got 0");
  const { at } = extrapolateCurve([0.1, 0.2, 0.3], { families: ["Hill"] });
  assertThrows(() => at(0), RangeError, "epoch must be at least 1, got 0");
});
