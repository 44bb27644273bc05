import { fashionMnist, type Splits } from "../data/mod.ts";
import { createRng } from "../engine/rng.ts";
import {
  nasBench201,
  type NasBench201Arch,
  nasBench201Class,
  type SearchSpace,
} from "../space/mod.ts";
import type { TrainRecipe } from "./train.ts";

/** How the networks of a table were trained. Plain JSON. */
export interface TableRecipe {
  /** Channels of the first stage. */
  readonly channels: number;
  /** Cells in each stage. */
  readonly cellsPerStage: number;
  /** Height and width of the images in pixels. */
  readonly size: number;
  /** Images to train on. */
  readonly train: number;
  /** Images to validate on. */
  readonly validation: number;
  /** Images to test on. */
  readonly test: number;
  /** The training of each network. */
  readonly training: TrainRecipe;
}

/** The space that a table's recipe trains in. */
export function tableSpace(recipe: TableRecipe): SearchSpace<NasBench201Arch> {
  const { channels, cellsPerStage, size } = recipe;
  return nasBench201({ channels, cellsPerStage, size, inputChannels: 1 });
}

/** The images that a table's recipe trains and measures on. */
export function tableData({ size, train, validation, test }: TableRecipe): Promise<Splits> {
  return fashionMnist({ size, train, validation, test });
}

/**
 * One architecture of each of the 6,466 uniqueness classes, in the random order in which the table
 * is built, so that the first rows are a fair sample however far it has come.
 */
export function tableOrder(space: SearchSpace<NasBench201Arch>): NasBench201Arch[] {
  const first = new Map<string, NasBench201Arch>();
  for (const arch of space.enumerate()) {
    const id = nasBench201Class(arch);
    if (!first.has(id)) first.set(id, arch);
  }
  return createRng("fashion-201").shuffle([...first.values()]);
}

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

/** The seed of a row's training: with it {@linkcode trainGraph} gives the row again. */
export function tableSeed(index: number, repeat: number): string {
  return `fashion-201/${index}/${repeat}`;
}

/** The first line of a table's CSV file. */
export function tableHeader({ training }: TableRecipe): string {
  const epochs = Array.from({ length: training.epochs ?? 10 }, (_, epoch) => `val_${epoch + 1}`);
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
 * @throws {SyntaxError} On a line that is not a row, with its number; `header` is the first line.
 */
export function parseTable(text: string, header: string): TableRow[] {
  const [first, ...lines] = text.split("\n");
  if (first !== header) {
    throw new SyntaxError(`Cannot read table: line 1 must be "${header}", got "${first}"`);
  }
  const epochs = header.split(",").length - 7;
  return lines.filter((line) => line !== "").map((line, i) => {
    const cells = line.split(",");
    const [index, repeat, operations, ...numbers] = cells as [string, string, string, ...string[]];
    const values = numbers.map(Number);
    if (
      values.length !== epochs + 4 || values.some(Number.isNaN) || !/^[0-4]{6}$/.test(operations)
    ) {
      throw new SyntaxError(`Cannot read table: line ${i + 2} is not a row: "${line}"`);
    }
    const [test, params, macs, seconds] = values.slice(epochs) as [number, number, number, number];
    const validation = values.slice(0, epochs);
    return {
      index: Number(index),
      repeat: Number(repeat),
      operations,
      validation,
      test,
      params,
      macs,
      seconds,
    };
  });
}
