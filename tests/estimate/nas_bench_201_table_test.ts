import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { cost } from "naskit/cost/mod.ts";
import { nasBench201Table, tabular } from "naskit/estimate/mod.ts";
import { nasBench201TableOf } from "naskit/estimate/nas_bench_201_table.ts";
import { maximize, randomSearch, search, workers } from "naskit/search/mod.ts";
import { nasBench201, type NasBench201Arch } from "naskit/space/mod.ts";
import { spearman } from "naskit/stats/mod.ts";
import { publishedTable } from "../support/data_folder.ts";
import { accuracyColumns, madeUp201, withFile } from "./support/made_up_benchmarks.ts";

const space = nasBench201();
const csv = madeUp201();
const lines = csv.split("\n");

function context(arch: NasBench201Arch, epochs?: number) {
  const { signal } = new AbortController();
  const rest = epochs === undefined ? {} : { epochs };
  return { graph: space.lower(arch), seed: "s", signal, ...rest };
}

Deno.test("every row is found by its architecture, for each data set", async () => {
  await withFile(csv, async (path) => {
    for (const [dataset, first] of [["cifar10", 0], ["cifar100", 3]] as const) {
      const table = await nasBench201Table({ dataset, path });
      for (const line of lines.slice(1, -1)) {
        const [index, text, , ...numbers] = line.split(",") as [string, string, ...string[]];
        const entry = table.get(text);
        assertEquals(space.encode(entry.arch), text);
        assertEquals(
          [entry.index, entry.validation12, entry.test12, entry.testAccuracy],
          [Number(index), ...numbers.slice(first, first + 3).map((share) => Number(share) / 100)],
        );
      }
      assertEquals(table.known.size, 15_625n);
    }
  });
});

Deno.test("the evaluator gives the fitness, the test after 200 epochs, and seconds if there are", async () => {
  await withFile(csv, async (path) => {
    const arch = space.fromChoices([3, 3, 3, 1, 3, 2]);
    const [timed, plain] = [
      await nasBench201Table({ dataset: "cifar100", path }),
      await nasBench201Table({ path }),
    ];
    const { testAccuracy, validation12, test12 } = timed.get("333132");
    const evaluate = tabular(timed);
    assertEquals([evaluate.epochs, evaluate.simulated], [12, true]);
    const { seconds, ...rest } = await evaluate(arch, context(arch));
    assertEquals(rest, { accuracy: validation12, testAccuracy });
    assert(Number(seconds) >= 0);
    assertEquals(
      await tabular(timed, { fitness: "test12" })(arch, context(arch, 12)),
      { accuracy: test12, testAccuracy, seconds: seconds! },
    );
    const peeking = tabular(plain, { fitness: "test200" });
    assertEquals([peeking.epochs, peeking.simulated], [200, undefined]);
    const { testAccuracy: test } = plain.get(arch);
    assertEquals(await peeking(arch, context(arch)), { accuracy: test, testAccuracy: test });
    assertThrows(
      () => evaluate(arch, context(arch, 6)),
      RangeError,
      "trainings of 12 epochs alone",
    );
    assertThrows(
      () => tabular(timed, { fitness: "validation200" }),
      RangeError,
      "fitness must be one of validation12, test12, test200, got validation200",
    );
  });
});

Deno.test("values are those of all architectures, in the order of the space", async () => {
  await withFile(csv, async (path) => {
    const table = await nasBench201Table({ path });
    const evaluate = tabular(table);
    const values = evaluate.values("accuracy");
    assertEquals(values.length, 15_625);
    [...evaluate.space.enumerate()].forEach((arch, i) => {
      assertEquals(values[i], table.get(arch).validation12);
    });
    assert(evaluate.values("accuracy") === values);
    assertThrows(
      () => evaluate.values("seconds"),
      RangeError,
      "the table has accuracy, testAccuracy",
    );
  });
});

Deno.test("a worker gets the same table", async () => {
  await withFile(csv, async (path) => {
    const table = await nasBench201Table({ dataset: "cifar100", path });
    const options = {
      space: table.known,
      strategy: randomSearch(),
      evaluate: tabular(table),
      objective: maximize("accuracy"),
      budget: { trials: 5 },
      seed: "nas",
    };
    const here = await search(options);
    const there = await search({ ...options, executor: workers(1, { keepFor: 0 }) });
    const metrics = (study: typeof here) => study.trials.map((trial) => trial.metrics);
    assertEquals(metrics(there), metrics(here));
    const [data] = table.source.args as [Parameters<typeof nasBench201TableOf>[0]];
    assertEquals(nasBench201TableOf(structuredClone(data)).get("012340"), table.get("012340"));
  });
});

Deno.test("a damaged file is refused with the line and the reason", async () => {
  const [header, first, second] = lines as [string, string, string];
  const [, text] = second.split(",") as [string, string];
  const changed = (line: number, from: string | RegExp, to: string) =>
    lines.map((old, i) => i === line - 1 ? old.replace(from, to) : old).join("\n");
  const cases: [damaged: string, reason: string][] = [
    [changed(1, "c10_test_acc_200ep", "c10"), "line 1 must name the column c10_test_acc_200ep"],
    [changed(2, /,extra/, ""), "line 2 has 9 fields, the header 10"],
    [changed(3, "~0|+|", "~0|+"), "line 3 must have an architecture: Cannot decode"],
    [changed(2, /\|.*\|/, text), "line 3 has the architecture of line 2 again"],
    [changed(4, /extra,[^,]*/, "extra,-1"), 'c10valid_valid_acc_12ep from 0 to 100, got "-1"'],
    [changed(4, /extra,[^,]*/, "extra,"), "line 4 must have c10valid_valid_acc_12ep"],
    [[header, first, ""].join("\n"), "line 3 must be a row: 1 of 15625 are there"],
    ["", "line 1 must name the column arch"],
  ];
  for (const [damaged, reason] of cases) {
    await withFile(damaged, async (path) => {
      await assertRejects(() => nasBench201Table({ path }), SyntaxError, reason);
    });
  }
  await withFile(csv, async (path) => {
    await assertRejects(
      () => nasBench201Table({ dataset: "imageNet16", path }),
      SyntaxError,
      "in16_valid_acc_12ep",
    );
    const table = await nasBench201Table({ path });
    assertThrows(() => table.get("33313"), SyntaxError);
    assertThrows(() => table.runsOf([], "test12"), RangeError, "not an architecture");
  });
  assertEquals(accuracyColumns.length, 6);
});

Deno.test("without a file it says how to get one", async () => {
  const folder = Deno.env.get("NASKIT_DATA");
  try {
    Deno.env.delete("NASKIT_DATA");
    await assertRejects(
      () => nasBench201Table(),
      Deno.errors.NotFound,
      "Cannot load NAS-Bench-201: no file is given; give its path, or set the environment variable " +
        "NASKIT_DATA",
    );
    Deno.env.set("NASKIT_DATA", "/nowhere");
    await assertRejects(
      () => nasBench201Table(),
      Deno.errors.NotFound,
      "/nowhere does not have it",
    );
  } finally {
    if (folder === undefined) Deno.env.delete("NASKIT_DATA");
    else Deno.env.set("NASKIT_DATA", folder);
  }
  await assertRejects(
    () => nasBench201Table({ dataset: "mnist" as "cifar10" }),
    RangeError,
    "dataset must be one of cifar10, cifar100, imageNet16, got mnist",
  );
});

Deno.test({
  name: "the published table has the best cells, the means and the costs that are known of it",
  ignore: publishedTable("nasbench201.csv") === undefined,
  fn: async () => {
    const best = {
      cifar10: { index: 6111, digits: "333132", mean: 0.8706, noise: 0.772 },
      cifar100: { index: 9930, digits: "333133", mean: 0.6141, noise: 0.825 },
      imageNet16: { index: 857, digits: "223133", mean: 0.3359, noise: 0.818 },
    };
    for (const dataset of ["cifar10", "cifar100", "imageNet16"] as const) {
      const table = await nasBench201Table({ dataset });
      const { index, digits, mean, noise } = best[dataset];
      const [seen, tests] = ["accuracy", "testAccuracy"]
        .map((metric) => tabular(table).values(metric)) as [number[], number[]];
      assertAlmostEquals(tests.reduce((a, b) => a + b) / 15_625, mean, 0.00005);
      assertEquals(table.get(digits).testAccuracy, Math.max(...tests));
      assertEquals(table.get(digits).index, index);
      assertAlmostEquals(spearman(seen, tests), noise, 0.0005);
      const macs = cost(table.known.lower(table.get("333333").arch)).macs;
      if (dataset === "cifar10") assertEquals(macs, 220_119_690);
    }
  },
});
