/** Notebook files: finding them, reading them, and what is wrong with an executed one. */
import { basename, join, relative, resolve } from "node:path";
import { exists, notebooksFolder, root } from "./paths.ts";
import { UserError } from "./process.ts";

/** An output of a cell, as far as we read it. */
export interface Output {
  readonly output_type: "stream" | "display_data" | "execute_result" | "error";
  /** For a stream: `stdout` or `stderr`. */
  readonly name?: string;
  readonly text?: string | readonly string[];
  /** For display data: content by MIME type. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** For an error: its class, message and stack. */
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: readonly string[];
}

/** A cell of a notebook. */
export interface Cell {
  readonly cell_type: "code" | "markdown" | "raw";
  readonly source: string | readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly execution_count?: number | null;
  readonly outputs?: readonly Output[];
}

/** A notebook of format 4. */
export interface Notebook {
  readonly cells: readonly Cell[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly nbformat: number;
  readonly nbformat_minor: number;
}

/** Something wrong with a cell. */
export interface Finding {
  /** Which code cell, from 1: the number that Jupyter shows beside it after a full run. */
  readonly cell: number;
  /** What is wrong, in words; the first line says it all. */
  readonly cause: string;
}

/** Multi-line text as notebooks hold it: one string, or its lines. */
export function text(value: string | readonly string[] | undefined): string {
  return typeof value === "string" ? value : (value ?? []).join("");
}

/** The code cells that have something in them, in order: those that Jupyter numbers. */
export function codeCells(notebook: Notebook): Cell[] {
  return notebook.cells.filter(
    (cell) => cell.cell_type === "code" && text(cell.source).trim() !== "",
  );
}

/** Reads a notebook file. */
export async function readNotebook(path: string): Promise<Notebook> {
  let notebook: Notebook;
  try {
    notebook = JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    throw new UserError(`${shown(path)} is not a notebook: ${(error as Error).message}`);
  }
  if (notebook.nbformat !== 4 || !Array.isArray(notebook.cells)) {
    throw new UserError(`${shown(path)} is not a notebook of format 4`);
  }
  return notebook;
}

/** A path as the user would write it. */
export function shown(path: string): string {
  const inside = relative(root, path);
  return inside.startsWith("..") ? path : inside;
}

/** The name a notebook goes by: its path under `notebooks/`, or its file name, without `.ipynb`. */
export function notebookName(path: string): string {
  const inside = relative(notebooksFolder, path);
  return (inside.startsWith("..") ? basename(path) : inside).replace(/\.ipynb$/, "");
}

/** All notebooks under a folder, in order of their names. */
export async function listNotebooks(folder: string = notebooksFolder): Promise<string[]> {
  if (!exists(folder)) return [];
  const found: string[] = [];
  const entries = await Array.fromAsync(Deno.readDir(folder));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory) found.push(...await listNotebooks(path));
    else if (entry.name.endsWith(".ipynb")) found.push(path);
  }
  return found.sort();
}

/**
 * The notebooks that the user names: a path to a file, or the start of a name, which stands for
 * every notebook that begins so. No name stands for all of them.
 */
export async function selectNotebooks(
  names: readonly string[],
  folder: string = notebooksFolder,
): Promise<string[]> {
  const all = await listNotebooks(folder);
  if (names.length === 0) {
    if (all.length === 0) throw new UserError(`there is no notebook in ${shown(folder)}`);
    return all;
  }
  const chosen = new Set<string>();
  for (const name of names) {
    if (name.endsWith(".ipynb") && exists(name)) {
      chosen.add(resolve(name));
      continue;
    }
    const start = name.replace(/\.ipynb$/, "");
    const matching = all.filter((path) =>
      basename(path).startsWith(start) || relative(folder, path).startsWith(start)
    );
    if (start === "" || matching.length === 0) {
      const known = all.map((path) => relative(folder, path).replace(/\.ipynb$/, ""));
      throw new UserError(
        `no notebook is called '${name}' or begins so; there are: ${known.join(", ") || "none"}`,
        2,
      );
    }
    for (const path of matching) chosen.add(path);
  }
  return [...chosen];
}

/** TypeScript with its comments and the contents of its strings blanked, line by line as it was. */
export function blanked(source: string): string {
  const pattern =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
  return source.replace(pattern, (part) => part.replace(/[^\n]/g, " "));
}

/** A static import that begins a line: its clause, if any, and the module. */
export const importPattern =
  /^import\s+(?:(type\s+)?([\w$*{][\w$*{},\s]*?)\s+from\s+)?(["'])([^"'\n]+)\3[^\n;]*;?/gm;

/** The first line of a cell that does something, to tell it from the others. */
export function firstLine(source: string): string {
  const lines = (code: string) => code.split("\n").map((line) => line.trim()).filter(Boolean);
  const telling = lines(source.replace(importPattern, "")).find((line) =>
    !/^(\/\/|\/?\*)/.test(line)
  );
  return telling ?? lines(source)[0] ?? "";
}

/** Whether a cell calls `show`. */
export function callsShow(source: string): boolean {
  return /(?<![\w$.])(?<!function\s+)show\s*\(/.test(blanked(source));
}

/** What is wrong with the outputs of an executed notebook. */
export function findings(notebook: Notebook): Finding[] {
  return codeCells(notebook).flatMap((cell, index): Finding[] => {
    const outputs = cell.outputs ?? [];
    const number = index + 1;
    const thrown = outputs.filter((output) => output.output_type === "error").map((error) => ({
      cell: number,
      cause: `throws ${error.ename}: ${error.evalue}\n${(error.traceback ?? []).join("\n")}`,
    }));
    const complaints = outputs
      .filter((output) => output.output_type === "stream" && output.name === "stderr")
      .map((output) => text(output.text));
    if (complaints.length > 0) {
      thrown.push({ cell: number, cause: `writes to stderr: ${complaints.join("").trimEnd()}` });
    }
    if (callsShow(text(cell.source)) && outputs.length === 0) {
      thrown.push({ cell: number, cause: "calls show, and nothing came out" });
    }
    return thrown;
  });
}

/** What more must hold of a notebook that is committed with its outputs. */
export function commitFindings(notebook: Notebook): Finding[] {
  const escape = (path: string) => path.replace(/[^\w/]/g, "\\$&");
  const personal = [root, Deno.env.get("HOME") ?? ""].filter((path) => path.length > 1);
  const own = personal.map((path) => `${escape(path)}(?![\\w-])`);
  const paths = [...own, "/home/\\w", "/Users/\\w", "file:///"].join("|");
  const personalPath = new RegExp(`(?<![\\w.])(?:${paths})`);
  return codeCells(notebook).flatMap((cell, index): Finding[] => {
    const number = index + 1;
    const found: Finding[] = [];
    if (cell.execution_count !== number) {
      const cause = `was executed as number ${cell.execution_count ?? "none"}, not in order`;
      found.push({ cell: number, cause });
    }
    if (personalPath.test(JSON.stringify(cell.outputs ?? []))) {
      found.push({ cell: number, cause: "its outputs name a path of this machine" });
    }
    return found;
  });
}

/** An executed notebook as it is committed: without timings and other traces of the run. */
export function cleaned(notebook: Notebook): Notebook {
  const { kernelspec: _, ...metadata } = notebook.metadata;
  const kernelspec = { display_name: "Deno", language: "typescript", name: "deno" };
  const cells = notebook.cells.map((cell) => {
    const { execution: _execution, ...rest } = cell.metadata;
    return { ...cell, metadata: rest };
  });
  return { ...notebook, cells, metadata: { kernelspec, ...metadata } };
}
