import type { FileLocation } from "../data/mod.ts";
import { locate, readFile } from "../data/files.ts";
import { cellClass } from "../estimate/cell_number.ts";
import type { TrainedArch, TrainedTable } from "../estimate/mod.ts";
import { nasBench201, type NasBench201Arch } from "../space/mod.ts";
import { parseScores, type ScoreRow } from "./score_rows.ts";
import { type JudgeOptions, type Scoreboard, scoreboardOf } from "./scoreboard.ts";

/** Options of {@linkcode fashion201Scores}. */
export interface Fashion201ScoresOptions {
  /** A folder with `proxies_fashion_201.csv`; `data/tables` of the kit when absent. */
  readonly folder?: FileLocation;
}

/** Which networks a scoreboard of saved scores is of, and how it compares. */
export interface ScoreTableBoardOptions extends JudgeOptions {
  /** The networks; the fair sample that the table of trainings has of all when absent. */
  readonly networks?: readonly TrainedArch[];
  /** Which accuracy scores are to rank by; `"testAccuracy"` when absent. */
  readonly accuracy?: "accuracy" | "testAccuracy";
}

/** Options of a {@linkcode ScoreTable}. */
export interface ScoreTableOptions {
  /**
   * Names what architectures share a score by: those with the same text. When absent, all that are the
   * same network do, whichever operations without effect they have.
   */
  readonly ofClass?: (arch: NasBench201Arch) => string;
}

/** What proxies say of NAS-Bench-201 networks, written down. Loaded by {@linkcode fashion201Scores}. */
export class ScoreTable {
  /** The names of the proxies. */
  readonly proxies: readonly string[];
  /** What is known of each network, in the order of building. */
  readonly rows: readonly ScoreRow[];
  readonly #ofClass: (arch: NasBench201Arch) => string;
  readonly #byClass: ReadonlyMap<string, ScoreRow>;

  /**
   * A table of the text of its file.
   *
   * @throws {SyntaxError} When a line is not a row, with its number.
   */
  constructor(csv: string, { ofClass = cellClass }: ScoreTableOptions = {}) {
    const { proxies, rows } = parseScores(csv);
    this.proxies = proxies;
    this.rows = rows;
    this.#ofClass = ofClass;
    const space = nasBench201();
    this.#byClass = new Map(rows.map((row) => [
      ofClass(space.fromChoices([...row.operations].map(Number))),
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

  /**
   * How well the proxies rank the networks of a table of trainings, those of the networks that every proxy
   * has scored.
   */
  scoreboard(table: TrainedTable, options: ScoreTableBoardOptions = {}): Scoreboard {
    const { networks = table.sample, accuracy = "testAccuracy", ...judging } = options;
    const rows = networks.flatMap((entry) => {
      const row = this.#byClass.get(this.#ofClass(entry.arch));
      const isWhole = this.proxies.every((name) => row?.scores[name] !== undefined);
      return isWhole ? [{ entry, row: row as ScoreRow }] : [];
    });
    const columns = (of: "scores" | "seconds") =>
      Object.fromEntries(
        this.proxies.map((name) => [name, rows.map(({ row }) => row[of][name] ?? NaN)]),
      );
    return scoreboardOf(columns("scores"), rows.map(({ entry }) => entry[accuracy]), {
      ...judging,
      title: table.space.name,
      keys: rows.map(({ entry }) => table.space.encode(entry.arch)),
      params: rows.map(({ entry }) => entry.params),
      seconds: columns("seconds"),
    });
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
 * start. The kit does not come with them: `tools/score_table.ts` makes them, as `data/tables/README.md`
 * tells.
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

const shipped = new URL("../../data/tables/", import.meta.url);
