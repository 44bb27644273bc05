/**
 * Scores networks whose accuracy is known by the kit's proxies. Stop it at any time, by Ctrl-C, a kill
 * or the power switch: it loses the networks that were being scored, and goes on where the file ends
 * when it is started again. Proxies that the file does not have yet become new columns; what is there
 * is not scored again.
 *
 *     deno run -A tools/score_table.ts [--networks=SET] [--proxies=NAME,NAME] [--from=N] [--rows=N]
 *                                      [--minutes=M] [--images=N] [--workers=N] [--folder=DIR]
 *
 * The sets are `fashion-201`, the networks of the table of trainings, those first that are trained, on
 * images that the trainings learnt from; `nas-bench-201-images` and `nas-bench-201-noise`, those of NAS-Bench-201 in a
 * random order, on images or noise. All of the kit's `--proxies` when absent, on `--rows` networks `--from`
 * an index on (every one when absent), each on the same `--images` (64); takes up no more after
 * `--minutes`. The folder, `data/tables` when absent, holds the table's recipe as `fashion_201.json` and
 * gets the scores as `proxies_<set>.csv`.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { formatScores, type ScoreRow } from "naskit/judge/score_rows.ts";
import { proxies, type ProxyName, scoreOfMetric, scoreWith } from "naskit/proxy/mod.ts";
import { type Runner, workers } from "naskit/search/mod.ts";
import { root } from "./support/paths.ts";
import { say, seconds, UserError } from "./support/process.ts";
import { ScoreFile } from "./support/score_file.ts";
import { type ScoreSet, scoreSets } from "./support/score_set.ts";

interface ScoreOptions {
  readonly networks: keyof typeof scoreSets;
  readonly proxies: readonly ProxyName[];
  readonly from: number;
  readonly rows: number;
  readonly minutes: number;
  readonly images: number;
  readonly workers: number;
  readonly folder: string;
}

/** A network and the proxies whose scores it lacks. */
interface Job {
  readonly index: number;
  readonly proxies: readonly ProxyName[];
}

class Scorer {
  readonly #options: ScoreOptions;
  readonly #set: ScoreSet;
  readonly #file: ScoreFile;
  readonly #stop: AbortSignal;
  readonly #start = performance.now();
  #finished = 0;
  #failed = 0;

  constructor(
    options: ScoreOptions,
    { set, file, stop }: {
      readonly set: ScoreSet;
      readonly file: ScoreFile;
      readonly stop: AbortSignal;
    },
  ) {
    this.#options = options;
    this.#set = set;
    this.#file = file;
    this.#stop = stop;
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
    const { from, rows } = this.#options;
    const wanted = this.#set.indices.filter((index) => index >= from && index < from + rows);
    return wanted.map((index): Job => {
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
    const runner = await executor.open(scoreWith(names, { batch: this.#set.batch, seconds: true }));
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
    const { space, order, seed } = this.#set;
    const arch = order[index];
    if (arch === undefined) throw new UserError(`the table has no network ${index}`);
    const metrics = await runner.run(undefined, {
      graph: space.lower(arch),
      seed: `${seed}/${index}/proxies`,
      signal: this.#stop,
    });
    const column = (suffix: string) =>
      Object.fromEntries(names.map((name) => [name, metrics[`${name}${suffix}`] as number]));
    const scores = Object.entries(column("")).map(([name, value]) => [name, scoreOfMetric(value)]);
    return {
      index,
      operations: space.toChoices(arch).join(""),
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
  const set = await scoreSets[options.networks](options);
  const file = await ScoreFile.open(join(options.folder, set.file), options.proxies);
  try {
    const code = await new Scorer(options, { set, file, stop }).work();
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
      networks: { ...text, default: "fashion-201" },
      proxies: { ...text, default: Object.keys(proxies).join() },
      from: { ...text, default: "0" },
      rows: text,
      minutes: text,
      images: { ...text, default: "64" },
      workers: { ...text, default: String(navigator.hardwareConcurrency) },
      folder: { ...text, default: join(root, "data/tables") },
    },
  });
  const count = (name: "from" | "rows" | "images" | "workers"): number => {
    const value = Number(values[name]), least = name === "from" ? 0 : 1;
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new UserError(
      `--${name} must be a whole number from ${least} on, got "${values[name]}"`,
      2,
    );
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
  if (!Object.hasOwn(scoreSets, values.networks)) {
    throw new UserError(
      `--networks must be one of ${Object.keys(scoreSets).join(", ")}, got "${values.networks}"`,
      2,
    );
  }
  return {
    networks: values.networks as keyof typeof scoreSets,
    proxies: [...new Set(names)] as ProxyName[],
    from: count("from"),
    rows: values.rows === undefined ? Infinity : count("rows"),
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
