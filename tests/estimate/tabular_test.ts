import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { tabular, TrainedTable } from "naskit/estimate/mod.ts";
import {
  type Executor,
  inline,
  maximize,
  randomSearch,
  search,
  workers,
} from "naskit/search/mod.ts";
import type { NasBench201Arch } from "naskit/space/mod.ts";
import { madeUpRows, order, recipe, space } from "./support/made_up_table.ts";

const table = new TrainedTable(recipe, madeUpRows(200, 100));

function context(arch: NasBench201Arch, seed = "s", epochs?: number) {
  const { signal } = new AbortController();
  return {
    graph: space.lower(arch),
    seed,
    signal,
    ...(epochs === undefined ? {} : { epochs }),
  };
}

Deno.test("a look-up gives one of the trainings, by the seed, each as often", async () => {
  const evaluate = tabular(table);
  const [arch, { runs }] = [order[0]!, table.entries[0]!];
  const counts = [0, 0, 0];
  for (let i = 0; i < 300; i++) {
    const metrics = await evaluate(arch, context(arch, `seed ${i}`));
    assertEquals(metrics, await evaluate(arch, context(arch, `seed ${i}`)));
    const run = runs.findIndex(({ accuracy, testAccuracy }) =>
      accuracy === metrics.accuracy && testAccuracy === metrics.testAccuracy
    );
    counts[run]!++;
    assertEquals(metrics.validationAccuracy, runs[run]!.validationAccuracy);
    assertEquals(metrics.seconds, runs[run]!.seconds);
  }
  assert(counts.every((count) => count > 70), String(counts));
});

Deno.test("with the mean, seeds do not matter", async () => {
  const evaluate = tabular(table, { repeat: "mean" });
  const { arch, accuracy, testAccuracy, validationAccuracy, seconds } = table.entries[0]!;
  for (const seed of ["a", "b", "c"]) {
    assertEquals(await evaluate(arch, context(arch, seed)), {
      accuracy,
      validationAccuracy,
      seconds,
      testAccuracy,
    });
  }
});

Deno.test("fewer epochs give the beginning of a training", async () => {
  const evaluate = tabular(table, { repeat: "mean" });
  const { arch, validationAccuracy, seconds } = table.entries[0]!;
  assertEquals(evaluate.epochs, 4);
  for (const epochs of [1, 2, 3]) {
    assertEquals(await evaluate(arch, context(arch, "s", epochs)), {
      accuracy: validationAccuracy[epochs - 1]!,
      validationAccuracy: validationAccuracy.slice(0, epochs),
      seconds: seconds * epochs / 4,
    });
  }
  assertEquals(
    await evaluate(arch, context(arch, "s", 4)),
    await evaluate(arch, context(arch, "s")),
  );
  for (const epochs of [0, -1, 1.5, 5, NaN]) {
    assertThrows(
      () => evaluate(arch, context(arch, "s", epochs)),
      RangeError,
      `epochs must be a whole number from 1 to 4, got ${epochs}`,
    );
  }
});

Deno.test("workers look up what is looked up in line, and costs are the candidate's own", async () => {
  const run = async (executor: Executor) => {
    const study = await search({
      space: table.known,
      strategy: randomSearch(),
      evaluate: tabular(table),
      objective: maximize("accuracy"),
      budget: { trials: 30 },
      executor,
      seed: "nas",
    });
    return study.toJSON({ times: false });
  };
  const expected = await run(inline());
  assert(expected.trials.every(({ metrics }) => metrics.macs! > 0));
  assertEquals(await run(workers(2, { keepFor: 0 })), expected);
});

Deno.test("a search beyond what is known ends with the reason", async () => {
  await assertRejects(
    () =>
      search({
        space: table.space,
        strategy: randomSearch(),
        evaluate: tabular(table),
        objective: maximize("accuracy"),
        budget: { trials: 100 },
        seed: "nas",
      }),
    Error,
    "the table has 200 of 6466 networks and not this one",
  );
});

Deno.test("tabular() refuses other repeats", () => {
  assertThrows(
    () => tabular(table, { repeat: "first" as "mean" }),
    TypeError,
    'repeat must be "random" or "mean", got first',
  );
});
