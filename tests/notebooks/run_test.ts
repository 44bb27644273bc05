import { assert, assertEquals, assertGreater, assertLess, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { runNotebook, type RunOptions } from "../../tools/run.ts";
import { ensureJupyter } from "../../tools/support/jupyter.ts";
import {
  cleaned,
  codeCells,
  commitFindings,
  readNotebook,
  text,
} from "../../tools/support/notebook.ts";
import { exists, out, root } from "../../tools/support/paths.ts";

const fixtures = join(root, "tests", "fixtures", "notebooks");
const fixture = (name: string) => join(fixtures, `${name}.ipynb`);

/** Runs a fixture in the real kernel. */
async function runFixture(name: string, options: Partial<RunOptions> = {}) {
  const all = { timeout: 60, html: false, inPlace: false, progress: false, ...options };
  return await runNotebook(fixture(name), await ensureJupyter(), all);
}

/** Starts `./naskit run` on a fixture, to be interrupted. */
function startRun(name: string): Deno.ChildProcess {
  return new Deno.Command(join(root, "naskit"), {
    args: ["run", "--no-html", fixture(name)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

Deno.test("a notebook runs to its end and leaves itself executed, and a page", async () => {
  await Deno.remove(join(out, "plot.html")).catch(() => {});
  const result = await runFixture("plot", { html: true });
  assertEquals(result.findings, []);
  assertEquals([result.done, result.total, result.interrupted], [3, 3, false]);

  const notebook = await readNotebook(join(out, "plot.ipynb"));
  const figures = codeCells(notebook).flatMap((cell) => cell.outputs ?? []);
  assertEquals(figures.map(({ data }) => Object.keys(data!).sort()), [
    ["application/vnd.plotly.v1+json", "image/svg+xml", "text/plain"],
    ["application/vnd.plotly.v1+json", "image/svg+xml", "text/plain"],
  ]);
  assertEquals(codeCells(notebook).map((cell) => cell.execution_count), [1, 2, 3]);
  const page = await Deno.readTextFile(join(out, "plot.html"));
  assertEquals(page.split('src="data:image/svg+xml;base64,').length - 1, 2);
});

Deno.test("the committed outputs of a fixture are what a run with --in-place writes", async () => {
  const before = await Deno.readTextFile(fixture("plot"));
  const folder = await Deno.makeTempDir({ dir: out });
  try {
    const copy = join(folder, "plot.ipynb");
    await Deno.writeTextFile(copy, before);
    const options = { timeout: 60, html: false, inPlace: true, progress: false };
    const result = await runNotebook(copy, await ensureJupyter(), options);
    assertEquals(result.findings, []);
    assertEquals(await Deno.readTextFile(copy), before);
    assertEquals(cleaned(await readNotebook(copy)), await readNotebook(copy));
    assertEquals(commitFindings(await readNotebook(copy)), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a cell that throws stops the run and is named with its cause", async () => {
  const result = await runFixture("throws");
  assertEquals(result.done, 2);
  const [finding, ...others] = result.findings;
  assertEquals(others, []);
  assertEquals(finding!.cell, 2);
  assert(finding!.cause.startsWith("throws RangeError: Cannot go on: answer is 42"));
});

Deno.test("a cell that writes to stderr fails, and the later cells still run", async () => {
  const result = await runFixture("stderr");
  assertEquals(result.done, 2);
  assertEquals(result.findings, [{ cell: 1, cause: "writes to stderr: careful" }]);
});

Deno.test("a call of show from which nothing comes fails", async () => {
  const result = await runFixture("empty_show");
  assertEquals(result.findings, [{ cell: 3, cause: "calls show, and nothing came out" }]);
});

Deno.test("a cell that takes too long fails", async () => {
  const result = await runFixture("slow", { timeout: 1 });
  assertEquals(result.findings, [{ cell: 1, cause: "runs longer than 1 s" }]);
  assertLess(result.seconds, 30);
});

Deno.test("a cell that ends the kernel fails", async () => {
  const result = await runFixture("dies");
  assertEquals(result.findings, [{ cell: 1, cause: "ends the kernel" }]);
});

Deno.test("nothing that leaves the kernel late is lost", async () => {
  // The kernel says that a cell is done before it has sent the cell's last outputs.
  const result = await runFixture("late");
  assertEquals(result.findings, []);
  const cells = codeCells(await readNotebook(join(out, "late.ipynb")));
  assertGreater(cells.length, 10);
  for (const [i, cell] of cells.entries()) {
    const outputs = cell.outputs ?? [];
    assertEquals(outputs.map(({ output_type }) => output_type), ["stream", "execute_result"]);
    assertEquals(text(outputs[0]!.text), "a\nb\nc\n");
    assertEquals(text(outputs[1]!.data!["text/plain"] as string), String(i));
  }
});

Deno.test("a failing run is explained on one line and ends in exit code 1", async () => {
  const child = startRun("throws");
  const { code, stdout } = await child.output();
  assertEquals(code, 1);
  const said = new TextDecoder().decode(stdout);
  assertStringIncludes(
    said,
    "tests/fixtures/notebooks/throws.ipynb, cell 2 of 3: throws RangeError: Cannot go on: answer is 42",
  );
  assertStringIncludes(said, "\n1 of 1 notebooks failed\n");
});

Deno.test("Ctrl-C lets the cell end, keeps what came out and ends in exit code 130", async () => {
  await Deno.remove(join(out, "stop.ipynb")).catch(() => {});
  const child = startRun("stop");
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!said.includes("cell 1/3")) said += (await reader.read()).value ?? "";
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const start = performance.now();
  child.kill("SIGINT");
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    said += chunk.value;
  }
  assertEquals((await child.status).code, 130);
  assertLess(performance.now() - start, 8_000);
  assertStringIncludes(said, "stop: interrupted in cell 2 of 3; what it had is in out/stop.ipynb");
  assert(exists(join(out, "stop.ipynb")));
  const [, second] = codeCells(await readNotebook(join(out, "stop.ipynb")));
  const [output] = second!.outputs ?? [];
  assertEquals(text(output?.data?.["text/plain"] as string[]), "stopped: true");
});
