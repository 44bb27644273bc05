/**
 * Type checks the code cells of notebooks, which the kernel runs unchecked, and finds names in them that
 * hide a global of JavaScript from the modules they call.
 *
 * A notebook becomes one module. As in the kernel, a cell sees the names of those before it and may
 * declare them anew: each cell opens a block inside the block of the one before, and the imports,
 * which cannot stand in a block, come first.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  codeCells,
  importPattern,
  type Notebook,
  notebookName,
  readNotebook,
  selectNotebooks,
  shown,
  text,
} from "./support/notebook.ts";
import { root } from "./support/paths.ts";
import { run, say } from "./support/process.ts";
import { bindings, shadowedGlobals } from "./support/shadowed.ts";

/** Where a line of the module comes from. */
export interface Origin {
  /** Code cell, from 1. */
  readonly cell: number;
  /** Line of the cell, from 1. */
  readonly line: number;
}

/** A notebook as a module. */
export interface NotebookModule {
  /** TypeScript. */
  readonly source: string;
  /** For each line of it, from 0, where it comes from; nothing for lines of our own. */
  readonly origins: readonly (Origin | undefined)[];
}

/** Makes a module of the code cells of a notebook that lies in a folder. */
export function toModule(notebook: Notebook, folder: string): NotebookModule {
  const base = pathToFileURL(join(folder, "/"));
  const absolute = (specifier: string) =>
    /^\.{1,2}\//.test(specifier) ? new URL(specifier, base).href : specifier;
  const imports: { line: string; origin: Origin }[] = [];
  const body: { line: string; origin: Origin | undefined }[] = [];
  const imported = new Map<string, string>();

  codeCells(notebook).forEach((cell, index) => {
    const source = text(cell.source);
    const rest = source.replace(
      importPattern,
      (statement, type = "", clause, _quote, specifier, at) => {
        const from = absolute(specifier);
        const first = source.slice(0, at).split("\n").length;
        const bound = clause === undefined ? [] : bindings(clause);
        const fresh = bound.filter(({ local }) => imported.get(local) !== from);
        for (const { local } of fresh) imported.set(local, from);
        let kept: string = statement.replace(specifier, from);
        if (fresh.length < bound.length) {
          // A cell may import again what an earlier one has imported; a module may not.
          const named = fresh.filter(({ braced }) => braced).map(({ text }) => text);
          const whole = fresh.filter(({ braced }) => !braced).map(({ text }) => text);
          const clauses = named.length > 0 ? [...whole, `{ ${named.join(", ")} }`] : whole;
          kept = clauses.length > 0 ? `import ${type}${clauses.join(", ")} from "${from}";` : "";
        }
        kept.split("\n").forEach((line, i) => {
          imports.push({ line, origin: { cell: index + 1, line: first + i } });
        });
        return statement.replace(/[^\n]/g, " ");
      },
    );
    rest.replace(
      /\bimport\(\s*(["'])(\.{1,2}\/[^"'\n]+)\1/g,
      (_, quote, specifier) => `import(${quote}${absolute(specifier)}${quote}`,
    ).split("\n").forEach((line, i) => {
      body.push({ line, origin: { cell: index + 1, line: i + 1 } });
    });
    body.push({ line: "{", origin: undefined });
  });
  const blocks = body.filter(({ origin }) => origin === undefined).length;
  const lines = [
    ...imports,
    { line: "export {};", origin: undefined },
    ...body,
    { line: "}".repeat(blocks), origin: undefined },
  ];
  return {
    source: lines.map(({ line }) => line).join("\n") + "\n",
    origins: lines.map(({ origin }) => origin),
  };
}

/** The globals that the cells of a notebook hide, a line each. */
function shadowing(notebook: Notebook, path: string): string[] {
  return codeCells(notebook).flatMap((cell, index) =>
    shadowedGlobals(text(cell.source)).map(({ name, line }) =>
      `${shown(path)}, cell ${
        index + 1
      }, line ${line}: hides JavaScript's ${name} from all modules; ` +
      `take another name, or "import type { ${name} as … }" for a type`
    )
  );
}

/**
 * Checks notebooks: their types, and that no cell hides a global of JavaScript. Returns what is wrong, in
 * their terms; empty when all is well.
 */
export async function checkNotebooks(paths: readonly string[]): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "naskit_check_" });
  try {
    const hidden: string[] = [];
    const modules = new Map<string, { path: string; origins: NotebookModule["origins"] }>();
    for (const path of paths) {
      const notebook = await readNotebook(path);
      hidden.push(...shadowing(notebook, path));
      const { source, origins } = toModule(notebook, join(path, ".."));
      const file = join(folder, `${modules.size}_${notebookName(path).replaceAll("/", "_")}.ts`);
      await Deno.writeTextFile(file, source);
      modules.set(pathToFileURL(file).href, { path, origins });
    }
    const { RUST_BACKTRACE: _, ...env } = Deno.env.toObject();
    const { code, output } = await run(
      Deno.execPath(),
      ["check", "--quiet", "--config", join(root, "deno.json"), ...modules.keys()],
      { cwd: root, env: { ...env, NO_COLOR: "1" } },
    );
    const complaints = code === 0
      ? ""
      : output.replace(/(file:\/\/\S+?):(\d+):(\d+)/g, (place, file, line, column) => {
        const module = modules.get(file);
        if (module === undefined) return place;
        const origin = module.origins[line - 1];
        if (origin === undefined) return `${shown(module.path)}, between cells`;
        return `${shown(module.path)}, cell ${origin.cell}, line ${origin.line}, column ${column}`;
      });
    return [...hidden, complaints].filter((part) => part !== "").join("\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const complaints = await checkNotebooks(await selectNotebooks(Deno.args));
  if (complaints !== "") {
    say(complaints);
    Deno.exitCode = 1;
  }
}
