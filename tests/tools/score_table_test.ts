import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fashion201Scores, nasBench201Scores } from "naskit/judge/mod.ts";
import { nasBench201Order } from "naskit/judge/nas_bench_201_scores.ts";
import { ended, makeFolder, startTool } from "./support/run_tool.ts";

const recipe = {
  channels: 2,
  cellsPerStage: 1,
  size: 8,
  train: 40,
  validation: 20,
  test: 20,
  training: { epochs: 1 },
};

/** A scorer at work in a folder. */
function start(folder: string, ...args: string[]): Deno.ChildProcess {
  return startTool("score_table.ts", `--folder=${folder}`, "--images=4", "--workers=1", ...args);
}

async function scoresIn(folder: string) {
  return (await fashion201Scores({ folder })).rows.map(({ seconds: _, ...row }) => row);
}

Deno.test("scores made piece by piece, with kills, are those made at once", async () => {
  const [whole, broken] = [await makeFolder(recipe), await makeFolder(recipe)];
  const [code, output] = await ended(start(whole, "--proxies=params,snip", "--rows=60"));
  assertEquals(code, 0, output);
  assertStringIncludes(output, "60 networks in the table, 60 scored now");

  const csv = join(broken, "proxies_fashion_201.csv");
  const killed = start(broken, "--proxies=snip", "--rows=60");
  while ((await Deno.readTextFile(csv).catch(() => "")).split("\n").length < 4) await pause(20);
  killed.kill("SIGKILL");
  await killed.output();
  await Deno.writeTextFile(csv, "23,31", { append: true });
  const extent = ["--proxies=params,snip", "--rows=60"];
  const [again, said] = await ended(start(broken, ...extent));
  assertEquals(again, 0, said);
  assertEquals(await scoresIn(broken), await scoresIn(whole));
  const { proxies, rows } = await fashion201Scores({ folder: broken });
  assertEquals(proxies, ["snip", "params"]);
  assertEquals(rows.map(({ index }) => index), [...rows.keys()]);
  assert(rows.every(({ seconds }) => seconds.snip! > 0 && seconds.params! >= 0));

  const [refused, reason] = await ended(start(whole, "--images=5", "--proxies=snip"));
  assertEquals(refused, 1, reason);
  assertStringIncludes(reason, "a row of scores does not come out again");
  for (const folder of [whole, broken]) await Deno.remove(folder, { recursive: true });
});

Deno.test("a scorer leaves the file alone that another is writing, and checks its command line", async () => {
  const folder = await makeFolder(recipe);
  const csv = join(folder, "proxies_fashion_201.csv");
  {
    using file = await Deno.open(csv, { write: true, create: true });
    await file.lock(true);
    const [code, output] = await ended(start(folder));
    assertEquals([code, output.trim()], [1, `score_table: another process is writing ${csv}`]);
  }
  assertEquals(await Deno.readTextFile(csv), "");
  const [code, output] = await ended(start(folder, "--proxies=snap"));
  assertEquals(code, 2);
  assertStringIncludes(output, 'got "snap"');
  await Deno.remove(folder, { recursive: true });
});

Deno.test("networks of NAS-Bench-201 are scored on images or noise, from an index on", async () => {
  const folder = await Deno.makeTempDir();
  const extent = ["--from=400", "--rows=2", "--proxies=params,meco"];
  for (const input of ["images", "noise"] as const) {
    const [code, output] = await ended(
      start(folder, `--networks=nas-bench-201-${input}`, ...extent),
    );
    assertEquals(code, 0, output);
  }
  const [images, noise] = await Promise.all(
    (["images", "noise"] as const).map((input) => nasBench201Scores({ input, folder })),
  );
  assertEquals(
    noise!.archs,
    nasBench201Order().slice(400, 402).map((arch, i) => ({ index: 400 + i, arch })),
  );
  assertEquals(images!.archs, noise!.archs);
  for (const [i, { scores: { params, meco } }] of images!.rows.entries()) {
    const { scores } = noise!.rows[i]!;
    assertEquals(params, scores.params);
    assert(meco! >= 0 && meco !== scores.meco);
  }
  const [code, output] = await ended(start(folder, "--networks=nas-bench-101"));
  assertEquals(code, 2);
  assertStringIncludes(output, 'got "nas-bench-101"');
  await Deno.remove(folder, { recursive: true });
});

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
