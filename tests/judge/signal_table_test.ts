import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { take } from "naskit/data/mod.ts";
import { fashion201, trainAtFidelity } from "naskit/estimate/mod.ts";
import {
  cheaperTrainings,
  cheaperValidation,
  curveSignals,
  fashion201Signals,
  measureSignals,
  SignalTable,
  signalValue,
} from "naskit/judge/mod.ts";
import { beginningName, lossName } from "naskit/judge/signal_table.ts";
import { formatScores, scoreHeader } from "naskit/judge/score_rows.ts";

const recipe = { train: 3500, size: 16 };
const names = [
  beginningName,
  ...Object.keys(cheaperTrainings(recipe)),
  ...[1, 2, 3, 4].map(lossName),
];

/** A row whose values and seconds are counted from a number. */
function rowOf(index: number, operations: string, from: number) {
  const count = (step: number) =>
    Object.fromEntries(names.map((name, i) => [name, from + step * i]));
  return { index, operations, scores: count(0.01), seconds: count(1) };
}

Deno.test("columns and trainings are those of the rows, and curves those of the table", async () => {
  const table = await fashion201();
  const [first, second] = table.entries;
  const rows = [rowOf(0, first!.operations, 0.5), rowOf(1, second!.operations, 0.1)];
  const text = [scoreHeader(names), ...rows.map((row) => formatScores(row, names)), ""].join("\n");
  const signals = new SignalTable(text);
  const columns = signals.columns();
  assertEquals(columns.map(({ name }) => name), Object.keys(cheaperTrainings(recipe)));
  assertEquals(columns[0]!.values, [0.51, 0.11]);
  assertEquals(columns[0]!.seconds, [1.5, 1.1]);
  const [training, other] = signals.trainings(table);
  assertEquals(training!.validationAccuracy, first!.runs[0]!.validationAccuracy);
  assertEquals(training!.trainLoss, [0.56, 0.57, 0.58, 0.59]);
  // Four of eight epochs took half a second.
  assertEquals([training!.seconds, other!.seconds], [1, 0.2]);
  assertThrows(
    () => new SignalTable(`${scoreHeader(["beginning"])}\n0,${first!.operations},,\n`),
    SyntaxError,
    "the network of index 0 lacks beginning",
  );
});

Deno.test("cheaper trainings are parts of the recipe's", () => {
  assertEquals(Object.values(cheaperTrainings(recipe)), [
    { epochs: 1 },
    { images: 437 },
    { size: 8, epochs: 3 },
    { width: 0.5, epochs: 1 },
    { size: 8, epochs: 4, images: 1000 },
  ]);
});

Deno.test("the kit's signals are of the first networks of the table, and say something of them", async () => {
  const table = await fashion201(), signals = await fashion201Signals();
  assert(signals.rows.length >= 60, `${signals.rows.length}`);
  signals.rows.forEach(({ index, operations }, i) => {
    assertEquals(index, i);
    assertEquals(table.get(operations).index, i);
  });
  const wholes = signals.trainings(table);
  wholes.forEach(({ validationAccuracy }, i) => {
    const there = signals.rows[i]!.scores[beginningName]!;
    assertAlmostEquals(there, validationAccuracy[3]!, 5e-5);
  });
  const points = signalValue(
    [
      ...signals.columns(),
      ...curveSignals(wholes, { accuracyAfter: [4], lossSumAfter: [4] }),
    ],
    signals.rows.map(({ operations }) => table.get(operations).testAccuracy),
    { resamples: 0 },
  );
  for (const { label, x, y } of points) assert(y > 0.2 && x > 0, `${label}: ${y}, ${x} s`);
});

Deno.test("a row comes out again as it is measured in a notebook", async () => {
  const table = await fashion201(), signals = await fashion201Signals();
  const { index, operations, scores } = signals.rows[0]!;
  const { arch } = table.get(operations);
  const data = await table.data();
  const fewer = { train: data.train, validation: take(data.validation, cheaperValidation) };
  const name = "less of all", fidelity = cheaperTrainings(table.recipe)[name]!;
  const [column] = await measureSignals([{ arch, graph: table.space.lower(arch) }], [{
    evaluate: trainAtFidelity(fewer, { ...table.recipe.training, fidelity }),
    readings: [{ name, read: "accuracy" }],
  }], { seed: `fashion-201/${index}/signals` });
  // Without a fused multiply-add it is about as near as another seed.
  assertAlmostEquals(column!.values[0]!, scores[name]!, 0.2);
});
