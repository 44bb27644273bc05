/**
 * Works out the figures of `data/tables/README.md` from the table as it is now.
 *
 *     deno run -A tools/describe_table.ts [--write] [--folder=DIR]
 *
 * Prints them, or with `--write` puts them into the page, between the marks that are there. Run it
 * on the machine that built the table: it names the processor. How scores rank NAS-Bench-201 is worked
 * out where the environment variable NASKIT_DATA names a folder with its accuracies.
 */
import { join } from "node:path";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import {
  fashion201,
  nasBench201Table,
  type OperationsPart,
  type TrainedTable,
} from "naskit/estimate/mod.ts";
import { fashion201Scores, nasBench201Scores, type Scoreboard } from "naskit/judge/mod.ts";
import { proxies } from "naskit/proxy/mod.ts";
import { spearman } from "naskit/stats/mod.ts";
import { root } from "./support/paths.ts";
import { say } from "./support/process.ts";

/** Spearman's correlations on NAS-Bench-201, CIFAR-10, as others report them. */
const published: Readonly<Record<string, string>> = {
  params: "0.75",
  macs: "0.75",
  grad_norm: "0.59",
  snip: "0.60",
  grasp: "0.51",
  fisher: "0.36",
  synflow: "0.74",
  jacob_cov: "0.73",
  naswot: "0.78",
  zico: "0.80",
  zen: "0.38",
  gradsign: "0.77",
};

const { values } = parseArgs({
  args: Deno.args,
  options: {
    write: { type: "boolean", default: false },
    folder: { type: "string", default: join(root, "data/tables") },
  },
});
const table = await fashion201({ folder: values.folder });
const sections = {
  rows: describeRows(table),
  noise: describeNoise(table),
  epochs: describeEpochs(table),
  ...(Deno.env.get("NASKIT_DATA") === undefined ? {} : { scores: await describeScores(table) }),
  pilot: describePilot(await Deno.readTextFile(join(values.folder, "pilot.csv")).catch(() => "")),
};
for (const [name, lines] of Object.entries(sections)) {
  say(`<!-- ${name} -->\n\n${lines.join("\n")}\n`);
}
if (values.write) {
  const path = join(values.folder, "README.md");
  let page = await Deno.readTextFile(path);
  for (const [name, lines] of Object.entries(sections)) {
    const marked = new RegExp(`(<!-- ${name} -->\\n)[^]*?(\\n<!-- end -->)`);
    if (!marked.test(page)) throw new Error(`${path} has no marks for ${name}`);
    page = page.replace(marked, (_all, start, end) => `${start}\n${lines.join("\n")}\n${end}`);
  }
  await Deno.writeTextFile(path, page);
}

async function describeScores(table: TrainedTable): Promise<string[]> {
  const accuracies = await nasBench201Table({ dataset: "cifar10" });
  const nasBench = async (input: "images" | "noise") =>
    (await nasBench201Scores({ input })).scoreboard(accuracies, { fitness: "test200" });
  const ours = await fashion201Scores({ folder: values.folder });
  const boards = [ours.scoreboard(table), await nasBench("noise"), await nasBench("images")];
  const shown = (board: Scoreboard, name: string) => {
    const row = board.rows.find(({ proxy }) => proxy === name);
    if (row === undefined) return "";
    return `${row.spearman.toFixed(2)} [${row.low.toFixed(2)}, ${row.high.toFixed(2)}]`;
  };
  const names = Object.keys(proxies).filter((name) => boards.some((board) => shown(board, name)));
  return markdown([
    [
      "proxy",
      ...boards.map(({ networks }, i) => `${["ours", "noise", "images"][i]}, ${networks}`),
      "published",
    ],
    ...names.map((name) => [
      `\`${name}\``,
      ...boards.map((board) => shown(board, name)),
      published[name] ?? "",
    ]),
  ]);
}

function describeRows(table: TrainedTable): string[] {
  const { entries, sample } = table;
  const runs = entries.flatMap((entry) => entry.runs);
  const seconds = runs.map((run) => run.seconds);
  const accuracies = sample.map(({ accuracy }) => accuracy).sort((a, b) => a - b);
  const quantile = (share: number) =>
    percent(accuracies[Math.round(share * (accuracies.length - 1))] ?? NaN);
  const most = Math.max(0, ...entries.map((entry) => entry.runs.length));
  const repeated = most < 2 ? 0 : entries.filter((entry) => entry.runs.length === most).length;
  return markdown([
    ["figure", "value"],
    ["trainings", String(runs.length)],
    ["architectures", `${entries.length} of 6466`],
    ["of them a fair sample of all", String(sample.length)],
    ["complete parts", table.complete().map(describePart).join("; ")],
    [`architectures with ${most} trainings`, String(repeated)],
    [
      "validation accuracy of the sample, lowest / median / highest",
      [0, 0.5, 1].map(quantile).join(" / "),
    ],
    ["seconds a training, mean", mean(seconds).toFixed(1)],
    ["hours of one core, in all", (sum(seconds) / 3600).toFixed(1)],
    ["processor", cpus()[0]?.model.trim() ?? "unknown"],
  ]);
}

function describePart({ operations, cells, networks }: OperationsPart): string {
  return `${operations.join(", ")}: ${cells} cells, ${networks} networks`;
}

function describeNoise(table: TrainedTable): string[] {
  const { architectures, accuracy, testAccuracy } = table.noise();
  const both = (of: (figures: typeof accuracy) => string) => [of(accuracy), of(testAccuracy)];
  return markdown([
    [`of ${architectures} architectures`, "validation", "test"],
    ["Spearman, seed to seed", ...both((each) => number(each.rankCorrelation, 3))],
    ["sd between seeds", ...both((each) => percent(each.betweenRuns))],
    ["sd between architectures", ...both((each) => percent(each.betweenArchitectures))],
  ]);
}

/** How well the start of a training tells its end. */
function describeEpochs({ sample }: TrainedTable): string[] {
  const curves = sample.map(({ runs }) => runs[0]?.validationAccuracy as readonly number[]);
  const epochs = curves[0]?.length ?? 0;
  const last = curves.map((curve) => curve[epochs - 1] as number);
  const rows = Array.from({ length: epochs }, (_, epoch) => {
    const here = curves.map((curve) => curve[epoch] as number);
    return [String(epoch + 1), percent(mean(here)), number(spearman(here, last), 3)];
  });
  return markdown([["epoch", "validation accuracy, mean", "Spearman with the last"], ...rows]);
}

function describePilot(csv: string): string[] {
  const [header, ...lines] = csv.trimEnd().split("\n").map((line) => line.split(","));
  const names: [column: string, heading: string][] = [
    ["channels", "channels"],
    ["cells", "cells a stage"],
    ["train", "images"],
    ["epochs", "epochs"],
    ["architectures", "architectures"],
    ["seconds", "seconds a training"],
    ["rho", "Spearman, seed to seed"],
    ["rho_top_half", "of the better half"],
    ["sd", "sd between architectures, %"],
    ["noise", "sd between seeds, %"],
  ];
  const columns = names.map(([column]) => (header as string[]).indexOf(column));
  return markdown([
    names.map(([, heading]) => heading),
    ...lines.map((line) => columns.map((column) => line[column] ?? "")),
  ]);
}

function markdown(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] as readonly string[]).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] as string).length))
  );
  const [head, ...body] = rows.map((row) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] as number)).join(" | ")} |`
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [head as string, rule, ...body];
}

function percent(share: number): string {
  return Number.isNaN(share) ? "unknown yet" : `${(100 * share).toFixed(2)} %`;
}

function number(value: number, digits: number): string {
  return Number.isNaN(value) ? "unknown yet" : value.toFixed(digits);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function mean(numbers: readonly number[]): number {
  return sum(numbers) / numbers.length;
}
