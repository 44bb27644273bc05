import type { TableRecipe } from "./table_recipe.ts";
import { fullRecipe } from "./train_recipe.ts";

/** One training of one architecture. */
export interface TableRow {
  /** The architecture's place in {@linkcode tableOrder}. */
  readonly index: number;
  /** Which repeat of the training this is, from 0. */
  readonly repeat: number;
  /** The architecture's operations as digits, in the order of its edges. */
  readonly operations: string;
  /** Top-1 share on the validation images after each epoch. */
  readonly validation: readonly number[];
  /** Top-1 share on the test images after the last epoch. */
  readonly test: number;
  /** Trained numbers. */
  readonly params: number;
  /** Multiply-accumulates for one image. */
  readonly macs: number;
  /** Seconds of training and measuring on one core. */
  readonly seconds: number;
}

/** The first line of a table's CSV file. */
export function tableHeader({ training }: TableRecipe): string {
  const epochs = Array.from(
    { length: fullRecipe(training).epochs },
    (_, epoch) => `val_${epoch + 1}`,
  );
  return `index,repeat,operations,${epochs.join(",")},test,params,macs,seconds`;
}

/** A row as a line of CSV. */
export function formatRow(row: TableRow): string {
  const shares = [...row.validation, row.test].map((share) => share.toFixed(4));
  const { index, repeat, operations, params, macs, seconds } = row;
  return [index, repeat, operations, ...shares, params, macs, seconds.toFixed(1)].join(",");
}

/**
 * Reads the lines of a table's CSV file.
 *
 * @throws {SyntaxError} On a line that is not a row or not whole, with its number; `header` is the
 * first line.
 */
export function parseTable(text: string, header: string): TableRow[] {
  const [first, ...lines] = text.split("\n");
  if (first !== header) {
    throw new SyntaxError(`Cannot read table: line 1 must be "${header}", got "${first}"`);
  }
  if (lines.pop() !== "") {
    throw new SyntaxError(
      `Cannot read table: line ${lines.length + 2}, the last, was cut off while it was written`,
    );
  }
  const epochs = header.split(",").length - 7;
  return lines.map((line, i) => {
    const [index, repeat, operations, ...rest] = line.split(",");
    const values = rest.map(Number);
    const [test, params, macs, seconds] = values.slice(epochs) as [number, number, number, number];
    const row = {
      index: Number(index),
      repeat: Number(repeat),
      operations: operations ?? "",
      validation: values.slice(0, epochs),
      test,
      params,
      macs,
      seconds,
    };
    if (values.length !== epochs + 4 || rest.includes("") || !isRow(row)) {
      throw new SyntaxError(`Cannot read table: line ${i + 2} is not a row: "${line}"`);
    }
    return row;
  });
}

function isRow({ index, repeat, operations, validation, test, ...row }: TableRow): boolean {
  const counts = [index, repeat, row.params, row.macs];
  return counts.every((count) => Number.isSafeInteger(count) && count >= 0) &&
    /^[0-4]{6}$/.test(operations) && row.seconds >= 0 && row.seconds < Infinity &&
    [...validation, test].every((share) => share >= 0 && share <= 1);
}
