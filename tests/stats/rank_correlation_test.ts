import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { averageRanks, spearman } from "naskit/stats/rank_correlation.ts";
import { publishedTable } from "../support/data_folder.ts";

const columns = fc.array(
  fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -9, max: 9 })),
  {
    minLength: 2,
    maxLength: 30,
  },
).map((rows) => [rows.map(([a]) => a), rows.map(([, b]) => b)] as const);

Deno.test("a rank is one more than the smaller values plus half the other equal ones", () => {
  fc.assert(fc.property(columns, ([x]) => {
    const expected = x.map((v) =>
      1 + x.filter((other) => other < v).length + (x.filter((other) => other === v).length - 1) / 2
    );
    assertEquals(averageRanks(x), expected);
  }));
});

Deno.test("spearman() keeps its properties", () => {
  fc.assert(fc.property(columns, ([x, y]) => {
    const rho = spearman(x, y);
    assertEquals(Number.isNaN(rho), new Set(x).size === 1 || new Set(y).size === 1);
    if (Number.isNaN(rho)) return;
    assertAlmostEquals(spearman(y, x), rho, 1e-12);
    assertAlmostEquals(spearman(x.map((v) => Math.exp(v)), y), rho, 1e-12);
    assertAlmostEquals(spearman(x.map((v) => -v), y), -rho, 1e-12);
  }));
});

Deno.test("the hand-worked case with ties", () => {
  assertAlmostEquals(spearman([1, 2, 2, 3], [1, 3, 2, 4]), 0.948683, 1e-6);
});

Deno.test({
  name: "parameters and accuracy of NAS-Bench-201 correlate as published",
  ignore: publishedTable("nasbench201.csv") === undefined,
  fn: () => {
    const [header, ...rows] = Deno.readTextFileSync(publishedTable("nasbench201.csv") as string)
      .trim().split("\n").map((line) => line.split(","));
    const column = (name: string) => rows.map((row) => Number(row[header!.indexOf(name)]));
    const rho = spearman(column("params_c10_computed"), column("c10_test_acc_200ep"));
    assertAlmostEquals(rho, 0.7527, 5e-5);
  },
});

Deno.test("lengths that differ and NaN are refused", () => {
  assertThrows(() => spearman([1], [1, 2]), RangeError, "x has 1 values and y has 2");
  assertThrows(() => spearman([1, NaN], [1, 2]), RangeError, "value 1 is NaN");
});
