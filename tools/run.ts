/** `./naskit run`: executes notebooks in the real kernel, without a browser. */
import { dirname, join } from "node:path";
import { ensureJupyter, type Jupyter, jupyterEnv } from "./support/jupyter.ts";
import {
  cleaned,
  codeCells,
  commitFindings,
  type Finding,
  findings,
  firstLine,
  type Notebook,
  notebookName,
  readNotebook,
  selectNotebooks,
  shown,
  text,
} from "./support/notebook.ts";
import { ensurePackages } from "./support/packages.ts";
import { out, root } from "./support/paths.ts";
import { say, seconds, StatusLine, tail, UserError } from "./support/process.ts";

/** How notebooks are run. */
export interface RunOptions {
  /** Seconds that one cell may take. */
  readonly timeout: number;
  /** Whether an HTML page is written beside the executed notebook. */
  readonly html: boolean;
  /** Whether the outputs are written back into the notebook that was read. */
  readonly inPlace: boolean;
  /** Whether each cell is reported as it runs. */
  readonly progress: boolean;
}

/** How one notebook went. */
export interface RunResult {
  /** The notebook that was read. */
  readonly path: string;
  /** How many code cells ran to their end, and how many there are. */
  readonly done: number;
  readonly total: number;
  /** Seconds it took, the kernel's start included. */
  readonly seconds: number;
  /** What is wrong; empty when all is well. */
  readonly findings: readonly Finding[];
  /** True when the user stopped it. */
  readonly interrupted: boolean;
}

/** What run_notebook.py reports. */
type Event =
  | { readonly event: "cell" | "interrupted"; readonly number: number }
  | { readonly event: "done"; readonly number: number; readonly seconds: number }
  | { readonly event: "failed"; readonly number: number; readonly cause: string };

/** Reads the words after `run`. Throws a UserError for what it does not know. */
export function parseRunArguments(args: readonly string[]): RunOptions & { names: string[] } {
  const names: string[] = [];
  let timeout = 600;
  let html = true;
  let inPlace = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--no-html") html = false;
    else if (arg === "--in-place") inPlace = true;
    else if (arg === "--timeout" || arg.startsWith("--timeout=")) {
      const value = arg === "--timeout" ? args[++i] : arg.slice("--timeout=".length);
      timeout = Number(value);
      if (!Number.isInteger(timeout) || timeout < 1) {
        throw new UserError(`--timeout must be a whole number of seconds, got ${value}`, 2);
      }
    } else if (arg.startsWith("-")) {
      throw new UserError(
        `run has no flag '${arg}'; it has --timeout=SECONDS, --no-html and --in-place`,
        2,
      );
    } else names.push(arg);
  }
  return { names, timeout, html, inPlace, progress: true };
}

/** Runs one notebook and leaves `out/NAME.ipynb` and `out/NAME.html`. */
export async function runNotebook(
  path: string,
  jupyter: Jupyter,
  options: RunOptions,
): Promise<RunResult> {
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const name = notebookName(path);
  const source = await readNotebook(path);
  const cells = codeCells(source).map((cell) => firstLine(text(cell.source)));
  const executed = join(out, `${name}.ipynb`);
  const page = join(out, `${name}.html`);
  await Deno.mkdir(dirname(executed), { recursive: true });
  // What a notebook keeps from run to run must not spare a headless one the work.
  const kept = join(out, "runs", name);
  await Deno.remove(kept, { recursive: true }).catch(() => {});

  const child = new Deno.Command(jupyter.python, {
    args: [
      ...["-W", "ignore", join(root, "tools", "run_notebook.py"), path, executed],
      ...[String(options.timeout), ...(options.html ? [page] : [])],
    ],
    env: { ...jupyterEnv(), NASKIT_RUNS: kept },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const interrupt = () => child.kill("SIGINT");
  Deno.addSignalListener("SIGINT", interrupt);

  const status = new StatusLine();
  let current = 0;
  let cellStart = start;
  let interrupted = false;
  const failures: Finding[] = [];
  const chatter: string[] = [];
  const show = () => {
    const since = seconds((performance.now() - cellStart) / 1000);
    const what = current === 0 ? "starting the kernel" : cells[current - 1];
    status.show(`  ${name}  cell ${current}/${cells.length}  ${since}  ${what}`);
  };
  const onEvent = (event: Event) => {
    current = event.number;
    if (event.event === "cell") cellStart = performance.now();
    if (event.event === "interrupted") interrupted = true;
    if (event.event === "failed") failures.push({ cell: event.number, cause: event.cause });
    if (options.progress && event.event === "done" && !Deno.stdout.isTerminal()) {
      const progress = `cell ${current}/${cells.length}`;
      say(`  ${name}  ${progress}  ${seconds(event.seconds)}  ${cells[current - 1]}`);
    }
  };
  const ticker = options.progress ? setInterval(show, 200) : undefined;
  const [, , { code }] = await Promise.all([
    eachLine(child.stdout, (line) => {
      const event = line.startsWith('{"event": ') ? JSON.parse(line) as Event : undefined;
      if (event === undefined) chatter.push(line);
      else onEvent(event);
    }),
    eachLine(child.stderr, (line) => chatter.push(line)),
    child.status,
  ]);
  clearInterval(ticker);
  status.clear();
  Deno.removeSignalListener("SIGINT", interrupt);

  interrupted ||= code === 130;
  const result = { path, done: current, total: cells.length, interrupted };
  const unexplained = { cell: current, cause: `the run fails: ${tail(chatter.join("\n"), 15)}` };
  if (code !== 0 && code !== 1 && !interrupted) {
    return { ...result, seconds: elapsed(), findings: [...failures, unexplained] };
  }
  const notebook = await readNotebook(executed);
  const found = interrupted ? [] : [...failures, ...ran(findings(notebook), current)];
  if (code !== 0 && !interrupted && found.length === 0) found.push(unexplained);
  if (options.inPlace && !interrupted) {
    found.push(...commitFindings(notebook).filter(({ cell }) => cell <= current));
    if (found.length === 0) await writeBack(path, notebook);
  }
  return { ...result, seconds: elapsed(), findings: found };
}

/** Findings about cells that ran: that a later cell has no output says nothing about it. */
function ran(all: readonly Finding[], last: number): Finding[] {
  return all.filter(({ cell }) => cell <= last);
}

/** Writes an executed notebook as it is committed. */
async function writeBack(path: string, notebook: Notebook): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(cleaned(notebook), null, 1) + "\n");
}

/** Calls back for each line of a stream, to its end. */
async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    lines.forEach(onLine);
  }
  if (rest !== "") onLine(rest);
}

/** What is wrong with a notebook, as the user reads it. */
export function describeFindings({ path, total, findings }: RunResult): string {
  return findings.map(({ cell, cause }) => {
    const where = cell === 0 ? shown(path) : `${shown(path)}, cell ${cell} of ${total}`;
    return `${where}: ${cause}`;
  }).join("\n");
}

/** Runs notebooks one after the other, as kernels that start together can pick the same port. */
export async function runNotebooks(
  paths: readonly string[],
  options: RunOptions,
): Promise<RunResult[]> {
  await ensurePackages();
  const jupyter = await ensureJupyter();
  const results: RunResult[] = [];
  for (const path of paths) {
    const result = await runNotebook(path, jupyter, options);
    results.push(result);
    const name = notebookName(path);
    const left = shown(join(out, `${name}.${options.html ? "html" : "ipynb"}`));
    if (result.interrupted) {
      say(
        `${name}: interrupted in cell ${result.done} of ${result.total}; what it had is in ${left}`,
      );
      break;
    }
    if (result.findings.length > 0) say(describeFindings(result));
    const how = result.findings.length === 0 ? "ok" : "FAILED";
    const wrote = options.inPlace && result.findings.length === 0 ? ` and ${shown(path)}` : "";
    say(`${name}: ${how}, ${result.total} cells, ${seconds(result.seconds)}, in ${left}${wrote}`);
  }
  return results;
}

/** The command. Returns the exit code. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const { names, ...options } = parseRunArguments(args);
  const paths = await selectNotebooks(names);
  const results = await runNotebooks(paths, options);
  if (results.some(({ interrupted }) => interrupted)) return 130;
  const failed = results.filter(({ findings }) => findings.length > 0).length;
  if (failed > 0) say(`${failed} of ${results.length} notebooks failed`);
  return failed > 0 ? 1 : 0;
}
