import type { FileLocation } from "../data/mod.ts";
import { locate, readFile } from "../data/files.ts";
import { cellClass } from "../estimate/cell_number.ts";
import { type BenchmarkTable, TrainedTable } from "../estimate/mod.ts";
import { nasBench201, type NasBench201Arch } from "../space/mod.ts";
import { parseScores, type ScoreRow } from "./score_rows.ts";
import { type JudgeOptions, type Scoreboard, scoreboardOf } from "./scoreboard.ts";

/** Options of {@linkcode fashion201Scores}. */
export interface Fashion201ScoresOptions {
  /** A folder with `proxies_fashion_201.csv`; `data/tables` of the kit when absent. */
  readonly folder?: FileLocation;
}

/** Which networks a scoreboard of saved scores is of, and how it compares. */
export interface ScoreTableBoardOptions<F extends string = string> extends JudgeOptions {
  /**
   * The networks; when absent, the fair sample that a table of trainings has of all, or those that are
   * scored, but for what {@linkcode ScoreTableOptions.chosen} leaves out.
   */
  readonly networks?: readonly { readonly arch: NasBench201Arch }[];
  /** Which proxies; all that the file has when absent. */
  readonly proxies?: readonly string[];
  /** By which of the table's numbers a training is chosen; the table's first when absent. */
  readonly fitness?: F;
  /** Which accuracy scores are to rank by, the mean over trainings; `"testAccuracy"` when absent. */
  readonly accuracy?: "accuracy" | "testAccuracy";
}

/** Options of a {@linkcode ScoreTable}. */
export interface ScoreTableOptions {
  /**
   * Names what architectures share a score by: those with the same text. When absent, all that are the
   * same network do, whichever operations without effect they have.
   */
  readonly ofClass?: (arch: NasBench201Arch) => string;
  /**
   * How many of the first networks settings of proxies were chosen by, so that a scoreboard leaves them
   * out unless it is told its networks; 0 when absent.
   */
  readonly chosen?: number;
}

/** What proxies say of NAS-Bench-201 networks, written down. Loaded by {@linkcode fashion201Scores}. */
export class ScoreTable {
  /** The names of the proxies. */
  readonly proxies: readonly string[];
  /** What is known of each network, in the order of building. */
  readonly rows: readonly ScoreRow[];
  readonly #ofClass: (arch: NasBench201Arch) => string;
  readonly #chosen: number;
  readonly #byClass: ReadonlyMap<string, ScoreRow>;

  /**
   * A table of the text of its file.
   *
   * @throws {SyntaxError} When a line is not a row, with its number.
   */
  constructor(csv: string, { ofClass = cellClass, chosen = 0 }: ScoreTableOptions = {}) {
    const { proxies, rows } = parseScores(csv);
    this.proxies = proxies;
    this.rows = rows;
    this.#ofClass = ofClass;
    this.#chosen = chosen;
    this.#byClass = new Map(rows.map((row) => [
      ofClass(archOf(row.operations)),
      row,
    ]));
  }

  /**
   * What a proxy says of an architecture; `undefined` where that is not known. Architectures that are the
   * same network have the same score.
   */
  score(arch: NasBench201Arch, proxy: string): number | undefined {
    return this.#byClass.get(this.#ofClass(arch))?.scores[proxy];
  }

  /** The architectures of the file, those first that come first in its order. */
  get archs(): readonly { readonly index: number; readonly arch: NasBench201Arch }[] {
    return this.rows.map(({ index, operations }) => ({ index, arch: archOf(operations) }));
  }

  /**
   * How well the proxies rank the networks of a table of accuracies, those of the networks that each of
   * these proxies has scored.
   *
   * @throws {RangeError} When the file has no such proxy, or the table does not know a network.
   */
  scoreboard<F extends string>(
    table: BenchmarkTable<NasBench201Arch, F>,
    options: ScoreTableBoardOptions<F> = {},
  ): Scoreboard {
    const { networks = this.#usual(table), proxies = this.proxies, ...rest } = options;
    const { accuracy = "testAccuracy", fitness = table.fitnesses[0] as F, ...judging } = rest;
    const odd = proxies.find((name) => !this.proxies.includes(name));
    if (odd !== undefined) {
      throw new RangeError(
        `Cannot make a scoreboard: proxies must be some of ${this.proxies.join(", ")}, got ${odd}`,
      );
    }
    const rows = networks.flatMap(({ arch }) => {
      const row = this.#byClass.get(this.#ofClass(arch));
      const isWhole = proxies.every((name) => row?.scores[name] !== undefined);
      return isWhole ? [{ arch, row: row as ScoreRow }] : [];
    });
    const columns = (of: "scores" | "seconds") =>
      Object.fromEntries(
        proxies.map((name) => [name, rows.map(({ row }) => row[of][name] ?? NaN)]),
      );
    const accuracies = rows.map(({ arch }) => {
      const runs = table.runsOf(arch, fitness);
      return runs.reduce((sum, run) => sum + run[accuracy], 0) / runs.length;
    });
    return scoreboardOf(columns("scores"), accuracies, {
      ...judging,
      title: table.known.name,
      keys: rows.map(({ arch }) => table.known.encode(arch)),
      ...(this.proxies.includes("params")
        ? { params: rows.map(({ row }) => row.scores.params ?? NaN) }
        : {}),
      seconds: columns("seconds"),
    });
  }

  #usual(table: BenchmarkTable<NasBench201Arch>): readonly { readonly arch: NasBench201Arch }[] {
    if (table instanceof TrainedTable) return table.sample;
    return this.archs.filter(({ index }) => index >= this.#chosen);
  }

  /** The table in a line. */
  toString(): string {
    return `${this.rows.length} networks scored by ${this.proxies.join(", ")}`;
  }

  /** How a notebook shows a table. */
  [Symbol.for("Jupyter.display")](): { "text/plain": string } {
    return { "text/plain": this.toString() };
  }
}

/**
 * The scores of the kit's proxies, on the networks whose trainings {@linkcode fashion201} has, as they
 * start. `data/tables/README.md` tells how they were made.
 *
 * @throws {Deno.errors.NotFound} When there is no such file.
 * @throws {SyntaxError} When it is damaged.
 *
 * @example
 * ```ts ignore
 * import { fashion201, fashion201Scores, show, table } from "naskit";
 *
 * const scores = await fashion201Scores();
 * await show(table(scores.scoreboard(await fashion201()).toRows()));
 * ```
 */
export async function fashion201Scores(
  { folder = shipped }: Fashion201ScoresOptions = {},
): Promise<ScoreTable> {
  const { bytes } = await readFile(locate(folder, "proxies_fashion_201.csv"));
  return new ScoreTable(new TextDecoder().decode(bytes));
}

function archOf(operations: string): NasBench201Arch {
  return space.fromChoices([...operations].map(Number));
}

const space = nasBench201();
const shipped = new URL("../../data/tables/", import.meta.url);
