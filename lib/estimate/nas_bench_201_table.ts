import type { FileLocation } from "../data/mod.ts";
import {
  type EvaluateRecipe,
  nasBench201,
  type NasBench201Arch,
  type NasBench201Op,
  nasBench201Ops,
  type SearchSpace,
} from "../space/mod.ts";
import type { BenchmarkRun, BenchmarkTable } from "./benchmark_table.ts";
import { cellCount, cellNumber } from "./cell_number.ts";
import { CsvColumns, readPublished } from "./published_file.ts";

/** The data sets of NAS-Bench-201; the last is ImageNet16-120, 120 classes at 16x16 pixels. */
export type NasBench201Dataset = "cifar10" | "cifar100" | "imageNet16";

/**
 * What can stand for the accuracy that a search sees. `validation12` is that on the validation images
 * after a training of 12 epochs. Of those on the test images, `test200` after 200 epochs is what
 * is reported: a search that sees it has no noise to overcome, and looks at the test set.
 * `validation200` is there when the file has it.
 */
export type NasBench201Fitness = "validation12" | "validation200" | "test12" | "test200";

/** Options of {@linkcode nasBench201Table}. */
export interface NasBench201TableOptions {
  /** Which data set the networks were trained on; `"cifar10"` when absent. */
  readonly dataset?: NasBench201Dataset;
  /** The CSV file; `nasbench201.csv` in the folder that `NASKIT_DATA` names when absent. */
  readonly path?: FileLocation;
}

/** What NAS-Bench-201 says of an architecture: top-1 shares. */
export interface NasBench201Entry {
  /** Its place in the order of the benchmark. */
  readonly index: number;
  /** The architecture. */
  readonly arch: NasBench201Arch;
  /** On the test images after a training of 200 epochs. */
  readonly testAccuracy: number;
  /** On the validation images after a training of 12 epochs. */
  readonly validation12: number;
  /** On the test images after a training of 12 epochs. */
  readonly test12: number;
}

/** A data set's part of the benchmark, a number for each architecture by its digits in base 5. */
export interface NasBench201Data {
  /** Which data set. */
  readonly dataset: NasBench201Dataset;
  /** Places in the order of the benchmark. */
  readonly index: Int32Array;
  /** Accuracies as shares; `test200`, `validation12` and `test12` are always there. */
  readonly accuracies: { readonly [fitness in NasBench201Fitness]?: Float64Array };
  /** Seconds of training by the number of epochs, where the file has them. */
  readonly seconds: { readonly [epochs in 12 | 200]?: Float64Array };
}

const datasets = {
  cifar10: { column: "c10", validation: "c10valid_valid", size: 32, classes: 10 },
  cifar100: { column: "c100", validation: "c100_valid", size: 32, classes: 100 },
  imageNet16: { column: "in16", validation: "in16_valid", size: 16, classes: 120 },
} as const;

/**
 * The published NAS-Bench-201 (Dong & Yang 2020), which is also the topology space of NATS-Bench: all
 * 15,625 cells, trained on one of three data sets. Means over its trainings, where it has several.
 *
 * Of equal networks, see {@linkcode nasBench201Class}, each has its own training here. The space
 * counts costs as the benchmark does for this data set.
 */
export class NasBench201Table implements BenchmarkTable<NasBench201Arch, NasBench201Fitness> {
  /** Which data set the networks were trained on. */
  readonly dataset: NasBench201Dataset;
  /** All architectures. */
  readonly known: SearchSpace<NasBench201Arch>;
  /** What can stand for the accuracy that a search sees. */
  readonly fitnesses: readonly NasBench201Fitness[];
  readonly #data: NasBench201Data;
  readonly #runs: { [fitness in NasBench201Fitness]?: (readonly [BenchmarkRun])[] } = {};

  /** A table of what {@linkcode nasBench201Table} read. */
  constructor(data: NasBench201Data) {
    const { size, classes } = datasets[data.dataset];
    this.dataset = data.dataset;
    this.#data = data;
    this.known = nasBench201({ size, classes });
    const all = ["validation12", "validation200", "test12", "test200"] as const;
    this.fitnesses = all.filter((fitness) => data.accuracies[fitness] !== undefined);
  }

  /**
   * What the benchmark says of an architecture, given as such, as six digits, or as its text.
   *
   * @throws {RangeError | SyntaxError} When it is not an architecture.
   */
  get(arch: NasBench201Arch | string): NasBench201Entry {
    const wanted = typeof arch !== "string"
      ? arch
      : /^[0-4]{6}$/.test(arch)
      ? this.known.fromChoices([...arch].map(Number))
      : this.known.decode(arch);
    const at = cellNumber(wanted);
    const value = (fitness: NasBench201Fitness) => this.#data.accuracies[fitness]?.[at] as number;
    return {
      index: this.#data.index[at] as number,
      arch: wanted,
      testAccuracy: value("test200"),
      validation12: value("validation12"),
      test12: value("test12"),
    };
  }

  /** How many epochs a training went on for. */
  epochsOf(fitness: NasBench201Fitness): 12 | 200 {
    return fitness.endsWith("12") ? 12 : 200;
  }

  /** What {@linkcode tabular} gives: the fitness as the accuracy, and the test after 200 epochs. */
  runsOf(arch: NasBench201Arch, fitness: NasBench201Fitness): readonly [BenchmarkRun] {
    const runs = this.#runs[fitness] ??= [];
    const at = cellNumber(arch);
    return runs[at] ??= [this.#run(at, fitness)];
  }

  /** How another thread makes the table. */
  get source(): EvaluateRecipe {
    return { module: import.meta.url, factory: "nasBench201TableOf", args: [this.#data] };
  }

  /** The table in a line. */
  toString(): string {
    return `NAS-Bench-201 on ${this.dataset}: ${cellCount} architectures`;
  }

  /** How a notebook shows a table. */
  [Symbol.for("Jupyter.display")](): { "text/plain": string } {
    return { "text/plain": this.toString() };
  }

  #run(at: number, fitness: NasBench201Fitness): BenchmarkRun {
    const { accuracies, seconds } = this.#data;
    const took = seconds[this.epochsOf(fitness)]?.[at];
    return {
      accuracy: accuracies[fitness]?.[at] as number,
      testAccuracy: accuracies.test200?.[at] as number,
      ...(took === undefined ? {} : { seconds: took }),
    };
  }
}

/**
 * Loads the published NAS-Bench-201 from a CSV file of your own; the kit does not come with it.
 * `data/tables/README.md` tells how to get one.
 *
 * A row is an architecture: `index`, its text `arch`, and accuracies in percent, with a column for
 * each data set (`c10`, `c100`, `in16`) and kind of training, such as `c100_test_acc_200ep`,
 * `c100_test_acc_12ep`, `c100_valid_acc_12ep` (for CIFAR-10 `c10valid_valid_acc_12ep`). Optional are
 * `c100_valid_acc_200ep`, and the seconds of a training, `c100_seconds_12ep`. Other columns may be
 * there.
 *
 * @throws {Deno.errors.NotFound} When there is no file, with what to do.
 * @throws {SyntaxError} When a line is not such a row, with its number, or an architecture is missing.
 * @throws {RangeError} When there is no such data set.
 *
 * @example Search on CIFAR-100
 * ```ts ignore
 * import { maximize, nasBench201Table, randomSearch, search, tabular } from "naskit";
 *
 * const table = await nasBench201Table({ dataset: "cifar100", path: "nasbench201.csv" });
 * const study = await search({
 *   space: table.known,
 *   strategy: randomSearch(),
 *   evaluate: tabular(table),
 *   objective: maximize("accuracy"),
 *   budget: { trials: 100 },
 *   seed: "nas",
 * });
 * console.log(study.best().metrics.testAccuracy);
 * ```
 */
export async function nasBench201Table(
  { dataset = "cifar10", path }: NasBench201TableOptions = {},
): Promise<NasBench201Table> {
  if (!Object.hasOwn(datasets, dataset)) {
    throw new RangeError(
      `Cannot load NAS-Bench-201: dataset must be one of ${
        Object.keys(datasets).join(", ")
      }, got ${dataset}`,
    );
  }
  const file = await readPublished({
    benchmark: "NAS-Bench-201",
    names: ["nasbench201.csv", "nasbench201.csv.gz"],
    path,
  });
  return new NasBench201Table(readColumns(new CsvColumns(file), dataset));
}

/** The table of this data: how a worker gets it. */
export function nasBench201TableOf(data: NasBench201Data): NasBench201Table {
  return new NasBench201Table(data);
}

function readColumns(csv: CsvColumns, dataset: NasBench201Dataset): NasBench201Data {
  const { column: prefix, validation } = datasets[dataset];
  const names = {
    validation12: `${validation}_acc_12ep`,
    validation200: `${validation}_acc_200ep`,
    test12: `${prefix}_test_acc_12ep`,
    test200: `${prefix}_test_acc_200ep`,
  };
  const isThere = (name: string) => csv.names.includes(name);
  const required = ["validation12", "test12", "test200"];
  const fitnesses = (Object.keys(names) as NasBench201Fitness[])
    .filter((fitness) => required.includes(fitness) || isThere(names[fitness]));
  const places = placesOf(csv);
  const read = (name: string, limits: readonly [number, number], scale = 1): Float64Array => {
    const column = csv.indexOf(name);
    const values = new Float64Array(cellCount);
    places.forEach((at, row) => values[at] = csv.number(row, column, limits) / scale);
    return values;
  };
  const index = csv.indexOf("index");
  const indices = new Int32Array(cellCount);
  places.forEach((at, row) => indices[at] = csv.number(row, index, [0, cellCount - 1]));
  return {
    dataset,
    index: indices,
    accuracies: Object.fromEntries(
      fitnesses.map((fitness) => [fitness, read(names[fitness], [0, 100], 100)]),
    ),
    seconds: Object.fromEntries(
      [12, 200].flatMap((epochs) => {
        const name = `${prefix}_seconds_${epochs}ep`;
        return isThere(name) ? [[epochs, read(name, [0, 1e9])]] : [];
      }),
    ),
  };
}

/** The place of each row's architecture; all must be there, once. */
function placesOf(csv: CsvColumns): Int32Array {
  const space = nasBench201();
  const column = csv.indexOf("arch");
  const seen = new Int32Array(cellCount).fill(-1);
  const places = new Int32Array(csv.rows.length);
  csv.rows.forEach((fields, row) => {
    let at: number;
    try {
      const field = fields[column] as string;
      const ops = text.exec(field)?.slice(1);
      at = cellNumber(ops?.every(isOp) ? ops : space.decode(field));
    } catch (error) {
      throw csv.error(row, `must have an architecture: ${(error as Error).message}`);
    }
    const before = seen[at] as number;
    if (before >= 0) throw csv.error(row, `has the architecture of line ${before + 2} again`);
    seen[at] = row;
    places[row] = at;
  });
  if (csv.rows.length < cellCount) {
    throw csv.error(csv.rows.length, `must be a row: ${csv.rows.length} of ${cellCount} are there`);
  }
  return places;
}

/** An architecture's text, read in one go; what does not fit is left to the space to complain about. */
const text = /^\|(\w+)~0\|\+\|(\w+)~0\|(\w+)~1\|\+\|(\w+)~0\|(\w+)~1\|(\w+)~2\|$/;

function isOp(op: string): op is NasBench201Op {
  return nasBench201Ops.includes(op as NasBench201Op);
}
