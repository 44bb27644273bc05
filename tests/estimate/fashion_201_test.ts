import { assert, assertEquals, assertRejects } from "@std/assert";
import { cost } from "naskit/cost/mod.ts";
import { engineInfo } from "naskit/engine/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import { fashion201, trainFromScratch } from "naskit/estimate/mod.ts";
import { tableData, tableOrder } from "naskit/estimate/table_recipe.ts";
import { workers } from "naskit/search/mod.ts";

Deno.test("each row of the table is of the network that its index names", async () => {
  const table = await fashion201();
  const order = tableOrder(table.space);
  for (const { index, operations, arch, params, macs } of table.entries) {
    assertEquals(operations, table.space.toChoices(order[index]!).join(""), `index ${index}`);
    const costs = cost(table.space.lower(arch));
    assertEquals([params, macs], [costs.params, costs.macs], `index ${index}`);
  }
});

Deno.test("the files are small, and the rows as the builder writes them", async () => {
  const csv = await Deno.readTextFile(
    new URL("../../data/tables/fashion_201.csv", import.meta.url),
  );
  assert(csv.length < 1_000_000, `${csv.length} bytes`);
  assertEquals((await fashion201()).toJSON().csv, csv);
});

Deno.test("a folder without a table is refused", async () => {
  await assertRejects(
    () => fashion201({ folder: new URL("./", import.meta.url) }),
    Deno.errors.NotFound,
    "fashion_201.",
  );
});

Deno.test({
  name: "two rows come out again when their networks are trained again",
  // Without the fused multiply-add last digits differ.
  ignore: engineInfo().simd !== "relaxed",
  fn: async () => {
    const table = await fashion201();
    const rng = createRng(Deno.env.get("NASKIT_TABLE_SEED") ?? "two rows");
    const all = table.entries.flatMap((entry) => entry.runs.map((run) => ({ entry, run })));
    const chosen = rng.shuffle(all).slice(0, 2);
    const data = await tableData(table.recipe);
    const evaluate = trainFromScratch(data, { ...table.recipe.training, test: data.test });
    const runner = await workers(2, { keepFor: 0 }).open(evaluate);
    await Promise.all(chosen.map(async ({ entry: { arch, index }, run }) => {
      const { signal } = new AbortController();
      const context = { graph: table.space.lower(arch), seed: run.seed, signal };
      const metrics = await runner.run(arch, context);
      const found = [...metrics.validationAccuracy as number[], metrics.testAccuracy as number];
      assertEquals(
        found.map((share) => share.toFixed(4)),
        [...run.validationAccuracy, run.testAccuracy].map((share) => share.toFixed(4)),
        `index ${index}, repeat ${run.repeat}`,
      );
    }));
    await runner.close();
  },
});
