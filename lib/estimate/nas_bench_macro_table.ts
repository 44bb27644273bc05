import { badFile, type RawFile } from "../data/files.ts";
import type { FileLocation } from "../data/mod.ts";
import {
  type EvaluateRecipe,
  nasBenchMacro,
  type NasBenchMacroArch,
  nasBenchMacroOps,
  type SearchSpace,
} from "../space/mod.ts";
import type { BenchmarkRun, BenchmarkTable } from "./benchmark_table.ts";
import { CsvColumns, readPublished } from "./published_file.ts";

/** Options of {@linkcode nasBenchMacroTable}. */
export interface NasBenchMacroTableOptions {
  /**
   * The file, the benchmark's own JSON or a CSV of it; when absent, `nas-bench-macro_cifar10.json` or
   * `nas_bench_macro_cifar10.csv` in the folder that `NASKIT_DATA` names.
   */
  readonly path?: FileLocation;
}

/** What NAS-Bench-Macro says of a network. */
export interface NasBenchMacroEntry {
  /** The network. */
  readonly arch: NasBenchMacroArch;
  /** Top-1 share on the test images of each of three trainings, at the best of its epochs. */
  readonly testAccuracies: readonly [number, number, number];
  /** Their mean. */
  readonly testAccuracy: number;
  /** Trained numbers, as published. */
  readonly params: number;
  /** Multiply-accumulates, as published: without additions of a bias. */
  readonly macs: number;
}

/** The benchmark as numbers, five for each network by its digits in base 3. */
export interface NasBenchMacroData {
  /** Three accuracies as shares, parameters, MACs. */
  readonly numbers: Float64Array;
}

const layers = 8;
const count = nasBenchMacroOps.length ** layers;
const width = 5;
const columns = ["test_acc_1", "test_acc_2", "test_acc_3", "params", "flops"] as const;

/**
 * The published NAS-Bench-Macro (Su et al. 2021): all 6,561 networks, each trained three times on
 * CIFAR-10.
 *
 * It has accuracies on the test images alone, those of the best epoch. As the accuracy that a
 * search sees stands one training, and as the test accuracy the mean of the two others: luck in
 * the one is no luck in the others. It stays an accuracy on images that the training looked at.
 */
export class NasBenchMacroTable implements BenchmarkTable<NasBenchMacroArch, "test"> {
  /** All networks. */
  readonly known: SearchSpace<NasBenchMacroArch> = nasBenchMacro();
  /** What stands for the accuracy that a search sees. */
  readonly fitnesses: readonly ["test"] = ["test"];
  readonly #numbers: Float64Array;
  readonly #runs: (readonly BenchmarkRun[])[] = [];

  /** A table of what {@linkcode nasBenchMacroTable} read. */
  constructor({ numbers }: NasBenchMacroData) {
    this.#numbers = numbers;
  }

  /**
   * What the benchmark says of a network, given as such or as eight digits.
   *
   * @throws {RangeError | SyntaxError} When it is not a network.
   */
  get(arch: NasBenchMacroArch | string): NasBenchMacroEntry {
    const wanted = typeof arch === "string" ? this.known.decode(arch) : arch;
    const start = width * placeOf(wanted);
    const [a, b, c, params, macs] = this.#numbers.subarray(start, start + width) as unknown as [
      number,
      number,
      number,
      number,
      number,
    ];
    return {
      arch: wanted,
      testAccuracies: [a, b, c],
      testAccuracy: (a + b + c) / 3,
      params,
      macs,
    };
  }

  /** How many epochs a training went on for: the paper's 50. */
  epochsOf(): 50 {
    return 50;
  }

  /** Three trainings, each with the mean of the two others as its test. */
  runsOf(arch: NasBenchMacroArch): readonly BenchmarkRun[] {
    return this.#runs[placeOf(arch)] ??= this.#runsOf(arch);
  }

  /** How another thread makes the table. */
  get source(): EvaluateRecipe {
    const data: NasBenchMacroData = { numbers: this.#numbers };
    return { module: import.meta.url, factory: "nasBenchMacroTableOf", args: [data] };
  }

  /** The table in a line. */
  toString(): string {
    return `NAS-Bench-Macro on CIFAR-10: ${count} networks, three trainings each`;
  }

  /** How a notebook shows a table. */
  [Symbol.for("Jupyter.display")](): { "text/plain": string } {
    return { "text/plain": this.toString() };
  }

  #runsOf(arch: NasBenchMacroArch): BenchmarkRun[] {
    const { testAccuracies } = this.get(arch);
    const [a, b, c] = testAccuracies;
    return testAccuracies.map((accuracy) => ({
      accuracy,
      testAccuracy: (a + b + c - accuracy) / 2,
    }));
  }
}

/**
 * Loads the published NAS-Bench-Macro from a file of your own; the kit does not come with it.
 * `./naskit fetch nas-bench-macro` gets it from where its authors keep it.
 *
 * @throws {Deno.errors.NotFound} When there is no file, with what to do.
 * @throws {SyntaxError} When it is neither the benchmark's JSON nor a CSV of it, with the place, or a
 * network is missing.
 *
 * @example
 * ```ts ignore
 * import { nasBenchMacroTable } from "naskit";
 *
 * const table = await nasBenchMacroTable({ path: "nas-bench-macro_cifar10.json" });
 * console.log(table.get("22212220").testAccuracy);
 * ```
 */
export async function nasBenchMacroTable(
  { path }: NasBenchMacroTableOptions = {},
): Promise<NasBenchMacroTable> {
  return new NasBenchMacroTable(parseMacro(
    await readPublished({
      benchmark: "NAS-Bench-Macro",
      names: ["nas-bench-macro_cifar10.json", "nas_bench_macro_cifar10.csv"],
      path,
    }),
  ));
}

/** The table of this data: how a worker gets it. */
export function nasBenchMacroTableOf(data: NasBenchMacroData): NasBenchMacroTable {
  return new NasBenchMacroTable(data);
}

/** Reads the benchmark's JSON, or a CSV of it. Throws as {@linkcode nasBenchMacroTable} does. */
export function parseMacro(file: RawFile): NasBenchMacroData {
  const isJson = String.fromCharCode(...file.bytes.subarray(0, 64)).trimStart().startsWith("{");
  const numbers = new Float64Array(width * count).fill(NaN);
  let rows = 0;
  const add = (text: string, values: readonly number[], fail: (problem: string) => Error) => {
    if (!/^[0-2]{8}$/.test(text)) throw fail(`must have 8 digits from 0 to 2, got "${text}"`);
    const start = width * parseInt(text, nasBenchMacroOps.length);
    if (!Number.isNaN(numbers[start])) throw fail(`has the network ${text} again`);
    values.forEach((value, i) => {
      const isShare = i < 3;
      if (!(isShare ? value >= 0 && value <= 100 : Number.isSafeInteger(value) && value > 0)) {
        throw fail(
          `must have a ${isShare ? "percentage" : "count"} as ${columns[i]}, got ${value}`,
        );
      }
      numbers[start + i] = isShare ? value / 100 : value;
    });
    rows++;
  };
  if (isJson) {
    for (const [text, entry] of Object.entries(readJson(file))) {
      const { test_acc: accuracies, params, flops } = Object(entry);
      const values = [...(Array.isArray(accuracies) ? accuracies : []), params, flops];
      const fail = (problem: string) => badFile(file, `"${text}" ${problem}`);
      if (values.length !== width) throw fail("must have three numbers as test_acc");
      add(text, values, fail);
    }
  } else {
    const csv = new CsvColumns(file);
    const [arch, ...places] = ["arch", ...columns].map((name) => csv.indexOf(name));
    csv.rows.forEach((fields, row) => {
      const values = places.map((column) => Number(fields[column] || NaN));
      add(fields[arch as number] as string, values, (problem) => csv.error(row, problem));
    });
  }
  if (rows < count) throw badFile(file, `it must have all ${count} networks, got ${rows}`);
  return { numbers };
}

function readJson(file: RawFile): Record<string, unknown> {
  try {
    return JSON.parse(new TextDecoder().decode(file.bytes));
  } catch (error) {
    throw badFile(file, `it is not JSON: ${(error as Error).message}`);
  }
}

/** The layers as digits of a number in base 3. */
function placeOf(arch: NasBenchMacroArch): number {
  let place = 0;
  for (const op of arch) {
    const digit = nasBenchMacroOps.indexOf(op);
    place = digit < 0 ? NaN : nasBenchMacroOps.length * place + digit;
  }
  if (arch.length === layers && place >= 0) return place;
  throw new RangeError(
    `Cannot look up ${JSON.stringify(arch)}: it is not a network of NAS-Bench-Macro`,
  );
}
