import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ridge } from "naskit/predict/mod.ts";

/** The solution of a square system by elimination with pivots. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  rows.forEach((_, k) => {
    const pivot = rows.reduce(
      (best, row, i) => i >= k && Math.abs(row[k]!) > Math.abs(rows[best]![k]!) ? i : best,
      k,
    );
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    rows.forEach((row, i) => {
      if (i === k) return;
      const share = row[k]! / rows[k]![k]!;
      row.forEach((_, j) => row[j]! -= share * rows[k]![j]!);
    });
  });
  return rows.map((row, i) => row.at(-1)! / row[i]!);
}

/**
 * Ridge regression as its definition has it: the weights and the free intercept that minimise the squared
 * error plus the penalty on the weights of columns measured in their deviations.
 */
function byDefinition(rows: number[][], values: number[], penalty: number) {
  const means = rows[0]!.map((_, k) => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length);
  const units = means.map((mean, k) =>
    Math.sqrt(rows.reduce((sum, row) => sum + (row[k]! - mean) ** 2, 0) / rows.length)
  );
  const extended = (row: readonly number[]) => [1, ...row.map((x, k) => x / units[k]!)];
  const all = rows.map(extended);
  const normal = all[0]!.map((_, i) =>
    all[0]!.map((_, j) =>
      all.reduce((sum, row) => sum + row[i]! * row[j]!, 0) + (i === j && i > 0 ? penalty : 0)
    )
  );
  const weights = solved(
    normal,
    all[0]!.map((_, i) => all.reduce((sum, row, n) => sum + row[i]! * values[n]!, 0)),
  );
  return (row: readonly number[]) => extended(row).reduce((sum, x, i) => sum + x * weights[i]!, 0);
}

const problems = fc.array(
  fc.record({
    row: fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 3, maxLength: 3 }),
    value: fc.integer({ min: -9, max: 9 }),
  }),
  { minLength: 6, maxLength: 20 },
).filter((all) => [0, 1, 2].every((k) => new Set(all.map(({ row }) => row[k])).size > 2));

Deno.test("ridge gives what its definition gives, solved another way", () => {
  fc.assert(fc.property(problems, fc.constantFrom(0.1, 1, 30), (all, penalty) => {
    const [rows, values] = [all.map(({ row }) => row), all.map(({ value }) => value)];
    const wanted = byDefinition(rows, values, penalty);
    const others = [...rows, [4, -3, 50]];
    ridge({ penalty }).fit(rows, values).predict(others).forEach(({ mean }, i) =>
      assertAlmostEquals(mean, wanted(others[i]!), 1e-6)
    );
  }));
});

Deno.test("the penalty that it picks is the one by which each example is best told from the others", () => {
  fc.assert(
    fc.property(problems, (all) => {
      const [rows, values] = [all.map(({ row }) => row), all.map(({ value }) => value)];
      // The columns' scale is that of all examples, also where one is left out.
      const units = [0, 1, 2].map((k) => {
        const mean = rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length;
        return Math.sqrt(rows.reduce((sum, row) => sum + (row[k]! - mean) ** 2, 0) / rows.length);
      });
      const scaled = rows.map((row) => row.map((x, k) => x / units[k]!));
      const leftOut = (penalty: number) =>
        scaled.reduce((sum, row, i) => {
          const others = scaled.filter((_, j) => j !== i);
          const known = values.filter((_, j) => j !== i);
          return sum + (plainRidge(others, known, penalty)(row) - values[i]!) ** 2;
        }, 0);
      const errors = Array.from({ length: 13 }, (_, i) => leftOut(10 ** (i / 2 - 3)));
      const least = Math.min(...errors);
      const picked = ridge().fit(rows, values).predict(rows).map(({ mean }) => mean);
      const close = errors.some((error, i) => {
        if (error > least * (1 + 1e-6) + 1e-9) return false;
        const same = ridge({ penalty: 10 ** (i / 2 - 3) }).fit(rows, values).predict(rows);
        return same.every(({ mean }, k) => Math.abs(mean - picked[k]!) < 1e-6);
      });
      assert(close);
    }),
    { numRuns: 40 },
  );
});

/** Ridge with a free intercept on columns as they are. */
function plainRidge(rows: number[][], values: number[], penalty: number) {
  const all = rows.map((row) => [1, ...row]);
  const normal = all[0]!.map((_, i) =>
    all[0]!.map((_, j) =>
      all.reduce((sum, row) => sum + row[i]! * row[j]!, 0) + (i === j && i > 0 ? penalty : 0)
    )
  );
  const weights = solved(
    normal,
    all[0]!.map((_, i) => all.reduce((sum, row, n) => sum + row[i]! * values[n]!, 0)),
  );
  return (row: readonly number[]) => [1, ...row].reduce((sum, x, i) => sum + x * weights[i]!, 0);
}

Deno.test("without a penalty the spread is least squares' standard error of the line", () => {
  const [xs, ys] = [[0, 1, 2, 3, 4, 5, 6], [1.1, 2.9, 5.2, 6.8, 9.1, 11.2, 12.7]];
  const n = xs.length;
  const mean = xs.reduce((a, b) => a + b) / n;
  const sxx = xs.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  const fitted = ridge({ penalty: 0 }).fit(xs.map((x) => [x]), ys);
  const squares = fitted.predict(xs.map((x) => [x]))
    .reduce((sum, { mean }, i) => sum + (mean - ys[i]!) ** 2, 0);
  const [far] = fitted.predict([[10]]);
  assertAlmostEquals(
    far!.spread!,
    Math.sqrt(squares / (n - 2) * (1 / n + (10 - mean) ** 2 / sxx)),
    1e-6,
  );
});

Deno.test("columns that depend on each other and columns without any difference are well", () => {
  const rows = [[1, 0, 7], [0, 1, 7], [1, 0, 7], [0, 1, 7]];
  const fitted = ridge({ penalty: 0 }).fit(rows, [1, 3, 1, 3]);
  assertAlmostEquals(fitted.predict([[1, 0, 7]])[0]!.mean, 1, 1e-6);
  const [only] = ridge().fit([[5]], [2]).predict([[9]]);
  assertEquals(only, { mean: 2, spread: 0 });
});

Deno.test("ridge refuses what makes no sense", () => {
  assertThrows(() => ridge({ penalty: -1 }), RangeError, "penalty must be 0 or more, got -1");
  assertThrows(() => ridge().fit([], []), RangeError, "rows must have at least one");
  assertThrows(() => ridge().fit([[1]], [1, 2]), RangeError, "values must have 1 numbers");
  assertThrows(() => ridge().fit([[1], [NaN]], [1, 2]), RangeError, "rows[1][0] must be a finite");
  assertThrows(() => ridge().fit([[1], [2, 3]], [1, 2]), RangeError, "rows[1] must have 1");
  assertThrows(() => ridge().fit([[1]], [Infinity]), RangeError, "values[0] must be a finite");
  const fitted = ridge().fit([[1], [2]], [1, 2]);
  assertThrows(() => fitted.predict([[1, 2]]), RangeError, "Cannot predict: rows[0] must have 1");
});
