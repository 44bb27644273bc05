import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fashion201 } from "naskit/estimate/mod.ts";
import { ended, makeFolder, startTool } from "./support/run_tool.ts";

const recipe = {
  channels: 2,
  cellsPerStage: 1,
  size: 8,
  train: 400,
  validation: 100,
  test: 100,
  training: { epochs: 2 },
};

/** A builder at work in a folder. */
function start(folder: string, ...args: string[]): Deno.ChildProcess {
  return startTool("build_table.ts", `--folder=${folder}`, ...args);
}

/** The rows without their seconds, in order. */
async function rowsIn(folder: string): Promise<string[]> {
  const text = await Deno.readTextFile(join(folder, "fashion_201.csv"));
  return text.trimEnd().split("\n").slice(1).map((line) => line.replace(/,[^,]*$/, "")).sort();
}

Deno.test("a table whose building was killed again and again is the one built at once", async () => {
  const extent = ["--rows=24", "--repeats=2", "--repeated=6", "--workers=2"];
  const [whole, broken] = [await makeFolder(recipe), await makeFolder(recipe)];
  const [code, output] = await ended(start(whole, ...extent));
  assertEquals(code, 0, output);
  assertStringIncludes(output, "30 in the table, 30 of them new");

  const csv = join(broken, "fashion_201.csv");
  for (const [signal, rows] of [["SIGKILL", 8], ["SIGTERM", 16]] as const) {
    const builder = start(broken, ...extent);
    while (await lineCount(csv) <= rows) await pause(20);
    builder.kill(signal);
    assert((await ended(builder))[0] !== 1);
    await Deno.writeTextFile(csv, "23,0,0123", { append: true });
  }
  assertEquals((await ended(start(broken, ...extent)))[0], 0);
  assertEquals(await rowsIn(broken), await rowsIn(whole));
  const table = await fashion201({ folder: broken });
  assertEquals([table.entries.length, table.noise().architectures], [24, 6]);

  await Deno.writeTextFile(
    join(whole, "fashion_201.json"),
    JSON.stringify({ ...recipe, train: 300 }),
  );
  const [refused, reason] = await ended(start(whole, "--rows=30"));
  assertEquals(refused, 1, reason);
  assertStringIncludes(reason, "a row of the table does not come out again");
  for (const folder of [whole, broken]) await Deno.remove(folder, { recursive: true });
});

Deno.test("a builder leaves the table alone that another is writing", async () => {
  const folder = await makeFolder(recipe);
  const csv = join(folder, "fashion_201.csv");
  {
    using file = await Deno.open(csv, { write: true, create: true });
    await file.lock(true);
    const [code, output] = await ended(start(folder, "--rows=1"));
    assertEquals([code, output.trim()], [1, `build_table: another builder is writing ${csv}`]);
  }
  assertEquals(await Deno.readTextFile(csv), "");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a builder says what is wrong with its command line and its folder", async () => {
  const folder = await Deno.makeTempDir();
  const [code, output] = await ended(start(folder, "--rows=0"));
  assertEquals([code, output.trim()], [
    2,
    'build_table: --rows must be a positive whole number, got "0"',
  ]);
  assertStringIncludes((await ended(start(folder)))[1], "must hold the table's recipe");
  await Deno.remove(folder);
});

async function lineCount(path: string): Promise<number> {
  return (await Deno.readTextFile(path).catch(() => "")).split("\n").length;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
