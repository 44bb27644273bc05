import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { type ArchFeature, type Described, describer } from "naskit/search/bayesian/features.ts";
import { GaussianProcess, logLikelihood } from "naskit/search/bayesian/gaussian_process.ts";
import { Kernel } from "naskit/search/bayesian/kernel.ts";
import { Rows } from "naskit/search/bayesian/rows.ts";
import { Scale } from "naskit/search/bayesian/scale.ts";

const features: ArchFeature[] = ["decisions", "paths", "costs"];
const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
const describe = describer(space, features);

/** Cells and values that depend on them, with some noise. */
function data(n: number, seed: number): { cells: Described<unknown>[]; values: Float64Array } {
  const rng = createRng(seed);
  const cells = Array.from({ length: n }, () => describe(space.sample(rng)));
  const values = Float64Array.from(
    cells,
    ({ arch }) =>
      (arch as string[]).reduce((sum, op, i) => sum + (op.includes("conv") ? i + 1 : 0), 0) +
      rng.normal(),
  );
  return { cells, values };
}

/** The distances of a cell to others, all features of one behind each other. */
function distancesTo(
  others: readonly Described<unknown>[],
  cell: Described<unknown>,
  seen = features,
): Float64Array {
  const rows = new Rows(seen);
  others.forEach((other) => rows.push(other));
  const into = new Float64Array(seen.length * others.length);
  rows.measure(cell, { from: 0, into });
  return into;
}

function correlation(kernel: Kernel, point: readonly number[], seen = features) {
  return (a: Described<unknown>, b: Described<unknown>) => {
    const into = new Float64Array(1);
    kernel.at(point).correlate(distancesTo([b], a, seen), 1, into);
    return into[0]!;
  };
}

/** The solution of `matrix x = b` and the determinant, by elimination with pivots. */
function eliminate(matrix: number[][], b: readonly number[]): { x: number[]; determinant: number } {
  const rows = matrix.map((row, i) => [...row, b[i]!]);
  let determinant = 1;
  for (let i = 0; i < rows.length; i++) {
    const pivot = rows.reduce(
      (p, row, r) => r >= i && Math.abs(row[i]!) > Math.abs(rows[p]![i]!) ? r : p,
      i,
    );
    if (pivot !== i) {
      [rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!];
      determinant = -determinant;
    }
    determinant *= rows[i]![i]!;
    rows.forEach((row, r) => {
      if (r === i) return;
      const factor = row[i]! / rows[i]![i]!;
      rows[r] = row.map((value, k) => value - factor * rows[i]![k]!);
    });
  }
  return { x: rows.map((row, i) => row.at(-1)! / row[i]!), determinant };
}

const product = (a: readonly number[], b: ArrayLike<number>) =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** The posterior by its textbook formula. */
function dense(
  cells: readonly Described<unknown>[],
  y: readonly number[],
  point: readonly number[],
) {
  const kernel = new Kernel(features);
  const k = correlation(kernel, point);
  const { noise } = kernel.at(point);
  const matrix = cells.map((a, i) => cells.map((b, j) => k(a, b) + (i === j ? noise : 0)));
  return {
    matrix,
    at(candidate: Described<unknown>) {
      const row = cells.map((cell) => k(candidate, cell));
      const mean = product(eliminate(matrix, y).x, row);
      return { mean, rest: 1 - product(eliminate(matrix, row).x, row) };
    },
    /** The likeliest variance: `yᵀ C⁻¹ y / n`. */
    variance: product(eliminate(matrix, y).x, y) / y.length,
  };
}

Deno.test("the posterior of a Gaussian process is that of the dense formula", () => {
  const { cells, values } = data(17, 1);
  const process = new GaussianProcess(features);
  process.learn(cells, values, []);
  const y = [...new Scale(values).values];
  const expected = dense(cells, y, process.snapshot().point);
  const candidates = [...data(12, 2).cells, cells[0]!];
  process.predict(candidates).forEach(({ mean, deviation }, i) => {
    const candidate = candidates[i]!;
    const { mean: expectedMean, rest } = expected.at(candidate);
    assertAlmostEquals(mean, expectedMean, 1e-9);
    assertAlmostEquals(deviation, Math.sqrt(expected.variance * rest), 1e-8);
  });
  const best = Math.max(...cells.map((cell) => expected.at(cell).mean));
  assertAlmostEquals(process.best(), best, 1e-9);
});

Deno.test("architectures in flight are taken to come out as predicted", () => {
  const { cells, values } = data(14, 3);
  const inFlight = data(3, 4).cells;
  const process = new GaussianProcess(features);
  process.learn(cells, values, inFlight);
  const { point } = process.snapshot();
  const y = [...new Scale(values).values];
  const before = dense(cells, y, point);
  const believed = [...y];
  for (const [i, each] of inFlight.entries()) {
    believed.push(dense([...cells, ...inFlight.slice(0, i)], believed, point).at(each).mean);
  }
  const after = dense([...cells, ...inFlight], believed, point);
  const candidates = [...data(6, 5).cells, ...inFlight];
  process.predict(candidates).forEach(({ mean, deviation }, i) => {
    const candidate = candidates[i]!;
    assertAlmostEquals(mean, after.at(candidate).mean, 1e-9);
    assertAlmostEquals(mean, before.at(candidate).mean, 1e-9);
    const rest = after.at(candidate).rest;
    assertAlmostEquals(deviation, Math.sqrt(before.variance * rest), 1e-8);
    assert(rest <= before.at(candidate).rest + 1e-9);
  });
});

Deno.test("the likelihood is that of the normal density, at its likeliest variance", () => {
  const { cells, values } = data(6, 6);
  const y = new Scale(values).values;
  const kernel = new Kernel(features);
  const point = [2, 3, 4, 5];
  const { matrix, variance } = dense(cells, [...y], point);
  const { determinant } = eliminate(matrix, [...y]);
  // log N(y; 0, v C) without -n/2 (log 2π + 1).
  const expected = -(y.length * Math.log(variance) + Math.log(determinant)) / 2;
  const distances = cells.map((cell, i) => distancesTo(cells.slice(0, i), cell));
  assertAlmostEquals(logLikelihood(kernel.at(point), distances, y), expected, 1e-10);
});

Deno.test("two outcomes have a posterior that can be written down", () => {
  const process = new GaussianProcess(["decisions"]);
  const [a, b] = data(2, 7).cells as [Described<unknown>, Described<unknown>];
  process.learn([a, b], Float64Array.of(3, 1), []);
  const { point } = process.snapshot();
  const kernel = new Kernel(["decisions"]);
  const k = correlation(kernel, point, ["decisions"])(a, b);
  // Values 1 and -1 behind [[1 + s, k], [k, 1 + s]]: the mean at `a` is (1 - k) / (1 + s - k).
  const expected = (1 - k) / (1 + kernel.at(point).noise - k);
  const [atA, atB] = process.predict([a, b]);
  assertAlmostEquals(atA!.mean, expected, 1e-12);
  assertAlmostEquals(atB!.mean, -expected, 1e-12);
});

Deno.test("no step on the grid of lengths makes the outcomes likelier", () => {
  const { cells, values } = data(40, 8);
  const process = new GaussianProcess(features);
  process.learn(cells, values, []);
  const { point } = process.snapshot();
  const kernel = new Kernel(features);
  const y = [...new Scale(values).values];
  const likelihood = (at: readonly number[]) => {
    const { matrix, variance } = dense(cells, y, at);
    return -(y.length * Math.log(variance) + Math.log(eliminate(matrix, y).determinant)) / 2;
  };
  const best = likelihood(point);
  kernel.grid.forEach((size, coordinate) => {
    for (const step of [-1, 1]) {
      const place = point[coordinate]! + step;
      if (place < 0 || place >= size) continue;
      assert(likelihood(point.with(coordinate, place)) <= best + 1e-9);
    }
  });
});

Deno.test("predictions do not depend on how the outcomes came in", () => {
  const { cells, values } = data(30, 9);
  const candidates = data(8, 10).cells;
  const atOnce = new GaussianProcess(features);
  const oneByOne = new GaussianProcess(features);
  for (let n = 2; n <= 30; n++) {
    oneByOne.learn(cells.slice(0, n), values.slice(0, n), cells.slice(n, n + 2));
    candidates.forEach((candidate) => oneByOne.predict([candidate]));
  }
  // One in flight failed and is gone, another stands in its place.
  const inFlight = candidates.slice(1, 3);
  for (const others of [candidates.slice(0, 1), inFlight]) {
    oneByOne.learn(cells, values, others);
    candidates.forEach((candidate) => oneByOne.predict([candidate]));
  }
  atOnce.restore(oneByOne.snapshot());
  atOnce.learn(cells, values, inFlight);
  // Some of which more is known than of others, and one twice.
  const strangers = data(5, 11).cells;
  const mixed = [...strangers.slice(0, 3), ...candidates, ...strangers, candidates[0]!];
  const alone = mixed.flatMap((candidate) => atOnce.predict([candidate]));
  assertEquals(oneByOne.predict(mixed), alone);
  assertEquals(oneByOne.best(), atOnce.best());
});
