import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { checkNotebooks, toModule } from "../../tools/check_notebooks.ts";
import type { Notebook } from "../../tools/support/notebook.ts";
import { root } from "../../tools/support/paths.ts";

/** A notebook of these code cells. */
function notebook(...sources: string[]): Notebook {
  const cells = sources.map((source) => ({ cell_type: "code" as const, metadata: {}, source }));
  return { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

/** What the check says of a notebook of these code cells. */
async function check(...sources: string[]): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "sample.ipynb");
    await Deno.writeTextFile(path, JSON.stringify(notebook(...sources)));
    return (await checkNotebooks([path])).replaceAll(folder, "FOLDER");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("cells see the names of earlier cells, declare them anew and await", async () => {
  const complaints = await check(
    'import { createRng } from "naskit";\nconst a = createRng("a");\nlet count = 1;',
    'import { createRng, type Rng } from "naskit";\nconst b: Rng = createRng("b");',
    'const a = await Promise.resolve("text");\ncount += a.length;\nfunction f() {}\nf();',
    "enum f { x }\ncount += f.x;\nawait Deno.jupyter.display(b);",
  );
  assertEquals(complaints, "");
});

Deno.test("a type error is reported at its notebook, cell, line and column", async () => {
  const complaints = await check(
    'import { createRng } from "naskit";\ncreateRng("a");',
    "",
    'const x = 1;\nconst n: number = "x";\nx + n;',
  );
  assertMatch(complaints, /TS2322/);
  assertStringIncludes(complaints, "FOLDER/sample.ipynb, cell 2, line 2, column 7");
});

Deno.test("an error in an import of several lines is reported at its own line", async () => {
  const complaints = await check(
    'const x = 1;\nimport {\n  nothingOfThisName,\n} from "naskit";\nx;',
  );
  assertStringIncludes(complaints, "FOLDER/sample.ipynb, cell 1, line 3, column 3");
});

Deno.test("a name used before the cell that declares it is an error", async () => {
  assertMatch(await check("later;", "const later = 1;\nlater;"), /Cannot find name 'later'/);
});

Deno.test("relative imports are taken from the notebook's folder", () => {
  const { source } = toModule(
    notebook('import { a } from "./a.ts";\nawait import("../b.ts");\na;'),
    join(root, "notebooks"),
  );
  assertStringIncludes(source, `import { a } from "file://${root}/notebooks/a.ts";`);
  assertStringIncludes(source, `await import("file://${root}/b.ts");`);
});

Deno.test("an import that stands in a string is left alone", () => {
  const { source } = toModule(notebook("const text = 'import x from \"y\";';\ntext;"), root);
  assertStringIncludes(source, "const text = 'import x from \"y\";';");
});

Deno.test("a cell that hides a global of JavaScript is reported, beside its type errors", async () => {
  const complaints = await check(
    "",
    'import { type Proxy } from "naskit";\nconst p: Proxy | undefined = 1;\np;',
  );
  assertStringIncludes(
    complaints,
    "FOLDER/sample.ipynb, cell 1, line 1: hides JavaScript's Proxy from all modules; take another name",
  );
  assertMatch(complaints, /TS2322/);
  assertEquals(await check('import type { Proxy as Score } from "naskit";\nlet p: Score;'), "");
});
