import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fashion201Searches } from "naskit/judge/mod.ts";
import { root } from "../../tools/support/paths.ts";

const recipe = {
  channels: 2,
  cellsPerStage: 1,
  size: 8,
  train: 60,
  validation: 20,
  test: 20,
  training: { epochs: 1 },
};

/** How a tool ended, and what it said. */
async function ended(tool: string, ...args: string[]): Promise<[code: number, output: string]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", join(root, "tools", tool), ...args],
  }).output();
  return [code, [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("")];
}

Deno.test("searches are kept step by step, those that are there are not run again, and each comes out again", async () => {
  const folder = await Deno.makeTempDir();
  const where = `--folder=${folder}`;
  await Deno.writeTextFile(join(folder, "fashion_201.json"), JSON.stringify(recipe));
  const [built, log] = await ended(
    "build_table.ts",
    where,
    "--operations=01",
    "--rows=6466",
    "--repeated=1",
    "--repeats=1",
  );
  assertEquals(built, 0, log);

  const methods = "--methods=early stop,one-shot,random";
  const [code, output] = await ended("trace_searches.ts", where, methods, "--repeats=1");
  assertEquals(code, 0, output);
  const traces = await fashion201Searches({ folder });
  assertEquals(traces.map(({ method }) => method), ["early stop", "one-shot", "random"]);

  const csv = join(folder, "searches_fashion_201.csv");
  const lines = (await Deno.readTextFile(csv)).split("\n");
  await Deno.writeTextFile(csv, lines.filter((line) => !line.startsWith("one-shot")).join("\n"));
  const [again, said] = await ended("trace_searches.ts", where, methods, "--repeats=1");
  assertEquals(again, 0, said);
  assertEquals(said.trimEnd().split("\n").length, 1, said);
  assertStringIncludes(said, "one-shot 0: ");
  const untimed = (traces: Awaited<ReturnType<typeof fashion201Searches>>) =>
    traces.map(({ method, steps }) => [method, steps.map((step) => ({ ...step, cpuSeconds: 0 }))])
      .sort();
  assertEquals(untimed(await fashion201Searches({ folder })), untimed(traces));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a tracer that is told nonsense says what it wants", async () => {
  for (
    const [argument, message] of [
      ["--methods=darts,annealing", "--methods must be some of darts, gdas, "],
      ["--repeats=0", '--repeats must be a positive whole number, got "0"'],
      ["--minutes=soon", '--minutes must be a positive number, got "soon"'],
    ] as const
  ) {
    const [code, output] = await ended("trace_searches.ts", argument);
    assertEquals(code, 2, output);
    assertStringIncludes(output, message);
  }
});
