import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { parseRunArguments } from "../../tools/run.ts";
import {
  callsShow,
  cleaned,
  commitFindings,
  findings,
  firstLine,
  type Notebook,
  type Output,
  selectNotebooks,
} from "../../tools/support/notebook.ts";
import { root } from "../../tools/support/paths.ts";
import { UserError } from "../../tools/support/process.ts";

/** A notebook of one code cell with these outputs. */
function executed(source: string, outputs: readonly Output[], count: number | null = 1): Notebook {
  const metadata = { execution: { "iopub.status.busy": "2020-01-01T00:00:00Z" }, tags: ["kept"] };
  return {
    cells: [
      { cell_type: "markdown", metadata: {}, source: "Prose" },
      { cell_type: "code", metadata: {}, source: " \n", outputs: [], execution_count: null },
      { cell_type: "code", metadata, source, outputs, execution_count: count },
    ],
    metadata: { language_info: { name: "typescript" }, kernelspec: { name: "mine" } },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

const display: Output = { output_type: "display_data", data: { "text/plain": "x" } };

/** Runs a test with a folder of empty notebooks of these names. */
async function withNotebooks(names: string[], test: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(folder, "extra"));
    await Deno.mkdir(join(folder, ".ipynb_checkpoints"));
    for (const name of names) await Deno.writeTextFile(join(folder, name), "{}");
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = [
  "00_tour.ipynb",
  "01_space.ipynb",
  "010_more.ipynb",
  "extra/02_task.ipynb",
  "notes.txt",
  ".ipynb_checkpoints/00_tour.ipynb",
];

Deno.test("no name stands for all notebooks, in order, without checkpoints", async () => {
  await withNotebooks(names, async (folder) => {
    assertEquals(
      await selectNotebooks([], folder),
      ["00_tour", "010_more", "01_space", "extra/02_task"].map((name) =>
        join(folder, `${name}.ipynb`)
      ),
    );
  });
});

Deno.test("a name is the start of a notebook's name, its path there, or a file", async () => {
  await withNotebooks(names, async (folder) => {
    const pick = async (...chosen: string[]) =>
      (await selectNotebooks(chosen, folder)).map((path) => path.slice(folder.length + 1));
    assertEquals(await pick("00"), ["00_tour.ipynb"]);
    assertEquals(await pick("01"), ["010_more.ipynb", "01_space.ipynb"]);
    assertEquals(await pick("01_"), ["01_space.ipynb"]);
    assertEquals(await pick("01_space.ipynb"), ["01_space.ipynb"]);
    assertEquals(await pick("02"), ["extra/02_task.ipynb"]);
    assertEquals(await pick("extra/02"), ["extra/02_task.ipynb"]);
    assertEquals(await pick(join(folder, "00_tour.ipynb"), "00"), ["00_tour.ipynb"]);
  });
});

Deno.test("a name that fits nothing is an error that lists what there is", async () => {
  await withNotebooks(names, async (folder) => {
    const error = await assertRejects(() => selectNotebooks(["7"], folder), UserError);
    assertEquals(
      error.message,
      "no notebook is called '7' or begins so; there are: 00_tour, 010_more, 01_space, extra/02_task",
    );
    assertEquals(error.code, 2);
    await assertRejects(() => selectNotebooks([""], folder), UserError);
  });
});

Deno.test("run reads names and flags", () => {
  assertEquals(parseRunArguments([]), {
    names: [],
    timeout: 600,
    html: true,
    inPlace: false,
    progress: true,
  });
  assertEquals(parseRunArguments(["00", "--timeout", "5", "--no-html", "--in-place", "01"]), {
    names: ["00", "01"],
    timeout: 5,
    html: false,
    inPlace: true,
    progress: true,
  });
  assertEquals(parseRunArguments(["--timeout=7"]).timeout, 7);
});

Deno.test("run refuses flags and values it does not know", () => {
  assertThrows(() => parseRunArguments(["--fast"]), UserError, "run has no flag '--fast'");
  for (const value of ["0", "1.5", "soon"]) {
    assertThrows(
      () => parseRunArguments([`--timeout=${value}`]),
      UserError,
      `--timeout must be a whole number of seconds, got ${value}`,
    );
  }
  assertThrows(() => parseRunArguments(["--timeout"]), UserError, "got undefined");
});

Deno.test("a call of show is told from other uses of the word", () => {
  const calls = ["await show(x);", "show (x)", "if (a) show(x)", "f(`a`, show(x))", "[show(1)]"];
  for (const source of calls) assertEquals(callsShow(source), true, source);
  const others = [
    "// show(x)",
    "/* show(x) */",
    '"show(x)"',
    "`show(x)`",
    "view.show(x)",
    "reshow(x)",
    "function show(x) {}",
    'import { show } from "naskit";',
  ];
  for (const source of others) assertEquals(callsShow(source), false, source);
});

Deno.test("a cell is known by its first line that is no import and no comment", () => {
  assertEquals(firstLine("const x = 1;\nx;"), "const x = 1;");
  assertEquals(
    firstLine('import a from "a";\nimport {\n  b,\n} from "b";\n\n// Why.\n  b(a);'),
    "b(a);",
  );
  assertEquals(firstLine("/**\n * Doc.\n */\nfunction f() {}"), "function f() {}");
  assertEquals(firstLine('import "a";'), 'import "a";');
});

Deno.test("a notebook without fault has no findings", () => {
  assertEquals(findings(executed("await show(x);", [display])), []);
  assertEquals(findings(executed("const x = 1;", [])), []);
});

Deno.test("an error, words on stderr and an empty show are found, with the number of the cell", () => {
  const error: Output = {
    output_type: "error",
    ename: "RangeError",
    evalue: "too large",
    traceback: ["at cell"],
  };
  assertEquals(findings(executed("f();", [error])), [
    { cell: 1, cause: "throws RangeError: too large\nat cell" },
  ]);
  const stderr: Output = { output_type: "stream", name: "stderr", text: ["a\n", "b\n"] };
  assertEquals(findings(executed("f();", [stderr])), [
    { cell: 1, cause: "writes to stderr: a\nb" },
  ]);
  assertEquals(findings(executed("await show(x);", [])), [
    { cell: 1, cause: "calls show, and nothing came out" },
  ]);
});

Deno.test("outputs to be committed name no path of the machine and are in order", () => {
  assertEquals(commitFindings(executed("x;", [display])), []);
  assertEquals(commitFindings(executed("x;", [display], 3)), [
    { cell: 1, cause: "was executed as number 3, not in order" },
  ]);
  assertEquals(commitFindings(executed("x;", [], null)), [
    { cell: 1, cause: "was executed as number none, not in order" },
  ]);
  for (const path of [join(root, "lib"), "file:///x", "/home/ada/x", "/Users/ada"]) {
    const output: Output = { output_type: "stream", name: "stdout", text: `at ${path}` };
    const [finding] = commitFindings(executed("x;", [output]));
    assertStringIncludes(finding!.cause, "name a path of this machine", path);
  }
  for (const word of [`tree${Deno.env.get("HOME")}`, `${root}ing`, "lib/home/x", "a/b"]) {
    const output: Output = { output_type: "stream", name: "stdout", text: `at ${word}` };
    assertEquals(commitFindings(executed("x;", [output])), [], word);
  }
});

Deno.test("a cleaned notebook has no timings, and names our kernel", () => {
  const { cells, metadata } = cleaned(executed("x;", [display], 1));
  assertEquals(cells[2]!.metadata, { tags: ["kept"] });
  assertEquals(cells[2]!.execution_count, 1);
  assertEquals(metadata, {
    kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
    language_info: { name: "typescript" },
  });
});
