import { createRng } from "naskit/engine/rng.ts";
import { tableOrder, type TableRecipe, tableSpace } from "naskit/estimate/table_recipe.ts";
import type { TableRow } from "naskit/estimate/table_rows.ts";

/** A recipe that nothing is trained with. */
export const recipe: TableRecipe = {
  channels: 4,
  cellsPerStage: 1,
  size: 16,
  train: 100,
  validation: 50,
  test: 50,
  training: { epochs: 4 },
};

/** The space and the order of its table. */
export const space = tableSpace(recipe);
export const order = tableOrder(space);

/** Rows with drawn numbers, the first `repeated` of them with three repeats, in any order. */
export function madeUpRows(count: number, repeated: number): TableRow[] {
  const rng = createRng("made up");
  const share = () => rng.int(10_001) / 10_000;
  const rows = order.slice(0, count).flatMap((arch, index) =>
    Array.from({ length: index < repeated ? 3 : 1 }, (_, repeat): TableRow => ({
      index,
      repeat,
      operations: space.toChoices(arch).join(""),
      validation: [share(), share(), share(), share()],
      test: share(),
      params: index,
      macs: 2 * index,
      seconds: rng.int(100) / 10,
    }))
  );
  return rng.shuffle(rows);
}
