import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { extrapolateCurve, fashion201 } from "naskit/estimate/mod.ts";
import { curveSignals, signalValue } from "naskit/judge/mod.ts";

const trainings = [
  { validationAccuracy: [0.4, 0.5, 0.6, 0.65, 0.7], seconds: 10 },
  { validationAccuracy: [0.3, 0.6, 0.65, 0.7, 0.8], seconds: 5 },
];

Deno.test("accuracies and extrapolations cost their share of the training", () => {
  const columns = curveSignals(trainings, { accuracyAfter: [1, 4], extrapolateAfter: [3] });
  assertEquals(columns.map(({ name, group }) => [name, group]), [
    ["accuracy after 1 epoch", "accuracy"],
    ["accuracy after 4 epochs", "accuracy"],
    ["extrapolated after 3 epochs", "extrapolation"],
  ]);
  assertEquals(columns[0]!.seconds, [2, 1]);
  assertEquals(columns[1]!.values, [0.65, 0.7]);
  const wanted = trainings.map(({ validationAccuracy }) =>
    extrapolateCurve(validationAccuracy.slice(0, 3)).at(5).mean
  );
  assertEquals(columns[2]!.values, wanted);
  assertAlmostEquals(columns[2]!.seconds[0]!, 6, 1);
  assert(columns[2]!.seconds[0]! >= 6);
});

Deno.test("sums of losses are of the last epochs seen, and less of them is better", () => {
  const losses = [[2, 1, 0.5], [1.8, 1.1, 0.7]];
  const withLosses = trainings.map((training, i) => ({ ...training, trainLoss: losses[i]! }));
  const sums = (lossEpochs?: number) =>
    curveSignals(withLosses, {
      lossSumAfter: [1, 3],
      ...(lossEpochs === undefined ? {} : { lossEpochs }),
    });
  const [first, third] = sums();
  assertEquals([first!.name, third!.name], [
    "sum of losses after 1 epoch",
    "sum of losses after 3 epochs",
  ]);
  assertEquals([first!.direction, first!.group], ["minimize", "training loss"]);
  assertEquals([first!.values, first!.seconds], [[2, 1.8], [2, 1]]);
  assertEquals(third!.values.map((sum) => sum.toFixed(6)), ["3.500000", "3.600000"]);
  assertEquals(sums(2)[1]!.values.map((sum) => sum.toFixed(6)), ["1.500000", "1.800000"]);
  assertEquals(sums(2)[0]!.values, [2, 1.8]);
  assertThrows(
    () => curveSignals(withLosses, { lossSumAfter: [4] }),
    RangeError,
    "epochs of losses must be whole numbers from 1 to 3, got 4",
  );
  assertThrows(() => curveSignals(trainings, { lossSumAfter: [1] }), RangeError, "from 1 to 0");
  assertThrows(() => sums(0), RangeError, "lossEpochs must be a positive whole number, got 0");
});

Deno.test("what the median rule stops says and costs no more than until there", () => {
  const [column] = curveSignals([
    ...trainings,
    { validationAccuracy: [0.1, 0.2, 0.9, 0.9, 0.9], seconds: 5 },
    { validationAccuracy: [0.5, 0.6, 0.7, 0.8, 0.9], seconds: 5 },
  ], { medianStopping: { minEpochs: 2, minTrainings: 2 } });
  assertEquals(column!.name, "median stopping");
  assertEquals([column!.values, column!.seconds], [[0.7, 0.8, 0.2, 0.9], [10, 5, 2, 5]]);
});

Deno.test("on the shipped table later epochs rank better, and the last one as the training itself", async () => {
  const { sample } = await fashion201();
  const runs = sample.slice(0, 200).map(({ runs: [run] }) => run!);
  const points = signalValue(
    curveSignals(runs, { accuracyAfter: [1, 4, 8] }),
    runs.map(({ accuracy }) => accuracy),
    { resamples: 0 },
  );
  const [first, fourth, last] = points.map(({ y }) => y);
  assert(first! > 0.3 && fourth! > first! && last! > fourth!);
  assertAlmostEquals(last!, 1, 1e-12);
});

Deno.test("what makes no sense is refused", () => {
  assertThrows(() => curveSignals([]), RangeError, "trainings must have at least one");
  assertThrows(
    () => curveSignals(trainings, { accuracyAfter: [6] }),
    RangeError,
    "epochs must be whole numbers from 1 to 5, got 6",
  );
  assertThrows(
    () => curveSignals(trainings, { extrapolateAfter: [2] }),
    RangeError,
    "three epochs",
  );
});
