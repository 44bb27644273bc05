import { assert } from "@std/assert";
import {
  agingEvolution,
  localSearch,
  maximize,
  randomSearch,
  type StrategyMaker,
} from "../../lib/search/mod.ts";
import { nasBench201 } from "../../lib/space/nas_bench_201.ts";
import { publishedTable } from "../support/data_folder.ts";
import { fastRng } from "./support/fast_rng.ts";
import { drive } from "./support/drive.ts";

const tablePath = publishedTable("nasbench201.csv");
const simulatedPath = publishedTable("simulated_search_on_nasbench201.csv");

/** The lines of a table without texts in quotes, by the names in its first line. */
function readRows(path: string): Record<string, string>[] {
  const [header, ...lines] = Deno.readTextFileSync(path).trim().split("\n")
    .map((line) => line.trim().split(","));
  return lines.map((line) => Object.fromEntries(line.map((cell, i) => [header![i]!, cell])));
}

/** The strategies of the simulation, which tries an architecture again where it meets it again. */
const strategies: Readonly<Record<string, StrategyMaker>> = {
  "random": randomSearch({ unique: false }),
  "REA P=10 S=3": agingEvolution({ population: 10, tournament: 3 }),
  "REA P=30 S=10": agingEvolution({ population: 30, tournament: 10 }),
  "local search best-improvement restart": localSearch({ unique: false }),
};

/** Which column of the table is reported for each data set. */
const reported: Readonly<Record<string, string>> = {
  cifar10: "c10_test_acc_200ep",
  cifar100: "c100_test_acc_200ep",
  imagenet16: "in16_test_acc_200ep",
};

const seeds = 60;
const checkpoints = [50, 100, 200, 300];

Deno.test({
  name: "searches on NAS-Bench-201 find what an independent simulation finds",
  ignore: tablePath === undefined || simulatedPath === undefined,
  fn() {
    const space = nasBench201();
    const table = new Map(readRows(tablePath!).map((row) => [row.arch!, row]));
    const expected = Map.groupBy(
      readRows(simulatedPath!),
      ({ dataset, fitness, method }) => JSON.stringify([dataset, fitness, method]),
    );
    for (const [key, rows] of expected) {
      const [dataset, fitness, method] = JSON.parse(key) as [string, string, string];
      const found = simulate(strategies[method]!, (arch) => {
        const row = table.get(space.encode(arch))!;
        return { fitness: Number(row[fitness]), test: Number(row[reported[dataset]!]) };
      });
      for (const row of rows) {
        const values = found[checkpoints.indexOf(Number(row.n_evaluations))]!;
        const mean = values.reduce((sum, one) => sum + one, 0) / seeds;
        const error = Number(row.std_test200) * Math.sqrt(1 / seeds + 1 / Number(row.seeds));
        const deviation = (mean - Number(row.mean_test200)) / error;
        assert(
          Math.abs(deviation) < 3,
          `${key} after ${row.n_evaluations}: ${mean} is ${deviation} standard errors off`,
        );
      }
    }

    function simulate(
      strategy: StrategyMaker,
      evaluate: (arch: ReturnType<typeof space.sample>) => { fitness: number; test: number },
    ): number[][] {
      const found = checkpoints.map((): number[] => []);
      for (let seed = 0; seed < seeds; seed++) {
        const [trials] = drive({
          space,
          strategy,
          goals: [maximize("fitness")],
          trials: 300,
          evaluate,
          rng: fastRng(seed),
        });
        let best = trials[0]!;
        for (const trial of trials) {
          if (trial.metrics.fitness! > best.metrics.fitness!) best = trial;
          const at = checkpoints.indexOf(trial.index + 1);
          if (at >= 0) found[at]!.push(best.metrics.test!);
        }
      }
      return found;
    }
  },
});
