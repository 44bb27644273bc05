import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fashion201 } from "naskit/estimate/mod.ts";
import { fashion201Searches, type TraceStep } from "naskit/judge/mod.ts";
import { formatTrace, parseTraces, traceHeader } from "naskit/judge/search_traces.ts";
import { groundOf, tracedSearches } from "../../tools/support/traced_searches.ts";
import { ended, makeFolder, startTool, tinyRecipe } from "./support/run_tool.ts";

/** How a tool ended, and what it said. */
const run = (tool: string, ...args: string[]) => ended(startTool(tool, ...args));

/** A search's steps but for the time that they took. */
function untimed(steps: readonly TraceStep[]): readonly TraceStep[] {
  return steps.map((step) => ({ ...step, cpuSeconds: 0 }));
}

Deno.test("searches are kept step by step, those that are there are not run again, and each comes out again", async () => {
  const folder = await makeFolder({ ...tinyRecipe, training: { epochs: 1 } });
  const where = `--folder=${folder}`;
  const [built, log] = await run(
    "build_table.ts",
    where,
    "--operations=01",
    "--rows=6466",
    "--repeated=1",
    "--repeats=1",
  );
  assertEquals(built, 0, log);

  const methods = "--methods=early stop,one-shot,random";
  const [code, output] = await run("trace_searches.ts", where, methods, "--repeats=1");
  assertEquals(code, 0, output);
  const traces = await fashion201Searches({ folder });
  assertEquals(traces.map(({ method }) => method), ["early stop", "one-shot", "random"]);

  const csv = join(folder, "searches_fashion_201.csv");
  const lines = (await Deno.readTextFile(csv)).split("\n");
  await Deno.writeTextFile(csv, lines.filter((line) => !line.startsWith("one-shot")).join("\n"));
  const [again, said] = await run("trace_searches.ts", where, methods, "--repeats=1");
  assertEquals(again, 0, said);
  assertEquals(said.trimEnd().split("\n").length, 1, said);
  assertStringIncludes(said, "one-shot 0: ");
  const found = await fashion201Searches({ folder });
  for (const { method, steps } of traces) {
    assertEquals(
      untimed(found.find((trace) => trace.method === method)!.steps),
      untimed(steps),
      method,
    );
  }
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
    const [code, output] = await run("trace_searches.ts", argument);
    assertEquals(code, 2, output);
    assertStringIncludes(output, message);
  }
});

Deno.test("a search that comes with the kit comes out again", async () => {
  const kept = (await fashion201Searches())
    .filter(({ method }) => method === "early stop")
    .reduce((a, b) => b.steps.length < a.steps.length ? b : a);
  const { method, repeat } = kept;
  const ground = await groundOf(await fashion201());
  const steps: TraceStep[] = [];
  for await (const step of tracedSearches[method]!(ground, `searches/${method}/${repeat}`)) {
    steps.push(step);
  }
  const again = parseTraces(`${traceHeader}\n${formatTrace({ method, repeat, steps })}`);
  assertEquals(untimed(again[0]!.steps), untimed(kept.steps));
});
