import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { root } from "../../tools/support/paths.ts";
import { run } from "../../tools/support/process.ts";
import { madeUpMacro } from "../estimate/support/made_up_benchmarks.ts";
import { publishedTable } from "../support/data_folder.ts";

const file = JSON.stringify(madeUpMacro());
const hash = new Uint8Array(
  await crypto.subtle.digest("SHA-256", new TextEncoder().encode(file)),
).toHex();

/** Runs the command, with no folder set. */
async function fetchTable(...args: string[]): Promise<{ code: number; output: string }> {
  const { NASKIT_DATA: _, ...env } = Deno.env.toObject();
  return await run(
    Deno.execPath(),
    ["run", "-A", "--quiet", "--no-lock", join(root, "tools/naskit.ts"), "fetch", ...args],
    { cwd: root, env: { ...env, NO_COLOR: "1" } },
  );
}

/** A server with a made-up table, and a folder. */
async function withServer(test: (address: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const server = Deno.serve(
    { port: 0, onListen() {} },
    (request) =>
      request.url.endsWith("/table") ? new Response(file) : new Response("", { status: 404 }),
  );
  try {
    await test(`http://localhost:${server.addr.port}/table`, folder);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

const filesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

Deno.test("without --yes it tells address and licence and downloads nothing", async () => {
  await withServer(async (address, folder) => {
    const all = await fetchTable();
    assertEquals(all.code, 0);
    assertStringIncludes(all.output, "nas-bench-201");
    const one = await fetchTable("nas-bench-macro", `--from=${address}`, `--folder=${folder}`);
    assertEquals(one.code, 1);
    for (const part of ["Apache-2.0", address, folder, "add --yes"]) {
      assertStringIncludes(one.output, part);
    }
    assertEquals(filesIn(folder), []);
    const other = await fetchTable("nas-bench-201");
    assertEquals(other.code, 1);
    assertStringIncludes(other.output, "export_nas_bench_201.py");
  });
});

Deno.test("what cannot be verified is not kept, unless its hash is given", async () => {
  await withServer(async (address, folder) => {
    const get = (...flags: string[]) =>
      fetchTable("nas-bench-macro", "--yes", `--from=${address}`, `--folder=${folder}`, ...flags);
    const unknown = await get();
    assertEquals([unknown.code, filesIn(folder)], [1, []]);
    assertStringIncludes(unknown.output, `sha256   ${hash}`);
    assertStringIncludes(unknown.output, "NOT verified");
    const wrong = await get(`--sha256=${"0".repeat(64)}`);
    assertEquals([wrong.code, filesIn(folder)], [1, []]);
    assertStringIncludes(wrong.output, "another SHA-256 than the one given");
    const right = await get(`--sha256=${hash}`);
    assertEquals([right.code, filesIn(folder)], [0, ["nas-bench-macro_cifar10.json"]]);
    assertEquals(await Deno.readTextFile(join(folder, "nas-bench-macro_cifar10.json")), file);
    const missing = await fetchTable(
      ...["nas-bench-macro", "--yes", `--from=${address}/none`, `--folder=${folder}`],
    );
    assertEquals(missing.code, 1);
    assertStringIncludes(missing.output, "answered 404");
  });
});

Deno.test("wrong command lines and damaged files end with the reason", async () => {
  const unknown = await fetchTable("nas-bench-102");
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.output, "fetch knows nas-bench-macro and nas-bench-201");
  assertEquals((await fetchTable("--yess")).code, 2);
  const damaged = await fetchTable("nas-bench-macro", `--check=${join(root, "deno.json")}`);
  assertEquals(damaged.code, 1);
  assertStringIncludes(damaged.output, "must have three numbers as test_acc");
});

for (
  const [name, copy] of [
    ["nas-bench-macro", "nas_bench_macro_cifar10.csv"],
    ["nas-bench-201", "nasbench201.csv"],
  ] as const
) {
  Deno.test({
    name: `a copy of ${name} is verified`,
    ignore: publishedTable(copy) === undefined,
    fn: async () => {
      const { code, output } = await fetchTable(name, `--check=${publishedTable(copy)}`);
      assertEquals(code, 0, output);
      assert(output.includes(" verified: these are the published values"));
    },
  });
}
