/**
 * Compares recipes for the table of ground truth: for each, about forty random architectures are
 * trained with three seeds, and the recipe is judged by how well two seeds agree on the ranking
 * (mean Spearman correlation of validation accuracy over pairs of seeds) and by its cost.
 *
 *     deno run -A tools/pilot_table.ts [--architectures=40] [--only=I]
 */
import { parseArgs } from "node:util";
import {
  tableData,
  tableOrder,
  type TableRecipe,
  tableSpace,
} from "naskit/estimate/table_recipe.ts";
import { trainFromScratch } from "naskit/estimate/mod.ts";
import { workers } from "naskit/search/mod.ts";
import { spearman } from "naskit/stats/mod.ts";
import { say } from "./support/process.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: { architectures: { type: "string", default: "40" }, only: { type: "string" } },
});

const base = { size: 16, validation: 3_000, test: 2_000 };
const training = { batchSize: 64, epochs: 8, augment: { flip: true, shift: 1 } };
/** Channels, cells in each stage, images to train on. */
const sizes: readonly (readonly [number, number, number])[] = [
  [4, 1, 2_000],
  [4, 1, 7_000],
  [4, 3, 3_500],
  [4, 5, 2_000],
  [4, 5, 3_500],
];
const recipes = sizes.map(([channels, cellsPerStage, train]): TableRecipe => {
  return { ...base, channels, cellsPerStage, train, training };
});

const path = new URL("../data/tables/pilot.csv", import.meta.url);
const header =
  "channels,cells,size,train,epochs,batch,architectures,seconds,rho,rho_top_half,sd,noise";
if (!await Deno.stat(path).then(() => true, () => false)) {
  await Deno.mkdir(new URL("./", path), { recursive: true });
  await Deno.writeTextFile(path, `${header}\n`);
}
for (const [i, recipe] of recipes.entries()) {
  if (values.only !== undefined && Number(values.only) !== i) continue;
  const line = await pilot(recipe, Number(values.architectures));
  say(line);
  await Deno.writeTextFile(path, `${line}\n`, { append: true });
}
Deno.exit();

async function pilot(recipe: TableRecipe, count: number): Promise<string> {
  const space = tableSpace(recipe);
  const arches = tableOrder(space).slice(-count);
  const executor = workers(navigator.hardwareConcurrency);
  const runner = await executor.open(trainFromScratch(await tableData(recipe), recipe.training));
  const jobs = arches.flatMap((arch, k) => [0, 1, 2].map((seed) => ({ arch, k, seed })));
  const accuracy = [0, 1, 2].map(() => new Array<number>(count));
  let seconds = 0;
  await Promise.all(Array.from({ length: executor.size }, async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const { arch, k, seed } = job;
      const start = performance.now();
      const { signal } = new AbortController();
      const context = { graph: space.lower(arch), seed: `pilot/${k}/${seed}`, signal };
      accuracy[seed]![k] = (await runner.run(arch, context)).accuracy as number;
      seconds += (performance.now() - start) / 1000;
    }
  }));
  await runner.close();
  const means = arches.map((_, k) => mean(accuracy.map((each) => each[k]!)));
  const median = means.toSorted((a, b) => a - b)[Math.floor(count / 2)]!;
  const top = [...means.keys()].filter((k) => means[k]! >= median);
  const agreement = (which: number[]) =>
    mean(
      [[0, 1], [0, 2], [1, 2]].map(([a, b]) =>
        spearman(which.map((k) => accuracy[a!]![k]!), which.map((k) => accuracy[b!]![k]!))
      ),
    );
  const noise = Math.sqrt(mean(arches.map((_, k) => variance(accuracy.map((each) => each[k]!)))));
  const { channels, cellsPerStage, size, train, training } = recipe;
  return [
    ...[channels, cellsPerStage, size, train, training.epochs, training.batchSize, count],
    (seconds / (3 * count)).toFixed(2),
    ...[agreement([...means.keys()]), agreement(top)].map((rho) => rho.toFixed(3)),
    ...[Math.sqrt(variance(means)), noise].map((share) => (100 * share).toFixed(2)),
  ].join(",");
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0) / numbers.length;
}

function variance(numbers: readonly number[]): number {
  const middle = mean(numbers);
  return numbers.reduce((sum, v) => sum + (v - middle) ** 2, 0) / (numbers.length - 1);
}
