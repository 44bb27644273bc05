import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { nasBenchMacroTable, tabular } from "naskit/estimate/mod.ts";
import { nasBenchMacroTableOf } from "naskit/estimate/nas_bench_macro_table.ts";
import { spearman } from "naskit/stats/mod.ts";
import { publishedTable } from "../support/data_folder.ts";
import { madeUpMacro, withFile } from "./support/made_up_benchmarks.ts";

const entries = madeUpMacro();

/** The same as CSV. */
const csv = [
  "arch,test_acc_1,test_acc_2,test_acc_3,params,flops",
  ...Object.entries(entries).sort().map(([text, { test_acc, params, flops }]) =>
    [text, ...test_acc, params, flops].join(",")
  ),
  "",
].join("\n");

Deno.test("the benchmark's JSON and a CSV of it give the same table", async () => {
  for (const text of [JSON.stringify(entries), JSON.stringify(entries, null, 2), csv]) {
    await withFile(text, async (path) => {
      const table = await nasBenchMacroTable({ path });
      for (const [digits, { test_acc, params, flops }] of Object.entries(entries)) {
        const entry = table.get(digits);
        assertEquals(table.known.encode(entry.arch), digits);
        assertEquals([...entry.testAccuracies], test_acc.map((value) => value / 100));
        assertEquals([entry.params, entry.macs], [params, flops]);
      }
      const [data] = table.source.args as [Parameters<typeof nasBenchMacroTableOf>[0]];
      assertEquals(
        nasBenchMacroTableOf(structuredClone(data)).get("01201201"),
        table.get("01201201"),
      );
    });
  }
});

Deno.test("one training is seen, and the two others are the test", async () => {
  await withFile(csv, async (path) => {
    const table = await nasBenchMacroTable({ path });
    const { arch, testAccuracies, testAccuracy } = table.get("21021021");
    const evaluate = tabular(table);
    const { signal } = new AbortController();
    const counts = [0, 0, 0];
    for (let i = 0; i < 600; i++) {
      const context = { graph: table.known.lower(arch), seed: `seed ${i}`, signal };
      const seen = await evaluate(arch, context);
      const k = testAccuracies.findIndex((accuracy) => accuracy === seen.accuracy);
      counts[k]!++;
      const others = testAccuracies.filter((_, other) => other !== k);
      assertAlmostEquals(Number(seen.testAccuracy), (others[0]! + others[1]!) / 2, 1e-12);
    }
    assert(counts.every((count) => count > 150), String(counts));
    const mean = await tabular(table, { repeat: "mean" })(arch, {
      graph: table.known.lower(arch),
      seed: "s",
      signal,
    });
    assertAlmostEquals(Number(mean.accuracy), testAccuracy, 1e-12);
    assertAlmostEquals(Number(mean.testAccuracy), testAccuracy, 1e-12);
  });
});

Deno.test("a damaged file is refused with the place and the reason", async () => {
  const [digits] = Object.keys(entries) as [string];
  const json = (entry: unknown, name = digits) => JSON.stringify({ ...entries, [name]: entry });
  const { [digits]: one, ...rest } = entries;
  const cases: [damaged: string, reason: string][] = [
    ["{", "it is not JSON"],
    [JSON.stringify(rest), "it must have all 6561 networks, got 6560"],
    [json({ ...one, test_acc: [1, 2] }), `"${digits}" must have three numbers as test_acc`],
    [json({ ...one, test_acc: [1, 2, 101] }), "must have a percentage as test_acc_3, got 101"],
    [json({ ...one, params: 1.5 }), "must have a count as params, got 1.5"],
    [json(null), "must have three numbers as test_acc"],
    [json(one, "33333333"), 'must have 8 digits from 0 to 2, got "33333333"'],
    [csv.replace("flops", "macs"), "line 1 must name the column flops"],
    [csv.replace(/\n00000000,[^,]*/, "\n00000000,"), "line 2 must have a percentage as test_acc_1"],
    [csv.replace("\n00000001,", "\n00000000,"), "line 3 has the network 00000000 again"],
  ];
  for (const [damaged, reason] of cases) {
    await withFile(damaged, async (path) => {
      await assertRejects(() => nasBenchMacroTable({ path }), SyntaxError, reason);
    });
  }
  await withFile(csv, async (path) => {
    const table = await nasBenchMacroTable({ path });
    assertThrows(() => table.get("0120120"), SyntaxError);
    assertThrows(() => table.runsOf([]), RangeError, "not a network");
  });
});

Deno.test({
  name: "the published table has the extremes, the means and the noise that are known of it",
  ignore: publishedTable("nas_bench_macro_cifar10.csv") === undefined,
  fn: async () => {
    const table = await nasBenchMacroTable();
    assertAlmostEquals(table.get("22212220").testAccuracy, 0.93127, 0.000005);
    assertAlmostEquals(table.get("00000000").testAccuracy, 0.45363, 0.000005);
    const { params, macs } = table.get("00000000");
    assertEquals([params, macs], [387_882, 7_713_280]);
    const values = tabular(table).values("accuracy");
    assertAlmostEquals(values.reduce((a, b) => a + b) / values.length, 0.90247, 0.000005);
    const all = [...table.known.enumerate()].map((arch) => table.get(arch));
    const rho = spearman(all.map((of) => of.macs), all.map((of) => of.testAccuracy));
    assertAlmostEquals(rho, 0.748, 0.0005);
    const seeds = [[0, 1], [0, 2], [1, 2]].map(([a, b]) =>
      spearman(all.map((of) => of.testAccuracies[a!]!), all.map((of) => of.testAccuracies[b!]!))
    );
    assertAlmostEquals(seeds.reduce((a, b) => a + b) / 3, 0.98, 0.001);
  },
});
