import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { leastSquares } from "naskit/stats/mod.ts";

Deno.test("Misra1a of NIST's reference data comes out as certified, from both starts", () => {
  const y = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4];
  const x = [77.6, 114.9, 141.1, 190.8, 239.9, 289, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1];
  y.push(75.47, 81.78);
  x.push(689.1, 760);
  for (const start of [[500, 1e-4], [250, 5e-4]]) {
    const { parameters: [a, b], squares } = leastSquares({
      residuals: ([a, b]) => x.map((x, i) => a! * (1 - Math.exp(-b! * x)) - y[i]!),
      start,
    });
    assertAlmostEquals(a!, 2.3894212918e2, 1e-4);
    assertAlmostEquals(b!, 5.5015643181e-4, 1e-9);
    assertAlmostEquals(squares, 1.2455138894e-1, 1e-9);
  }
});

Deno.test("where residuals are straight it is the normal equations' solution", () => {
  const point = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }));
  fc.assert(
    fc.property(fc.array(point, { minLength: 3, maxLength: 9 }), (points) => {
      const n = points.length;
      const [mx, my] = [0, 1].map((k) => points.reduce((sum, p) => sum + p[k]!, 0) / n);
      const sxx = points.reduce((sum, [x]) => sum + (x - mx!) ** 2, 0);
      fc.pre(sxx > 0);
      const slope = points.reduce((sum, [x, y]) => sum + (x - mx!) * (y - my!), 0) / sxx;
      const { parameters } = leastSquares({
        residuals: ([a, b]) => points.map(([x, y]) => a! + b! * x - y),
        start: [3, -3],
      });
      assertAlmostEquals(parameters[1]!, slope, 1e-5);
      assertAlmostEquals(parameters[0]!, my! - slope * mx!, 1e-4);
    }),
  );
});

Deno.test("the banana valley is walked to its end", () => {
  const { parameters, squares } = leastSquares({
    residuals: ([x, y]) => [10 * (y! - x! * x!), 1 - x!],
    start: [-1.2, 1],
  });
  assertAlmostEquals(parameters[0]!, 1, 1e-6);
  assert(squares < 1e-12);
});

Deno.test("parameters that nothing depends on stay, and steps to nowhere are not taken", () => {
  const { parameters } = leastSquares({
    residuals: ([a]) => [Math.sqrt(a!) - 3, 0, 0],
    start: [0.01, 7],
  });
  assertAlmostEquals(parameters[0]!, 9, 1e-6);
  assertAlmostEquals(parameters[1]!, 7, 1e-9);
});

Deno.test("what makes no sense is refused", () => {
  const refused = (residuals: number[], start: number[], message: string) =>
    assertThrows(() => leastSquares({ residuals: () => residuals, start }), RangeError, message);
  refused([1], [1, 2], "as many residuals as parameters, got 2 and 1");
  refused([1], [], "got 0 and 1");
  refused([1, NaN], [1], "residual 1 at the start must be finite, got NaN");
});
