import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/rng.ts";
import {
  type ArchPredictor,
  gaussianProcess,
  networkEnsemble,
  randomForest,
  ridge,
} from "naskit/predict/mod.ts";
import { binRows, growThresholdTree } from "naskit/predict/threshold_tree.ts";
import { spearman } from "naskit/stats/mod.ts";

const makers: { readonly [name: string]: () => ArchPredictor } = {
  ridge: () => ridge(),
  networkEnsemble: () => networkEnsemble({ rng: createRng("nets") }),
  randomForest: () => randomForest({ rng: createRng("forest") }),
  gaussianProcess: () => gaussianProcess(),
};

/** One-hot rows of four decisions of three options, and values of which two of them decide most. */
function cells(count: number, seed: string) {
  const rng = createRng(seed);
  const rows: number[][] = [];
  const values: number[] = [];
  for (let i = 0; i < count; i++) {
    const choices = Array.from({ length: 4 }, () => rng.int(3));
    rows.push(choices.flatMap((choice) => [0, 1, 2].map((option) => Number(option === choice))));
    values.push(0.6 + 0.1 * choices[0]! - 0.05 * choices[2]! + 0.005 * rng.normal());
  }
  return { rows, values };
}

for (const [name, make] of Object.entries(makers)) {
  Deno.test(`${name} ranks what it has not seen, and gives the same again`, () => {
    const known = cells(60, "known");
    const others = cells(40, "others");
    const found = make().fit(known.rows, known.values).predict(others.rows);
    assert(spearman(found.map(({ mean }) => mean), others.values) > 0.9);
    found.forEach(({ mean }, i) => assertAlmostEquals(mean, others.values[i]!, 0.1));
    assert(found.every(({ spread }) => spread! >= 0));
    assertEquals(make().fit(known.rows, known.values).predict(others.rows), found);
  });

  Deno.test(`${name} learns in the values' own unit`, () => {
    const { rows, values } = cells(30, "unit");
    const found = make().fit(rows, values).predict(rows);
    const scaled = make().fit(rows, values.map((value) => 100 * value - 7)).predict(rows);
    scaled.forEach(({ mean, spread }, i) => {
      assertAlmostEquals(mean, 100 * found[i]!.mean - 7, 1e-4);
      assertAlmostEquals(spread!, 100 * found[i]!.spread!, 1e-4);
    });
  });

  Deno.test(`${name} gives a constant where all values are one, and refuses other rows`, () => {
    const fitted = make().fit([[0, 1], [1, 0], [1, 1]], [0.5, 0.5, 0.5]);
    for (const { mean } of fitted.predict([[0, 0], [1, 1]])) assertAlmostEquals(mean, 0.5, 1e-3);
    assertThrows(() => fitted.predict([[1]]), RangeError, "rows[0] must have 2 numbers, got 1");
    assertThrows(() => make().fit([], []), RangeError, "rows must have at least one");
  });
}

/** The best split of all columns, by trying each. */
function byBruteForce(rows: number[][], values: number[], leastSamples: number) {
  const error = (side: number[]) => {
    const mean = side.reduce((a, b) => a + b, 0) / side.length;
    return side.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  };
  let best = { error: error(values), below: values.map(() => true) };
  rows[0]!.forEach((_, k) => {
    for (const { [k]: threshold } of rows) {
      const below = rows.map((row) => row[k]! <= threshold!);
      const sides = [true, false].map((side) => values.filter((_, i) => below[i] === side));
      if (sides.some((side) => side.length < leastSamples)) continue;
      const here = error(sides[0]!) + error(sides[1]!);
      if (here < best.error - 1e-9) best = { error: here, below };
    }
  });
  return best;
}

Deno.test("a tree's first split lowers the squared error most", () => {
  const example = fc.record({
    row: fc.array(fc.nat(5), { minLength: 3, maxLength: 3 }),
    value: fc.nat(9),
  });
  fc.assert(
    fc.property(fc.array(example, { minLength: 4, maxLength: 9 }), (all) => {
      const [rows, values] = [all.map(({ row }) => row), all.map(({ value }) => value)];
      // With leaves of more than a third of the samples no side can be split again.
      const leastSamples = Math.floor(rows.length / 3) + 1;
      const tree = growThresholdTree(binRows(rows, values), [...rows.keys()], {
        leastSamples,
        columns: 3,
        rng: createRng("tree"),
      });
      const wanted = byBruteForce(rows, values, leastSamples);
      const found = rows.reduce((sum, row, i) => sum + (tree(row) - values[i]!) ** 2, 0);
      assertAlmostEquals(found, wanted.error, 1e-9);
    }),
  );
});

Deno.test("a tree without a least leaf goes through every example", () => {
  const rng = createRng("tree");
  const rows = Array.from({ length: 700 }, () => [rng(), rng()]);
  const values = rows.map(([a, b]) => Math.sin(9 * a!) * b!);
  const tree = growThresholdTree(binRows(rows, values), [...rows.keys()], {
    leastSamples: 1,
    columns: 1,
    rng,
  });
  // Of 700 numbers some lie between the same two of the 255 thresholds; two columns tell all but few.
  const missed = rows.filter((row, i) => Math.abs(tree(row) - values[i]!) > 0.05).length;
  assert(missed < 7, `${missed}`);
});

Deno.test("options that make no sense are refused", () => {
  const rng = createRng("options");
  assertThrows(() => randomForest({ rng, trees: 1 }), RangeError, "trees must be a whole number");
  assertThrows(() => randomForest({ rng, columnShare: 0 }), RangeError, "columnShare must be in");
  assertThrows(() => networkEnsemble({ rng, members: 1 }), RangeError, "members must be a whole");
  assertThrows(() => networkEnsemble({ rng, steps: 0 }), RangeError, "steps must be a whole");
});
