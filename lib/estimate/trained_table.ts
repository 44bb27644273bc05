import {
  type NasBench201Arch,
  nasBench201Class,
  type SearchSpace,
  subspace,
} from "../space/mod.ts";
import { describeNoise, type TableNoise } from "./table_noise.ts";
import { type TableRecipe, tableSeed, tableSpace } from "./table_recipe.ts";
import { formatRow, parseTable, tableHeader, type TableRow } from "./table_rows.ts";
import { fullRecipe } from "./train.ts";

/** The networks that NAS-Bench-201 can tell apart. */
const networks = 6_466;

/** What one training gave, or what several gave in the mean. */
export interface TrainedFigures {
  /** Top-1 share on the validation images after the last epoch. */
  readonly accuracy: number;
  /** Top-1 share on the test images after the last epoch. */
  readonly testAccuracy: number;
  /** Top-1 share on the validation images after each epoch. */
  readonly validationAccuracy: readonly number[];
  /** Seconds of training and measuring on one core. */
  readonly seconds: number;
}

/** One training of an architecture. */
export interface TrainedRun extends TrainedFigures {
  /** Which repeat it is, from 0. */
  readonly repeat: number;
  /** The seed that {@linkcode trainGraph} makes it with again. */
  readonly seed: string;
}

/** What a table knows of an architecture; its figures are means over the runs. */
export interface TrainedArch extends TrainedFigures {
  /** The architecture that was trained; it stands for all that are the same network. */
  readonly arch: NasBench201Arch;
  /** Its operations as digits, in the order of its edges. */
  readonly operations: string;
  /** Its place in the order in which the table is built. */
  readonly index: number;
  /** Trained numbers. */
  readonly params: number;
  /** Multiply-accumulates for one image. */
  readonly macs: number;
  /** Its trainings, by repeat. */
  readonly runs: readonly TrainedRun[];
}

/** A table as plain JSON. */
export interface TrainedTableData {
  /** How its networks were trained. */
  readonly recipe: TableRecipe;
  /** Its rows as CSV. */
  readonly csv: string;
}

/**
 * A tabular benchmark: trainings of NAS-Bench-201 architectures that were all made with one recipe,
 * to look up instead of training. Made by {@linkcode fashion201}; searched with
 * {@linkcode lookUp}.
 *
 * An architecture is known when one of its uniqueness class was trained, see
 * {@linkcode nasBench201Class}: it is the same network, although a part of it that the output does
 * not depend on may cost something.
 */
export class TrainedTable {
  /** How the networks were trained. */
  readonly recipe: TableRecipe;
  /** The space they are from, with all of its 15,625 architectures. */
  readonly space: SearchSpace<NasBench201Arch>;
  /** The trained architectures, in the table's order: a random one, so that any start is a sample. */
  readonly entries: readonly TrainedArch[];
  readonly #rows: readonly TableRow[];
  readonly #byClass: ReadonlyMap<string, TrainedArch>;
  #known: SearchSpace<NasBench201Arch> | undefined;

  /**
   * Groups rows by architecture.
   *
   * @throws {RangeError} When a row is there twice, or rows contradict each other.
   */
  constructor(recipe: TableRecipe, rows: readonly TableRow[]) {
    this.recipe = recipe;
    this.space = tableSpace(recipe);
    this.#rows = rows;
    const groups = Map.groupBy(
      rows.toSorted((a, b) => a.index - b.index || a.repeat - b.repeat),
      ({ index }) => index,
    );
    this.entries = [...groups.values()].map((group) => entryOf(group, this.space));
    this.#byClass = new Map(this.entries.map((entry) => [nasBench201Class(entry.arch), entry]));
    if (this.#byClass.size < this.entries.length) {
      throw new RangeError("Cannot make table: an architecture has two indices");
    }
  }

  /** Whether an architecture is known: as such, as six digits, or as the benchmark's text. */
  has(arch: NasBench201Arch | string): boolean {
    return this.#byClass.has(nasBench201Class(this.#read(arch)));
  }

  /**
   * What is known of an architecture, given as such, as six digits, or as the benchmark's text.
   *
   * @throws {RangeError} When it is not known.
   * @throws {SyntaxError} When a text is not an architecture.
   */
  get(arch: NasBench201Arch | string): TrainedArch {
    const wanted = this.#read(arch);
    const entry = this.#byClass.get(nasBench201Class(wanted));
    if (entry === undefined) {
      throw new RangeError(
        `Cannot look up ${this.space.encode(wanted)}: the table has ${this.entries.length} of ` +
          `${networks} networks and not this one; search in its \`known\` to meet only those`,
      );
    }
    return entry;
  }

  /**
   * The architectures that the table knows as a space: a search within never meets another. All of
   * `space` once the table is complete.
   *
   * @throws {RangeError} When the table is empty.
   */
  get known(): SearchSpace<NasBench201Arch> {
    if (this.#known === undefined) {
      const members = [...this.space.enumerate()].filter((arch) => this.has(arch));
      this.#known = BigInt(members.length) === this.space.size
        ? this.space
        : subspace(this.space, members, { name: `${this.entries.length} trained` });
    }
    return this.#known;
  }

  /**
   * How far two trainings of an architecture agree: what no method can be better than. Of those
   * architectures that were trained more than once.
   */
  noise(): TableNoise {
    return describeNoise(this.entries);
  }

  /** The table as plain JSON, as its files hold it. */
  toJSON(): TrainedTableData {
    const lines = [tableHeader(this.recipe), ...this.#rows.map(formatRow)];
    return { recipe: this.recipe, csv: lines.join("\n") + "\n" };
  }

  /**
   * The table that `toJSON` gave.
   *
   * @throws {SyntaxError} When a line is not a row.
   * @throws {RangeError} When a row is there twice, or rows contradict each other.
   */
  static from({ recipe, csv }: TrainedTableData): TrainedTable {
    return new TrainedTable(recipe, parseTable(csv, tableHeader(recipe)));
  }

  /** The table in a line. */
  toString(): string {
    const { train, size, training } = this.recipe;
    return `${this.entries.length} of ${networks} networks of ${this.space.name}, ${this.#rows.length} ` +
      `trainings: ${train} images of ${size}x${size}, ${fullRecipe(training).epochs} epochs`;
  }

  /** How a notebook shows a table. */
  [Symbol.for("Jupyter.display")](): { "text/plain": string } {
    return { "text/plain": this.toString() };
  }

  #read(arch: NasBench201Arch | string): NasBench201Arch {
    if (typeof arch !== "string") return arch;
    return /^[0-4]{6}$/.test(arch)
      ? this.space.fromChoices([...arch].map(Number))
      : this.space.decode(arch);
  }
}

function entryOf(rows: readonly TableRow[], space: SearchSpace<NasBench201Arch>): TrainedArch {
  const { index, operations, params, macs } = rows[0] as TableRow;
  const runs = rows.map((row, k): TrainedRun => {
    if (row.repeat === rows[k - 1]?.repeat) {
      throw new RangeError(
        `Cannot make table: repeat ${row.repeat} of index ${index} is there twice`,
      );
    }
    if (row.operations !== operations || row.params !== params || row.macs !== macs) {
      throw new RangeError(`Cannot make table: the rows of index ${index} are of other networks`);
    }
    return {
      repeat: row.repeat,
      seed: tableSeed(index, row.repeat),
      accuracy: row.validation.at(-1) as number,
      testAccuracy: row.test,
      validationAccuracy: row.validation,
      seconds: row.seconds,
    };
  });
  const arch = space.fromChoices([...operations].map(Number));
  return { arch, operations, index, params, macs, ...meanOf(runs), runs };
}

function meanOf(runs: readonly TrainedRun[]): TrainedFigures {
  const mean = (of: (run: TrainedRun) => number) =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  const epochs = (runs[0] as TrainedRun).validationAccuracy;
  return {
    accuracy: mean(({ accuracy }) => accuracy),
    testAccuracy: mean(({ testAccuracy }) => testAccuracy),
    validationAccuracy: epochs.map((_, e) => mean((run) => run.validationAccuracy[e] as number)),
    seconds: mean(({ seconds }) => seconds),
  };
}
