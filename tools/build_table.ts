/**
 * Trains NAS-Bench-201 architectures on Fashion-MNIST into a table of ground truth, in a fixed
 * random order. It can be stopped at any time and goes on where the file ends.
 *
 *     deno run -A tools/build_table.ts [--rows=N] [--repeats=N] [--repeated=N] [--minutes=M] [--workers=N]
 *
 * `--rows` architectures in all (every one when absent), the first `--repeated` (200) of them with
 * `--repeats` (3) seeds; stops by itself after `--minutes`.
 */
import { parseArgs } from "node:util";
import { cost } from "naskit/cost/mod.ts";
import {
  formatRow,
  parseTable,
  tableData,
  tableHeader,
  tableOrder,
  type TableRecipe,
  type TableRow,
  tableSeed,
  tableSpace,
} from "naskit/estimate/fashion_201.ts";
import { trainFromScratch } from "naskit/estimate/mod.ts";
import { workers } from "naskit/search/mod.ts";
import { say } from "./support/process.ts";

const folder = new URL("../data/tables/", import.meta.url);
const csv = new URL("fashion_201.csv", folder);
const { values } = parseArgs({
  args: Deno.args,
  options: {
    rows: { type: "string", default: "6466" },
    repeats: { type: "string", default: "3" },
    repeated: { type: "string", default: "200" },
    minutes: { type: "string", default: "Infinity" },
    workers: { type: "string", default: String(navigator.hardwareConcurrency) },
  },
});
const recipe = await Deno.readTextFile(new URL("fashion_201.json", folder)).then(
  (text) => JSON.parse(text) as TableRecipe,
  () => {
    throw new Error(
      "Cannot build the table: data/tables/fashion_201.json must hold its recipe; " +
        "tools/pilot_table.ts compares recipes",
    );
  },
);
const space = tableSpace(recipe);
const order = tableOrder(space);

/** The rows that are there; a last line that was cut off while it was written is dropped. */
async function readRows(): Promise<TableRow[]> {
  const header = tableHeader(recipe);
  const text = await Deno.readTextFile(csv).catch(() => "");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole === "") await Deno.writeTextFile(csv, `${header}\n`);
  else if (whole !== text) await Deno.writeTextFile(csv, whole);
  return whole === "" ? [] : parseTable(whole, header);
}

const done = new Set((await readRows()).map(({ index, repeat }) => `${index}/${repeat}`));
const wanted = Array.from({ length: Number(values.repeats) }, (_, repeat) => repeat)
  .flatMap((repeat) =>
    order.slice(0, repeat === 0 ? Number(values.rows) : Number(values.repeated))
      .map((arch, index) => ({ arch, index, repeat }))
  )
  .filter(({ index, repeat }) => !done.has(`${index}/${repeat}`))
  // A block of architectures gets its repeats before the next one begins.
  .sort((a, b) => Math.floor(a.index / 50) - Math.floor(b.index / 50) || a.repeat - b.repeat);

const data = await tableData(recipe);
const evaluate = trainFromScratch(data, { ...recipe.training, test: data.test });
const executor = workers(Number(values.workers));
const runner = await executor.open(evaluate);
const stop = new AbortController();
Deno.addSignalListener("SIGINT", () => stop.abort());
const deadline = performance.now() + 60_000 * Number(values.minutes);
const file = await Deno.open(csv, { append: true });
let finished = 0;

async function work(): Promise<void> {
  while (!stop.signal.aborted && performance.now() < deadline) {
    const next = wanted.shift();
    if (next === undefined) return;
    const { arch, index, repeat } = next;
    const graph = space.lower(arch);
    const start = performance.now();
    const metrics = await runner.run(arch, {
      graph,
      seed: tableSeed(index, repeat),
      signal: stop.signal,
    });
    const row: TableRow = {
      index,
      repeat,
      operations: space.toChoices(arch).join(""),
      validation: metrics.validationAccuracy as readonly number[],
      test: metrics.testAccuracy as number,
      params: cost(graph).params,
      macs: cost(graph).macs,
      seconds: (performance.now() - start) / 1000,
    };
    file.writeSync(new TextEncoder().encode(`${formatRow(row)}\n`));
    finished++;
    if (finished % 20 === 0) say(`${finished} trained, ${wanted.length} to go`);
  }
}

try {
  await Promise.all(Array.from({ length: executor.size }, work));
} catch (error) {
  if (!stop.signal.aborted) throw error;
} finally {
  await runner.close();
  file.close();
}
say(`${finished} trained, ${wanted.length} to go`);
Deno.exit();
