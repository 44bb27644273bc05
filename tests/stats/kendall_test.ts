import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { kendall } from "naskit/stats/mod.ts";
import { RankPair } from "naskit/stats/rank_pair.ts";
import { spearman } from "naskit/stats/rank_correlation.ts";
import { publishedTable } from "../support/data_folder.ts";

const value = fc.oneof(fc.integer({ min: -4, max: 4 }), fc.constantFrom(Infinity, -Infinity, -0));
const rows = fc.array(fc.tuple(value, value, fc.nat(3)), { minLength: 1, maxLength: 40 });

/** Every pair, by the definition. */
function bruteForce(x: readonly number[], y: readonly number[]): number {
  let [balance, inX, inY] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < i; k++) {
      const [a, b] = [x[i]! > x[k]! ? 1 : x[i]! < x[k]! ? -1 : 0, sign(y[i]!, y[k]!)];
      balance += a * b;
      inX += Math.abs(a);
      inY += Math.abs(b);
    }
  }
  return balance / Math.sqrt(inX * inY);
}

function sign(a: number, b: number): number {
  return a > b ? 1 : a < b ? -1 : 0;
}

Deno.test("kendall() is what counting all pairs gives", () => {
  fc.assert(fc.property(rows, (rows) => {
    const [x, y] = [rows.map(([a]) => a), rows.map(([, b]) => b)];
    assertAlmostEquals(kendall(x, y), bruteForce(x, y), 1e-12);
  }));
});

Deno.test("the correlations of a resample are those of its rows written out", () => {
  fc.assert(fc.property(rows, (rows) => {
    const pair = new RankPair(rows.map(([a]) => a), rows.map(([, b]) => b));
    pair.take(rows.map(() => 7)).kendall(); // leaves no trace
    pair.take(rows.map(([, , times]) => times));
    const drawn = rows.flatMap((row) => Array<typeof row>(row[2]).fill(row));
    const [x, y] = [drawn.map(([a]) => a), drawn.map(([, b]) => b)];
    assertAlmostEquals(pair.spearman(), spearman(x, y), 1e-12);
    assertAlmostEquals(pair.kendall(), bruteForce(x, y), 1e-12);
  }));
});

Deno.test("the hand-worked case with ties", () => {
  assertAlmostEquals(kendall([1, 2, 2, 3], [1, 3, 2, 4]), 0.912871, 1e-6);
  assertEquals([kendall([1, 2, 3], [4, 5, 6]), kendall([1, 2, 3], [6, 5, 4])], [1, -1]);
  assertEquals([kendall([], []), kendall([1], [1]), kendall([1, 1], [1, 2])], [NaN, NaN, NaN]);
});

Deno.test({
  name: "parameters and accuracy of NAS-Bench-201 have the tau that the literature gives",
  ignore: publishedTable("nasbench201.csv") === undefined,
  fn: () => {
    const [header, ...rows] = Deno.readTextFileSync(publishedTable("nasbench201.csv") as string)
      .trim().split("\n").map((line) => line.split(","));
    const column = (name: string) => rows.map((row) => Number(row[header!.indexOf(name)]));
    const tau = kendall(column("params_c10_computed"), column("c10_test_acc_200ep"));
    assertAlmostEquals(tau, 0.5778, 5e-5);
  },
});

Deno.test("lengths that differ and NaN are refused", () => {
  assertThrows(() => kendall([1], [1, 2]), RangeError, "x has 1 values and y has 2");
  assertThrows(() => kendall([1, 2], [1, NaN]), RangeError, "value 1 is NaN");
});
