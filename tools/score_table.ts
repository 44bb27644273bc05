/**
 * Scores the networks of the table of trainings by the kit's proxies, in the table's order. Stop it at
 * any time, by Ctrl-C, a kill or the power switch: it loses the networks that were being scored, and
 * goes on where the file ends when it is started again. Proxies that the file does not have yet become
 * new columns; what is there is not scored again.
 *
 *     deno run -A tools/score_table.ts [--proxies=NAME,NAME] [--rows=N] [--minutes=M] [--images=N]
 *                                      [--workers=N] [--folder=DIR]
 *
 * All of the kit's `--proxies` when absent, on the first `--rows` networks (every one when absent), each
 * on the same `--images` (64) of those that the trainings learnt from; takes up no more after
 * `--minutes`. The folder, `data/tables` when absent, holds the recipe as `fashion_201.json` and gets the
 * scores as `proxies_fashion_201.csv`.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Batch, batch } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import {
  parseRecipe,
  tableData,
  tableOrder,
  type TableRecipe,
  tableSpace,
} from "naskit/estimate/table_recipe.ts";
import { formatScores, parseScores, scoreHeader, type ScoreRow } from "naskit/judge/score_rows.ts";
import { proxies, type ProxyName, scoreOfMetric, scoreWith } from "naskit/proxy/mod.ts";
import { type Runner, workers } from "naskit/search/mod.ts";
import { root } from "./support/paths.ts";
import { say, seconds, UserError } from "./support/process.ts";

interface ScoreOptions {
  readonly proxies: readonly ProxyName[];
  readonly rows: number;
  readonly minutes: number;
  readonly images: number;
  readonly workers: number;
  readonly folder: string;
}

/** The CSV file, which one process holds at a time. */
class ScoreFile {
  readonly #path: string;
  readonly proxies: readonly string[];
  readonly rows = new Map<number, ScoreRow>();
  #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile, proxies: readonly string[]) {
    this.#path = path;
    this.#file = file;
    this.proxies = proxies;
  }

  /** Opens or makes the file with columns for these proxies and those that are there. */
  static async open(path: string, wanted: readonly string[]): Promise<ScoreFile> {
    const file = await ScoreFile.#lock(path);
    try {
      const text = await Deno.readTextFile(path);
      // A last line that was cut off while it was written is left out.
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      const found = whole === "" ? { proxies: [], rows: [] } : parseScores(whole);
      const scores = new ScoreFile(path, file, [...new Set([...found.proxies, ...wanted])]);
      for (const row of found.rows) scores.rows.set(row.index, row);
      await scores.tidy();
      return scores;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Puts what is new of a network on the disk. */
  append(row: ScoreRow): void {
    writeOut(this.#file, `${formatScores(row, this.proxies)}\n`);
    const known = this.rows.get(row.index);
    this.rows.set(row.index, {
      ...row,
      scores: { ...known?.scores, ...row.scores },
      seconds: { ...known?.seconds, ...row.seconds },
    });
  }

  /** Writes the file anew, a line for each network by index: whole or not at all. */
  async tidy(): Promise<void> {
    const rows = [...this.rows.values()].sort((a, b) => a.index - b.index);
    const lines = [
      scoreHeader(this.proxies),
      ...rows.map((row) => formatScores(row, this.proxies)),
    ];
    const draft = `${this.#path}.new`;
    {
      using file = await Deno.create(draft);
      writeOut(file, lines.map((line) => `${line}\n`).join(""));
    }
    await Deno.rename(draft, this.#path);
    // Whoever came in between has locked it, and this process ends.
    const file = await ScoreFile.#lock(this.#path);
    await file.seek(0, Deno.SeekMode.End);
    this.#file.close();
    this.#file = file;
  }

  close(): void {
    this.#file.close();
  }

  static async #lock(path: string): Promise<Deno.FsFile> {
    const file = await Deno.open(path, { read: true, write: true, create: true });
    if (await file.tryLock(true)) return file;
    file.close();
    throw new UserError(`another process is writing ${path}`);
  }
}

/** Puts text on the disk where a file stands. */
function writeOut(file: Deno.FsFile, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) sent += file.writeSync(bytes.subarray(sent));
  file.syncDataSync();
}

/** A network and the proxies whose scores it lacks. */
interface Job {
  readonly index: number;
  readonly proxies: readonly ProxyName[];
}

class Scorer {
  readonly #options: ScoreOptions;
  readonly #file: ScoreFile;
  readonly #batch: Batch;
  readonly #stop: AbortSignal;
  readonly #space;
  readonly #order;
  readonly #start = performance.now();
  #finished = 0;
  #failed = 0;

  constructor(
    options: ScoreOptions,
    { recipe, file, images, stop }: {
      readonly recipe: TableRecipe;
      readonly file: ScoreFile;
      readonly images: Batch;
      readonly stop: AbortSignal;
    },
  ) {
    this.#options = options;
    this.#file = file;
    this.#batch = images;
    this.#stop = stop;
    this.#space = tableSpace(recipe);
    this.#order = tableOrder(this.#space);
  }

  /** Scores what is missing. Returns the exit code. */
  async work(): Promise<number> {
    await this.#checkOne();
    const jobs = this.#jobs();
    const deadline = this.#start + 60_000 * this.#options.minutes;
    for (const [names, group] of Map.groupBy(jobs, ({ proxies }) => proxies.join())) {
      say(`${group.length} networks to score by ${names}`);
      await this.#withRunner(group[0]!.proxies, async (runner) => {
        const next = () =>
          this.#stop.aborted || performance.now() >= deadline ? undefined : group.shift();
        const worker = async () => {
          for (let job = next(); job !== undefined; job = next()) await this.#try(runner, job);
        };
        await Promise.all(Array.from({ length: this.#options.workers }, worker));
      });
    }
    this.#report();
    if (this.#stop.aborted) return 130;
    return this.#failed > 0 ? 1 : 0;
  }

  /** What is missing, a job for each network. */
  #jobs(): Job[] {
    const count = Math.min(this.#options.rows, this.#order.length);
    return Array.from({ length: count }, (_, index): Job => {
      const known = this.#file.rows.get(index)?.scores ?? {};
      return { index, proxies: this.#options.proxies.filter((name) => known[name] === undefined) };
    }).filter(({ proxies }) => proxies.length > 0);
  }

  /**
   * Scores a row again that is there, the middle one, and compares: scores of other code, images or
   * another kind of processor must not be mixed with new ones.
   */
  async #checkOne(): Promise<void> {
    const rows = [...this.#file.rows.values()];
    const old = rows[Math.floor(rows.length / 2)];
    const names = this.#options.proxies.filter((name) => old?.scores[name] !== undefined);
    if (old === undefined || names.length === 0) return;
    await this.#withRunner(names, async (runner) => {
      const again = await this.#score(runner, { index: old.index, proxies: names });
      const shown = (row: ScoreRow) => formatScores({ ...row, seconds: {} }, names);
      if (shown(again) === shown(old)) return;
      throw new UserError(
        "a row of scores does not come out again; it was made with another recipe, other images, " +
          `other code or another kind of processor:\n  there ${shown(old)}\n  now   ${
            shown(again)
          }`,
      );
    });
  }

  async #withRunner(
    names: readonly ProxyName[],
    body: (runner: Runner<unknown>) => Promise<void>,
  ): Promise<void> {
    const executor = workers(this.#options.workers, { keepFor: 0 });
    const runner = await executor.open(scoreWith(names, { batch: this.#batch, seconds: true }));
    try {
      await body(runner);
    } finally {
      await runner.close();
    }
  }

  async #try(runner: Runner<unknown>, job: Job): Promise<void> {
    try {
      this.#file.append(await this.#score(runner, job));
    } catch (error) {
      if (this.#stop.aborted) return;
      this.#failed++;
      say(`network ${job.index} failed: ${(error as Error).message}`);
      return;
    }
    if (++this.#finished % 100 === 0) this.#report();
  }

  async #score(runner: Runner<unknown>, { index, proxies: names }: Job): Promise<ScoreRow> {
    const arch = this.#order[index];
    if (arch === undefined) throw new UserError(`the table has no network ${index}`);
    const metrics = await runner.run(undefined, {
      graph: this.#space.lower(arch),
      seed: `fashion-201/${index}/proxies`,
      signal: this.#stop,
    });
    const column = (suffix: string) =>
      Object.fromEntries(names.map((name) => [name, metrics[`${name}${suffix}`] as number]));
    const scores = Object.entries(column("")).map(([name, value]) => [name, scoreOfMetric(value)]);
    return {
      index,
      operations: this.#space.toChoices(arch).join(""),
      scores: Object.fromEntries(scores),
      seconds: column("_seconds"),
    };
  }

  #report(): void {
    const passed = (performance.now() - this.#start) / 1000;
    say(
      `${this.#file.rows.size} networks in the table, ${this.#finished} scored now in ${
        seconds(passed)
      }`,
    );
  }
}

/** Scores what is missing. Returns the exit code. */
async function score(options: ScoreOptions, stop: AbortSignal): Promise<number> {
  const path = join(options.folder, "fashion_201.json");
  const text = await Deno.readTextFile(path).catch(() => {
    throw new UserError(`${path} must hold the recipe of the table of trainings`);
  });
  const recipe = parseRecipe(text);
  const { train } = await tableData(recipe);
  if (options.images > train.labels.length) {
    throw new UserError(
      `--images must be at most ${train.labels.length}, got ${options.images}`,
      2,
    );
  }
  const order = createRng("fashion-201/proxies").shuffle([...train.labels.keys()]);
  const images = batch(train, { indices: order.slice(0, options.images) });
  const file = await ScoreFile.open(
    join(options.folder, "proxies_fashion_201.csv"),
    options.proxies,
  );
  try {
    const code = await new Scorer(options, { recipe, file, images, stop }).work();
    await file.tidy();
    return code;
  } finally {
    file.close();
  }
}

function parseOptions(args: readonly string[]): ScoreOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      proxies: { ...text, default: Object.keys(proxies).join() },
      rows: { ...text, default: "6466" },
      minutes: text,
      images: { ...text, default: "64" },
      workers: { ...text, default: String(navigator.hardwareConcurrency) },
      folder: { ...text, default: join(root, "data/tables") },
    },
  });
  const count = (name: "rows" | "images" | "workers"): number => {
    const value = Number(values[name]);
    if (Number.isSafeInteger(value) && value >= 1) return value;
    throw new UserError(`--${name} must be a positive whole number, got "${values[name]}"`, 2);
  };
  const minutes = Number(values.minutes ?? Infinity);
  if (!(minutes > 0)) {
    throw new UserError(`--minutes must be a positive number, got "${values.minutes}"`, 2);
  }
  const names = values.proxies.split(",");
  const unknown = names.find((name) => !Object.hasOwn(proxies, name));
  if (unknown !== undefined) {
    throw new UserError(
      `--proxies must be some of ${Object.keys(proxies).join(", ")}, got "${unknown}"`,
      2,
    );
  }
  return {
    proxies: [...new Set(names)] as ProxyName[],
    rows: count("rows"),
    minutes,
    images: count("images"),
    workers: count("workers"),
    folder: values.folder,
  };
}

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => stop.abort());
}
try {
  Deno.exitCode = await score(parseOptions(Deno.args), stop.signal);
} catch (error) {
  if (stop.signal.aborted) {
    Deno.exitCode = 130;
  } else {
    if (!(error instanceof UserError)) throw error;
    say(`score_table: ${error.message}`);
    Deno.exitCode = error.code;
  }
}
// A signal listener would hold the process.
Deno.exit();
