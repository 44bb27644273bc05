import type { Splits } from "../data/mod.ts";
import {
  type EvaluateRecipe,
  type NasBench201Arch,
  type NasBench201Op,
  nasBench201Ops,
  type SearchSpace,
  subspace,
} from "../space/mod.ts";
import type { BenchmarkTable } from "./benchmark_table.ts";
import { cellClass, cellNumber } from "./cell_number.ts";
import { type OperationsPart, operationsParts } from "./complete_parts.ts";
import { describeNoise, type TableNoise } from "./table_noise.ts";
import { tableData, type TableRecipe, tableSeed, tableSpace } from "./table_recipe.ts";
import { formatRow, parseTable, tableHeader, type TableRow } from "./table_rows.ts";
import { fullRecipe } from "./train_recipe.ts";

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
  /** The operations of its cells, when it is a part of a table; all when absent. */
  readonly operations?: readonly NasBench201Op[];
}

/** Which part of a table {@linkcode TrainedTable.within} gives. */
export interface TablePart {
  /** The operations that its cells are made of. */
  readonly operations: readonly NasBench201Op[];
}

/**
 * A tabular benchmark: trainings of NAS-Bench-201 architectures that were all made with one recipe,
 * to look up instead of training. Made by {@linkcode fashion201}; searched with
 * {@linkcode tabular}.
 *
 * An architecture is known when one of its uniqueness class was trained, see
 * {@linkcode nasBench201Class}: it is the same network, although a part of it that the output does
 * not depend on may cost something.
 */
export class TrainedTable implements BenchmarkTable<NasBench201Arch, "validation"> {
  /** How the networks were trained. */
  readonly recipe: TableRecipe;
  /** The space they are from: all of its 15,625 architectures, unless this is a part of a table. */
  readonly space: SearchSpace<NasBench201Arch>;
  /** The trained architectures, by index. For a sample of them take {@linkcode TrainedTable.sample}. */
  readonly entries: readonly TrainedArch[];
  /** What stands for the accuracy that a search sees: that on the validation images. */
  readonly fitnesses: readonly ["validation"] = ["validation"];
  readonly #rows: readonly TableRow[];
  readonly #operations: readonly NasBench201Op[];
  readonly #byClass: ReadonlyMap<string, TrainedArch>;
  /** By the number of the cell; `null` stands for what is not known. */
  readonly #byNumber: (TrainedArch | null | undefined)[] = [];
  #known: SearchSpace<NasBench201Arch> | undefined;
  #parts: readonly OperationsPart[] | undefined;

  /**
   * Groups rows by architecture.
   *
   * @throws {RangeError} When a row is there twice, or rows contradict each other.
   */
  constructor(
    recipe: TableRecipe,
    rows: readonly TableRow[],
    { operations }: TablePart = { operations: nasBench201Ops },
  ) {
    this.recipe = recipe;
    const whole = tableSpace(recipe);
    const isWhole = operations.length === nasBench201Ops.length;
    this.space = isWhole ? whole : tableSpace(recipe, operations);
    this.#rows = rows;
    this.#operations = operations;
    const groups = Map.groupBy(
      rows.toSorted((a, b) => a.index - b.index || a.repeat - b.repeat),
      ({ index }) => index,
    );
    this.entries = [...groups.values()].map((group) => entryOf(group, whole));
    this.#byClass = new Map(this.entries.map((entry) => [cellClass(entry.arch), entry]));
    if (this.#byClass.size < this.entries.length) {
      throw new RangeError("Cannot make table: an architecture has two indices");
    }
  }

  /** Whether an architecture is known: as such, as six digits, or as the benchmark's text. */
  has(arch: NasBench201Arch | string): boolean {
    return this.#find(this.#read(arch)) !== null;
  }

  /**
   * What is known of an architecture, given as such, as six digits, or as the benchmark's text.
   *
   * @throws {RangeError} When it is not known.
   * @throws {SyntaxError} When a text is not an architecture.
   */
  get(arch: NasBench201Arch | string): TrainedArch {
    const wanted = this.#read(arch);
    const entry = this.#find(wanted);
    if (entry === null) {
      throw new RangeError(
        `Cannot look up ${this.space.encode(wanted)}: the table has ${this.#count()} ` +
          "and not this one; search in its `known` to meet only those",
      );
    }
    return entry;
  }

  /** The trainings of an architecture, as {@linkcode tabular} wants them. */
  runsOf(arch: NasBench201Arch): readonly TrainedRun[] {
    return this.get(arch).runs;
  }

  /** How many epochs a training went on for. */
  epochsOf(): number {
    return fullRecipe(this.recipe.training).epochs;
  }

  /** The images that the trainings were on. */
  data(): Promise<Splits> {
    return tableData(this.recipe);
  }

  /** How another thread makes the table. */
  get source(): EvaluateRecipe {
    return { module: import.meta.url, factory: "trainedTableOf", args: [this.toJSON()] };
  }

  /**
   * A fair sample of the networks of the space: all of them when all are known, otherwise those
   * that come in the table's random order before the first that is missing. Networks after that
   * were trained for what they are made of, and are no sample.
   */
  get sample(): readonly TrainedArch[] {
    if (this.known === this.space) return this.entries;
    const gap = this.entries.findIndex(({ index }, i) => index !== i);
    return gap < 0 ? this.entries : this.entries.slice(0, gap);
  }

  /**
   * The sets of operations of which every network is known, so that {@linkcode TrainedTable.within}
   * takes them; those that make the most cells first, and none that lies in another one.
   */
  complete(): OperationsPart[] {
    this.#parts ??= operationsParts(this);
    const complete = this.#parts.filter(({ missing, operations }) =>
      missing === 0 && operations.every((op) => this.#operations.includes(op))
    );
    return complete.filter(({ operations }) =>
      !complete.some((other) =>
        other.operations.length > operations.length &&
        operations.every((op) => other.operations.includes(op))
      )
    );
  }

  /**
   * The part of the table whose cells are made of some of the operations and no other. Its `space`
   * is that of these cells, each edge with as many options, and all of its networks are known.
   *
   * @throws {RangeError} When some are not known, with their number, or the operations are none of the
   * benchmark's.
   *
   * @example
   * ```ts
   * import { fashion201 } from "naskit";
   * import { assertEquals } from "@std/assert";
   *
   * const table = await fashion201();
   * const { operations } = table.complete()[0]!;
   * const part = table.within({ operations });
   * assertEquals(part.space.size, BigInt(operations.length) ** 6n);
   * assertEquals(part.known, part.space);
   * ```
   */
  within({ operations }: TablePart): TrainedTable {
    const isWhole = operations.length === nasBench201Ops.length;
    const space = isWhole ? this.space : tableSpace(this.recipe, operations);
    const classes = new Set<string>();
    for (const arch of space.enumerate()) classes.add(cellClass(arch));
    const missing = [...classes].filter((name) => !this.#byClass.has(name)).length;
    if (missing > 0) {
      throw new RangeError(
        `Cannot take the part of the table with ${operations.join(", ")}: ` +
          `${missing} of its ${classes.size} networks are not known; complete() lists the parts ` +
          "of which all are",
      );
    }
    if (isWhole) return this;
    const wanted = new Set<number>();
    for (const [name, { index }] of this.#byClass) if (classes.has(name)) wanted.add(index);
    return new TrainedTable(
      this.recipe,
      this.#rows.filter(({ index }) => wanted.has(index)),
      { operations },
    );
  }

  /**
   * The architectures that the table knows as a space: a search within never meets another. It is
   * `space` itself when the table knows all of it.
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
    return {
      recipe: this.recipe,
      csv: lines.join("\n") + "\n",
      ...(this.#operations.length < nasBench201Ops.length ? { operations: this.#operations } : {}),
    };
  }

  /**
   * The table that `toJSON` gave.
   *
   * @throws {SyntaxError} When a line is not a row.
   * @throws {RangeError} When a row is there twice, or rows contradict each other.
   */
  static from({ recipe, csv, operations = nasBench201Ops }: TrainedTableData): TrainedTable {
    return new TrainedTable(recipe, parseTable(csv, tableHeader(recipe)), { operations });
  }

  /** The table in a line. */
  toString(): string {
    const { train, size, training } = this.recipe;
    return `${this.#count()} of ${this.space.name}, ${this.#rows.length} ` +
      `trainings: ${train} images of ${size}x${size}, ${fullRecipe(training).epochs} epochs`;
  }

  /** How a notebook shows a table. */
  [Symbol.for("Jupyter.display")](): { "text/plain": string } {
    return { "text/plain": this.toString() };
  }

  #count(): string {
    const isWhole = this.#operations.length === nasBench201Ops.length;
    return `${this.entries.length} of ${isWhole ? networks : this.entries.length} networks`;
  }

  #read(arch: NasBench201Arch | string): NasBench201Arch {
    if (typeof arch !== "string") return arch;
    return /^[0-4]{6}$/.test(arch)
      ? [...arch].map((digit) => nasBench201Ops[Number(digit)] as NasBench201Op)
      : this.space.decode(arch);
  }

  /** What is known of an architecture, `null` for nothing; its class is worked out once. */
  #find(arch: NasBench201Arch): TrainedArch | null {
    return this.#byNumber[cellNumber(arch)] ??= this.#byClass.get(cellClass(arch)) ?? null;
  }
}

/** The table that `toJSON` gave: how a worker gets it. */
export function trainedTableOf(data: TrainedTableData): TrainedTable {
  return TrainedTable.from(data);
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
