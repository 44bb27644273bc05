/** `./naskit test`: everything that must hold, step by step, and the totals. */
import { basename, join } from "node:path";
import { checkNotebooks } from "./check_notebooks.ts";
import { describeFindings, runNotebooks } from "./run.ts";
import { ensureJupyter } from "./support/jupyter.ts";
import { listNotebooks, selectNotebooks, shown } from "./support/notebook.ts";
import { ensurePackages } from "./support/packages.ts";
import { root } from "./support/paths.ts";
import { type Finished, run, say, seconds, StatusLine, UserError } from "./support/process.ts";

/** How a step ended. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What a failed or skipped part has to say. */
  readonly report: string;
}

interface Step {
  readonly name: string;
  /** Whether `--quick` leaves it out. */
  readonly slow?: boolean;
  readonly run: () => Promise<Outcome>;
}

/** Folders with tests that need Jupyter or a browser. */
const slowTests = ["tests/notebooks"];

/** All that is formatted but notebooks. Naming it leaves `exclude` in force, which --ignore would not. */
const formatted = ["ts", "js", "json", "md", "yml"].map((extension) => `**/*.${extension}`);

/** Runs Deno in the repository, apart from what the user's other projects set. */
function deno(...args: readonly string[]): Promise<Finished> {
  const env: Record<string, string> = { ...Deno.env.toObject(), NO_COLOR: "1" };
  for (const name of ["DENO_COVERAGE_DIR", "FORCE_COLOR", "RUST_BACKTRACE"]) delete env[name];
  return run(Deno.execPath(), args, { cwd: root, env });
}

/** A step that is a single check: what it says matters only when it fails. */
async function check(...args: readonly string[]): Promise<Outcome> {
  const { code, output } = await deno(...args);
  return single(code === 0, output);
}

function single(ok: boolean, report: string): Outcome {
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, report: ok ? "" : report };
}

/** Reads the totals from what `deno test` prints. */
export function readTestOutput({ code, output }: Finished): Outcome {
  const total = /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(.*)$/m.exec(output);
  // Without a line of totals it did not get to run: a module does not load or check.
  if (total === null) return { passed: 0, failed: 1, skipped: 0, report: output };
  const passed = Number(total[1]);
  const skipped = Number(/(\d+) ignored/.exec(total[3]!)?.[1] ?? 0);
  const failed = code === 0 ? Number(total[2]) : Math.max(Number(total[2]), 1);
  if (failed === 0) {
    const names = output.split("\n").filter((line) => / \.\.\. ignored( |$)/.test(line));
    return { passed, failed, skipped, report: names.join("\n") };
  }
  return { passed, failed, skipped, report: output };
}

/** A step that runs tests; one that leaves a tensor or a resource behind fails. */
async function tests(...args: readonly string[]): Promise<Outcome> {
  const leaks = ["--trace-leaks", "--preload", "tests/support/leaks.ts"];
  return readTestOutput(await deno("test", "--allow-all", ...leaks, ...args));
}

/** Compares notebooks with what `deno fmt` makes of copies of them. */
async function checkNotebookFormat(): Promise<Outcome> {
  // `deno fmt --check` calls every notebook unformatted whose cells do not end in a line break, which
  // is why deno.json leaves them out and they are formatted without it.
  const format = ["fmt", "--no-config", "--line-width=100"];
  const paths = [
    ...await listNotebooks(),
    ...await listNotebooks(join(root, "tests", "fixtures", "notebooks")),
  ];
  const folder = await Deno.makeTempDir({ prefix: "naskit_format_" });
  try {
    const copies = paths.map((path, i) => join(folder, `${i}_${basename(path)}`));
    await Promise.all(paths.map((path, i) => Deno.copyFile(path, copies[i]!)));
    const { code, output } = await deno(...format, folder);
    if (code !== 0) return single(false, output);
    const changed: string[] = [];
    for (const [i, path] of paths.entries()) {
      if (await Deno.readTextFile(path) !== await Deno.readTextFile(copies[i]!)) {
        changed.push(
          `${shown(path)} is not as 'deno ${format.join(" ")} ${shown(path)}' leaves it`,
        );
      }
    }
    return single(changed.length === 0, changed.join("\n"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The modules that the package offers. */
async function entryPoints(): Promise<string[]> {
  const { exports } = JSON.parse(await Deno.readTextFile(join(root, "deno.json"))) as {
    exports: Record<string, string>;
  };
  return Object.values(exports);
}

/** Runs every notebook in the real kernel; each counts as one test. */
async function checkNotebookRuns(): Promise<Outcome> {
  const paths = await selectNotebooks([]);
  const results = await runNotebooks(paths, {
    timeout: 600,
    html: true,
    inPlace: false,
    progress: true,
  });
  const failed = results.filter(({ findings }) => findings.length > 0);
  return {
    passed: results.length - failed.length,
    failed: failed.length,
    skipped: 0,
    report: failed.map(describeFindings).join("\n"),
  };
}

const steps: readonly Step[] = [
  { name: "format", run: () => check("fmt", "--check", ...formatted) },
  { name: "format of notebooks", run: checkNotebookFormat },
  { name: "lint", run: () => check("lint") },
  { name: "types", run: () => check("check", "--quiet") },
  {
    name: "types of notebooks",
    run: async () => {
      const complaints = await checkNotebooks(await selectNotebooks([]));
      return single(complaints === "", complaints);
    },
  },
  {
    name: "documentation",
    run: async () => check("doc", "--quiet", "--lint", ...await entryPoints()),
  },
  { name: "package", run: () => check("publish", "--quiet", "--dry-run", "--allow-dirty") },
  {
    name: "examples in the docs",
    run: () => tests("--parallel", "--doc", "mod.ts", "lib", "README.md"),
  },
  {
    name: "unit tests",
    run: () => tests("--parallel", "tests", `--ignore=${slowTests.join(",")}`),
  },
  { name: "notebooks", slow: true, run: checkNotebookRuns },
  { name: "Jupyter and browser", slow: true, run: () => tests(...slowTests) },
];

/** Runs steps and prints a line for each. Returns the totals. */
async function runSteps(chosen: readonly Step[]): Promise<Outcome> {
  const status = new StatusLine();
  const total = { passed: 0, failed: 0, skipped: 0, report: "" };
  for (const step of chosen) {
    status.show(`  ${step.name} ...`);
    const start = performance.now();
    const { passed, failed, skipped, report } = await step.run().catch((error: Error) =>
      // A step that cannot be carried out is a failed one, and the others still have their say.
      single(false, error instanceof UserError ? error.message : error.stack ?? error.message)
    );
    status.clear();
    const took = seconds((performance.now() - start) / 1000);
    const counts = `${passed} passed` + (failed > 0 ? `, ${failed} FAILED` : "") +
      (skipped > 0 ? `, ${skipped} skipped` : "");
    if (report !== "") say(report.trimEnd());
    say(`${failed > 0 ? "FAIL" : "ok  "}  ${step.name.padEnd(22)}  ${took.padStart(8)}  ${counts}`);
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

/** The command. Returns the exit code. */
export async function testCommand(args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== "--quick");
  if (unknown !== undefined) {
    throw new UserError(`test takes no '${unknown}'; it has --quick`, 2);
  }
  const quick = args.includes("--quick");
  // Long tests look for it and do less.
  if (quick) Deno.env.set("NASKIT_QUICK", "1");
  const start = performance.now();
  await ensurePackages();
  if (!quick) await ensureJupyter();
  const { passed, failed, skipped } = await runSteps(steps.filter(({ slow }) => !quick || !slow));
  say(`${seconds((performance.now() - start) / 1000)} in all`);
  say(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return failed > 0 ? 1 : 0;
}
