import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fashion201Signals } from "naskit/judge/mod.ts";
import { ended, makeFolder, startTool, tinyRecipe } from "./support/run_tool.ts";

/** How a tool ended that was run in a folder, and what it said. */
function run(tool: string, folder: string, ...args: string[]) {
  return ended(startTool(tool, `--folder=${folder}`, ...args));
}

Deno.test("signals of some networks, then of more, are those of all at once", async () => {
  const folder = await makeFolder(tinyRecipe);
  const csv = join(folder, "signals_fashion_201.csv");
  const table = ["--rows=3", "--repeats=1", "--workers=1"];
  const [built, why] = await run("build_table.ts", folder, ...table);
  assertEquals(built, 0, why);

  const scoresOf = async () =>
    (await fashion201Signals({ folder })).rows.map(({ seconds: _, ...row }) => row);
  const [code, said] = await run("signal_table.ts", folder, "--rows=1");
  assertEquals(code, 0, said);
  assertEquals((await scoresOf()).map(({ index }) => index), [0]);
  await Deno.writeTextFile(csv, "1,31", { append: true });
  const [again, more] = await run("signal_table.ts", folder, "--rows=3");
  assertEquals(again, 0, more);
  assertStringIncludes(more, "3 networks in the table");
  const pieces = await scoresOf();
  await Deno.remove(csv);
  const [whole, all] = await run("signal_table.ts", folder, "--rows=3");
  assertEquals(whole, 0, all);
  assertEquals(pieces, await scoresOf());
  assertEquals(Object.keys(pieces[0]!.scores).sort().slice(-2), ["less of all", "loss_1"]);
  const { rows } = await fashion201Signals({ folder });
  assert(rows.every(({ seconds }) => seconds["less of all"]! >= 0));

  const trained = join(folder, "fashion_201.csv");
  const lines = (await Deno.readTextFile(trained)).split("\n");
  const other = lines.map((line, i) =>
    i === 0 ? line : line.replace(/^(\d+,0,\d+),[^,]+/, "$1,0.9999")
  );
  await Deno.writeTextFile(trained, other.join("\n"));
  await Deno.remove(csv);
  const [refused, reason] = await run("signal_table.ts", folder);
  assertEquals(refused, 1, reason);
  assertStringIncludes(reason, "the training of index 0 does not come out again");
  const [odd, usage] = await run("signal_table.ts", folder, "--rows=few");
  assertEquals(odd, 2);
  assertStringIncludes(usage, 'got "few"');
  await Deno.remove(folder, { recursive: true });
});
