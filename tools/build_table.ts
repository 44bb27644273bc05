/**
 * Trains NAS-Bench-201 architectures on Fashion-MNIST into a table of ground truth, in a fixed
 * random order. Stop it at any time, by Ctrl-C, a kill or the power switch: it loses the trainings
 * that were running, and goes on where the file ends when it is started again.
 *
 *     deno run -A tools/build_table.ts [--rows=N] [--repeats=N] [--repeated=N] [--minutes=M]
 *                                      [--workers=N] [--operations=DIGITS] [--folder=DIR]
 *
 * `--rows` architectures in all (every one when absent), the first `--repeated` (200) of them with
 * `--repeats` (3) seeds; takes up no more after `--minutes`. `--operations=0123` trains only the
 * networks that those operations can make, so that the table soon has all of a smaller space. The folder, `data/tables` when absent,
 * holds the recipe as `fashion_201.json`.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cost } from "naskit/cost/mod.ts";
import { trainFromScratch } from "naskit/estimate/mod.ts";
import {
  parseRecipe,
  tableData,
  tableOrder,
  type TableRecipe,
  tableSeed,
  tableSpace,
} from "naskit/estimate/table_recipe.ts";
import { formatRow, parseTable, tableHeader, type TableRow } from "naskit/estimate/table_rows.ts";
import { type Runner, workers } from "naskit/search/mod.ts";
import { type NasBench201Arch, nasBench201Class } from "naskit/space/mod.ts";
import { root } from "./support/paths.ts";
import { say, seconds, UserError } from "./support/process.ts";

interface Job {
  readonly index: number;
  readonly repeat: number;
}

interface BuildOptions {
  readonly rows: number;
  readonly repeats: number;
  readonly repeated: number;
  readonly minutes: number;
  readonly workers: number;
  /** The digits of the operations that suffice to make each network. */
  readonly operations: string;
  readonly folder: string;
}

/** The CSV file, which one builder holds at a time. */
class TableFile {
  readonly #file: Deno.FsFile;
  readonly rows: TableRow[];

  private constructor(file: Deno.FsFile, rows: TableRow[]) {
    this.#file = file;
    this.rows = rows;
  }

  /** Opens or makes the file, and drops a last line that was cut off while it was written. */
  static async open(path: string, recipe: TableRecipe): Promise<TableFile> {
    const file = await Deno.open(path, { read: true, write: true, create: true });
    try {
      // The system lets go of it whichever way this process ends.
      if (!await file.tryLock(true)) throw new UserError(`another builder is writing ${path}`);
      const bytes = await Deno.readFile(path);
      const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
      await file.truncate(whole.length);
      await file.seek(0, Deno.SeekMode.End);
      const header = tableHeader(recipe);
      const table = new TableFile(
        file,
        whole.length === 0 ? [] : parseTable(new TextDecoder().decode(whole), header),
      );
      if (whole.length === 0) table.#write(header);
      return table;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Puts a row on the disk. */
  append(row: TableRow): void {
    this.#write(formatRow(row));
    this.rows.push(row);
  }

  close(): void {
    this.#file.close();
  }

  #write(line: string): void {
    const bytes = new TextEncoder().encode(`${line}\n`);
    for (let sent = 0; sent < bytes.length;) sent += this.#file.writeSync(bytes.subarray(sent));
    this.#file.syncDataSync();
  }
}

/** Trains what is missing. Returns the exit code. */
async function build(options: BuildOptions, stop: AbortSignal): Promise<number> {
  const recipe = parseRecipe(await readRecipe(options.folder));
  const table = await TableFile.open(join(options.folder, "fashion_201.csv"), recipe);
  try {
    const data = await tableData(recipe);
    const evaluate = trainFromScratch(data, { ...recipe.training, test: data.test });
    const executor = workers(options.workers, { keepFor: 0 });
    const runner = await executor.open(evaluate);
    try {
      const builder = new Builder({ recipe, table, runner, size: executor.size, stop });
      await builder.checkOne();
      return await builder.work(options);
    } finally {
      await runner.close();
    }
  } finally {
    table.close();
  }
}

async function readRecipe(folder: string): Promise<string> {
  const path = join(folder, "fashion_201.json");
  try {
    return await Deno.readTextFile(path);
  } catch {
    throw new UserError(
      `${path} must hold the table's recipe; tools/pilot_table.ts compares recipes`,
    );
  }
}

interface BuilderParts {
  readonly recipe: TableRecipe;
  readonly table: TableFile;
  readonly runner: Runner<NasBench201Arch>;
  /** How many trainings run at once. */
  readonly size: number;
  readonly stop: AbortSignal;
}

class Builder {
  readonly #parts: BuilderParts;
  readonly #order: readonly NasBench201Arch[];
  #finished = 0;
  #failed = 0;
  #start = performance.now();

  constructor(parts: BuilderParts) {
    this.#parts = parts;
    this.#order = tableOrder(tableSpace(parts.recipe));
  }

  /**
   * Trains a row again that is there, the middle one, and compares: rows that other code, another
   * recipe or another kind of processor made must not be mixed with new ones.
   */
  async checkOne(): Promise<void> {
    const { rows } = this.#parts.table;
    const old = rows[Math.floor(rows.length / 2)];
    if (old === undefined) return;
    const again = formatRow({ ...await this.#train(old), seconds: old.seconds });
    if (again !== formatRow(old)) {
      throw new UserError(
        "a row of the table does not come out again; it was made with another recipe, other code " +
          `or another kind of processor:\n  there ${formatRow(old)}\n  now   ${again}`,
      );
    }
  }

  async work(options: BuildOptions): Promise<number> {
    const { size, stop } = this.#parts;
    const jobs = this.#jobs(options);
    const total = jobs.length;
    this.#start = performance.now();
    const deadline = this.#start + 60_000 * options.minutes;
    let reported = this.#start;
    const next = () => stop.aborted || performance.now() >= deadline ? undefined : jobs.shift();
    const worker = async () => {
      for (let job = next(); job !== undefined; job = next()) {
        try {
          this.#parts.table.append(await this.#train(job));
          this.#finished++;
        } catch (error) {
          if (stop.aborted) return;
          // Of those that diverge another run makes no more.
          this.#failed++;
          say(`index ${job.index}, repeat ${job.repeat} failed: ${(error as Error).message}`);
          continue;
        }
        if (this.#finished % 20 === 0 || performance.now() - reported > 60_000) {
          reported = performance.now();
          this.#report(total);
        }
      }
    };
    await Promise.all(Array.from({ length: size }, worker));
    this.#report(total);
    if (stop.aborted) return 130;
    return this.#failed > 0 ? 1 : 0;
  }

  /** What is missing, a block of architectures with its repeats before the next block. */
  #jobs({ rows, repeats, repeated, operations }: BuildOptions): Job[] {
    const done = new Set(this.#parts.table.rows.map((row) => `${row.index}/${row.repeat}`));
    const wanted = this.#networksOf(operations);
    const count = Math.min(rows, this.#order.length);
    return Array.from({ length: repeats }, (_, repeat) => repeat)
      .flatMap((repeat) =>
        Array.from(
          { length: repeat === 0 ? count : Math.min(repeated, count) },
          (_, index) => ({ index, repeat }),
        )
      )
      .filter(({ index, repeat }) => wanted.has(index) && !done.has(`${index}/${repeat}`))
      .sort((a, b) => Math.floor(a.index / 50) - Math.floor(b.index / 50) || a.repeat - b.repeat);
  }

  /** The indices of the networks that can be made of these operations. */
  #networksOf(operations: string): Set<number> {
    const space = tableSpace(this.#parts.recipe);
    const classes = new Set<string>();
    for (const arch of space.enumerate()) {
      const isMade = space.toChoices(arch).every((digit) => operations.includes(String(digit)));
      if (isMade) classes.add(nasBench201Class(arch));
    }
    return new Set(
      this.#order.keys().filter((i) => {
        return classes.has(nasBench201Class(this.#order[i] as NasBench201Arch));
      }),
    );
  }

  async #train({ index, repeat }: Job): Promise<TableRow> {
    const { recipe, runner, stop } = this.#parts;
    const space = tableSpace(recipe);
    const arch = this.#order[index] as NasBench201Arch;
    const graph = space.lower(arch);
    const start = performance.now();
    const context = { graph, seed: tableSeed(index, repeat), signal: stop };
    const metrics = await runner.run(arch, context);
    const { params, macs } = cost(graph);
    return {
      index,
      repeat,
      operations: space.toChoices(arch).join(""),
      validation: metrics.validationAccuracy as readonly number[],
      test: metrics.testAccuracy as number,
      params,
      macs,
      seconds: (performance.now() - start) / 1000,
    };
  }

  #report(total: number): void {
    const passed = (performance.now() - this.#start) / 1000;
    const left = total - this.#finished - this.#failed;
    const rate = this.#finished / passed;
    const rest = left === 0
      ? ""
      : `, ${left} to go${rate > 0 ? `: ${duration(left / rate)} at this rate` : ""}`;
    say(
      `${this.#parts.table.rows.length} in the table, ${this.#finished} of them new ` +
        `(${(60 * rate).toFixed(1)} a minute)${rest}`,
    );
  }
}

function duration(value: number): string {
  if (value < 3_600) return seconds(value);
  return `${Math.floor(value / 3_600)} h ${
    String(Math.round(value / 60) % 60).padStart(2, "0")
  } min`;
}

function parseOptions(args: readonly string[]): BuildOptions {
  const names = ["rows", "repeats", "repeated", "workers"] as const;
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { ...text, default: "6466" },
      repeats: { ...text, default: "3" },
      repeated: { ...text, default: "200" },
      minutes: text,
      workers: { ...text, default: String(navigator.hardwareConcurrency) },
      operations: { ...text, default: "01234" },
      folder: { ...text, default: join(root, "data/tables") },
    },
  });
  const count = (name: typeof names[number]): number => {
    const value = Number(values[name]);
    if (Number.isSafeInteger(value) && value >= (name === "repeated" ? 0 : 1)) return value;
    throw new UserError(`--${name} must be a positive whole number, got "${values[name]}"`, 2);
  };
  const minutes = Number(values.minutes ?? Infinity);
  if (!(minutes > 0)) {
    throw new UserError(`--minutes must be a positive number, got "${values.minutes}"`, 2);
  }
  const { operations } = values;
  if (!/^[0-4]+$/.test(operations)) {
    throw new UserError(`--operations must be digits from 0 to 4, got "${operations}"`, 2);
  }
  return {
    rows: count("rows"),
    repeats: count("repeats"),
    repeated: count("repeated"),
    workers: count("workers"),
    operations,
    minutes,
    folder: values.folder,
  };
}

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => stop.abort());
}
try {
  Deno.exitCode = await build(parseOptions(Deno.args), stop.signal);
} catch (error) {
  if (stop.signal.aborted) {
    Deno.exitCode = 130;
  } else {
    if (!(error instanceof UserError)) throw error;
    say(`build_table: ${error.message}`);
    Deno.exitCode = error.code;
  }
}
// A signal listener would hold the process.
Deno.exit();
