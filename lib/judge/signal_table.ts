import type { FileLocation } from "../data/mod.ts";
import { locate, readFile } from "../data/files.ts";
import type { Fidelity, TableRecipe, TrainedTable } from "../estimate/mod.ts";
import type { RecordedTraining } from "./curve_signals.ts";
import { parseScores, type ScoreRow } from "./score_rows.ts";
import type { SignalColumn } from "./signal_value.ts";

/** Options of {@linkcode fashion201Signals}. */
export interface Fashion201SignalsOptions {
  /** A folder with `signals_fashion_201.csv`; `data/tables` of the kit when absent. */
  readonly folder?: FileLocation;
}

/** How many of the validation images, the first ones, the accuracy of a cheaper training is taken on. */
export const cheaperValidation = 1000;

/** What the column of a whole training's beginning is called. */
export const beginningName = "beginning";

type Smaller = (recipe: Pick<TableRecipe, "train" | "size">) => Fidelity;

const smaller = {
  "1 epoch as a whole": () => ({ epochs: 1 }),
  "an eighth of the images": ({ train }) => ({ images: Math.max(1, Math.floor(train / 8)) }),
  "half the size for 3 epochs": ({ size }) => ({ size: Math.ceil(size / 2), epochs: 3 }),
  "half as wide for 1 epoch": () => ({ width: 0.5, epochs: 1 }),
  "less of all": ({ train, size }) => (
    { size: Math.ceil(size / 2), epochs: 4, images: Math.ceil(train / 3.5) }
  ),
} satisfies { readonly [name: string]: Smaller };

/**
 * The trainings that are cheaper than those of a table, by name: all but the last are short or small in one
 * respect or two. What part of a whole training each takes is measured and not promised.
 *
 * @param recipe How the networks of the table were trained.
 *
 * @example
 * ```ts
 * import { cheaperTrainings, fashion201 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { recipe } = await fashion201();
 * assertEquals(cheaperTrainings(recipe)["half as wide for 1 epoch"], { width: 0.5, epochs: 1 });
 * ```
 */
export function cheaperTrainings(
  recipe: Pick<TableRecipe, "train" | "size">,
): { readonly [name: string]: Fidelity } {
  return Object.fromEntries(
    Object.entries<Smaller>(smaller).map(([name, of]) => [name, of(recipe)]),
  );
}

/** What the column of the mean training loss of an epoch of that beginning is called. */
export function lossName(epoch: number): string {
  return `loss_${epoch}`;
}

/** How many epochs of a whole training its beginning has. */
export function beginningEpochs(epochs: number): number {
  return Math.ceil(epochs / 2);
}

/**
 * What smaller trainings say of networks whose whole trainings are on record, and how many CPU seconds they took,
 * written down. Loaded by {@linkcode fashion201Signals}.
 */
export class SignalTable {
  /** What is known of each network, in the order of building. */
  readonly rows: readonly ScoreRow[];

  /**
   * A table of the text of its file.
   *
   * @throws {SyntaxError} When a line is not a row, with its number, or lacks a signal.
   */
  constructor(csv: string) {
    const { proxies, rows } = parseScores(csv);
    for (const { index, scores } of rows) {
      const lacking = proxies.find((name) => scores[name] === undefined);
      if (lacking === undefined) continue;
      throw new SyntaxError(`Cannot read signals: the network of index ${index} lacks ${lacking}`);
    }
    this.rows = rows;
  }

  /**
   * The accuracies of the {@linkcode cheaperTrainings}, a column for each, networks in the order of the rows: what
   * {@linkcode signalValue} takes.
   *
   * @param group What kind of signal they are.
   */
  columns(group = "smaller training"): SignalColumn[] {
    return Object.keys(smaller).map((name) => ({
      name,
      group,
      values: this.rows.map(({ scores }) => scores[name] as number),
      seconds: this.rows.map(({ seconds }) => seconds[name] as number),
    }));
  }

  /**
   * The networks' whole trainings, for {@linkcode curveSignals}: the curves of the table's first training of each,
   * the losses of its first epochs, and its seconds as those of these epochs make them.
   *
   * @throws {RangeError} When the table does not know a network.
   */
  trainings(table: TrainedTable): RecordedTraining[] {
    const epochs = table.epochsOf();
    const seen = Array.from({ length: beginningEpochs(epochs) }, (_, i) => i + 1);
    return this.rows.map(({ operations, scores, seconds }) => ({
      validationAccuracy: table.get(operations).runs[0]!.validationAccuracy,
      trainLoss: seen.map((epoch) => scores[lossName(epoch)] as number),
      seconds: (seconds[beginningName] as number) * epochs / seen.length,
    }));
  }

  /** The table in a line. */
  toString(): string {
    return `${this.rows.length} networks, each in ${this.columns().length} smaller trainings`;
  }

  /** How a notebook shows a table. */
  [Symbol.for("Jupyter.display")](): { "text/plain": string } {
    return { "text/plain": this.toString() };
  }
}

/**
 * What smaller trainings say of networks that {@linkcode fashion201} has three trainings of, with the CPU
 * seconds that they took. `data/tables/README.md` tells how they were made.
 *
 * @throws {Deno.errors.NotFound} When there is no such file.
 * @throws {SyntaxError} When it is damaged.
 *
 * @example How well does the accuracy of each rank?
 * ```ts
 * import { fashion201, fashion201Signals, signalValue } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const trained = await fashion201(), signals = await fashion201Signals();
 * const accuracies = signals.rows.map(({ operations }) => trained.get(operations).testAccuracy);
 * for (const { label, x, y } of signalValue(signals.columns(), accuracies, { resamples: 0 })) {
 *   assert(x > 0 && y > 0, label);
 * }
 * ```
 */
export async function fashion201Signals(
  { folder = shipped }: Fashion201SignalsOptions = {},
): Promise<SignalTable> {
  const { bytes } = await readFile(locate(folder, "signals_fashion_201.csv"));
  return new SignalTable(new TextDecoder().decode(bytes));
}

const shipped = new URL("../../data/tables/", import.meta.url);
