import type { FileLocation } from "../data/mod.ts";
import { locate, readFile } from "../data/files.ts";
import { parseRecipe } from "./table_recipe.ts";
import { TrainedTable } from "./trained_table.ts";

/** Options of {@linkcode fashion201}. */
export interface Fashion201Options {
  /** A folder with `fashion_201.json` and `fashion_201.csv`; those of the kit when absent. */
  readonly folder?: FileLocation;
}

const shipped = new URL("../../data/tables/", import.meta.url);

/**
 * The tabular benchmark that ships with the kit: NAS-Bench-201 architectures trained on
 * Fashion-MNIST by the kit itself, with a recipe small enough that any row can be checked by
 * training it again in seconds. `data/tables/README.md` tells how it was made.
 *
 * Equal bits come from processors with a fused multiply-add, which is what the relaxed SIMD of
 * WebAssembly uses where there is one; without, last digits differ.
 *
 * @throws {Deno.errors.NotFound} When `folder` lacks a file.
 * @throws {SyntaxError} When a file is damaged.
 * @throws {RangeError} When a row is there twice, or rows contradict each other.
 *
 * @example
 * ```ts
 * import { fashion201 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const table = await fashion201();
 * for (const { arch, accuracy, runs } of table.entries.slice(0, 3)) {
 *   console.log(table.space.encode(arch), accuracy, runs.length);
 * }
 * assertEquals(table.space.size, 15_625n);
 * ```
 */
export async function fashion201(
  { folder = shipped }: Fashion201Options = {},
): Promise<TrainedTable> {
  const [recipe, rows] = await Promise.all(
    ["fashion_201.json", "fashion_201.csv"].map((name) => readFile(locate(folder, name))),
  ) as [Awaited<ReturnType<typeof readFile>>, Awaited<ReturnType<typeof readFile>>];
  const text = new TextDecoder();
  return TrainedTable.from({
    recipe: parseRecipe(text.decode(recipe.bytes)),
    csv: text.decode(rows.bytes),
  });
}
