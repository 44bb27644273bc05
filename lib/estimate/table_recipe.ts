import { fashionMnist, type Splits } from "../data/mod.ts";
import { createRng } from "../engine/rng.ts";
import {
  nasBench201,
  type NasBench201Arch,
  nasBench201Class,
  type NasBench201Op,
  nasBench201Ops,
  type SearchSpace,
} from "../space/mod.ts";
import { fullRecipe, type TrainRecipe } from "./train_recipe.ts";

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

/**
 * Reads a table's recipe from JSON.
 *
 * @throws {SyntaxError} When it is not the JSON of a recipe, with what is wrong.
 */
export function parseRecipe(text: string): TableRecipe {
  const fail = (problem: string, cause?: unknown): never => {
    throw new SyntaxError(`Cannot read the table's recipe: ${problem}`, { cause });
  };
  let recipe: TableRecipe;
  try {
    recipe = JSON.parse(text);
  } catch (error) {
    return fail((error as Error).message, error);
  }
  if (typeof recipe !== "object" || recipe === null) {
    return fail(`it must be an object, got ${text}`);
  }
  for (
    const name of ["channels", "cellsPerStage", "size", "train", "validation", "test"] as const
  ) {
    if (!Number.isSafeInteger(recipe[name]) || recipe[name] < 1) {
      fail(`${name} must be a positive whole number, got ${JSON.stringify(recipe[name])}`);
    }
  }
  if (typeof recipe.training !== "object" || recipe.training === null) {
    fail(`training must be an object, got ${JSON.stringify(recipe.training)}`);
  }
  try {
    fullRecipe(recipe.training);
  } catch (error) {
    fail(`training: ${(error as Error).message}`, error);
  }
  return recipe;
}

/** The space that a table's recipe trains in, or the part of it with these operations. */
export function tableSpace(
  recipe: TableRecipe,
  operations: readonly NasBench201Op[] = nasBench201Ops,
): SearchSpace<NasBench201Arch> {
  const { channels, cellsPerStage, size } = recipe;
  return nasBench201({ channels, cellsPerStage, size, inputChannels: 1, operations });
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

/** The seed of a row's training: with it {@linkcode trainGraph} gives the row again. */
export function tableSeed(index: number, repeat: number): string {
  return `fashion-201/${index}/${repeat}`;
}
