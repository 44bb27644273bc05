import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { nasBench201Table, tabular, TrainedTable } from "naskit/estimate/mod.ts";
import { atMost } from "naskit/cost/mod.ts";
import {
  agingEvolution,
  asha,
  bayesianOptimisation,
  compare,
  type CompareOptions,
  Comparison,
  defineStrategy,
  evolution,
  expectedRandom,
  gridSearch,
  hyperband,
  inline,
  localSearch,
  maximize,
  minimize,
  nsga2,
  randomSearch,
  reinforce,
  search,
  startFrom,
  type StrategyMaker,
  successiveHalving,
  workers,
} from "naskit/search/mod.ts";
import { packStrategy, unpackStrategy } from "naskit/search/compare/pack.ts";
import { quantile, wilcoxon } from "naskit/stats/mod.ts";
import { madeUpRows, recipe } from "../estimate/support/made_up_table.ts";
import { publishedTable } from "../support/data_folder.ts";
import { digitBenchmark, type Digits, digitSpace, inOrder } from "./support/digit_benchmark.ts";

const benchmark = digitBenchmark();
const strategies = {
  random: randomSearch(),
  started: startFrom([{ key: "3,3" }, { key: "0,1" }], randomSearch({ unique: false })),
  ordered: inOrder({ from: 2 }),
};
const options: CompareOptions<Digits> = {
  evaluate: benchmark,
  objective: maximize("accuracy"),
  report: "testAccuracy",
  budget: { trials: 12 },
  seeds: 6,
  executor: inline(),
};

/** The search that a comparison makes with a strategy and a seed. */
function searchAlone(strategy: StrategyMaker, seed: string) {
  return search({
    space: digitSpace,
    strategy,
    evaluate: benchmark,
    objective: maximize("accuracy"),
    budget: { trials: 12 },
    seed,
    inFlight: 1,
  });
}

Deno.test("a comparison has what each search finds by itself", async () => {
  const comparison = await compare(strategies, options);
  assertEquals(comparison.names, Object.keys(strategies));
  assertEquals(comparison.seeds, ["0", "1", "2", "3", "4", "5"]);
  const [finals, values] = [comparison.finals(), comparison.finals({ of: "value", trials: 7 })];
  const [timed, regrets] = [
    comparison.finals({ seconds: 40 }),
    comparison.finals({ of: "regret" }),
  ];
  const bestTest = Math.max(...benchmark.values("testAccuracy"));
  for (const [i, strategy] of Object.values(strategies).entries()) {
    for (const [k, seed] of comparison.seeds.entries()) {
      const { trials } = await searchAlone(strategy, seed);
      const best = (from: typeof trials) =>
        from.reduce((a, b) => b.metrics.accuracy! > a.metrics.accuracy! ? b : a).metrics;
      assertEquals(finals[i]![k], best(trials).testAccuracy);
      assertEquals(regrets[i]![k], bestTest - best(trials).testAccuracy!);
      assertEquals(values[i]![k], best(trials.slice(0, 7)).accuracy);
      let passed = 0;
      const inTime = trials.filter(({ seconds }) => (passed += seconds) <= 40);
      assertEquals(timed[i]![k], best(inTime).testAccuracy);
    }
  }
});

Deno.test("workers make the same comparison, strategies that hold others included", async () => {
  const here = await compare(strategies, options);
  const there = await compare(strategies, { ...options, executor: workers(2, { keepFor: 0 }) });
  const timeless = (comparison: Comparison) => JSON.parse(JSON.stringify(comparison));
  assertEquals(timeless(there), timeless(here));
});

Deno.test("packed strategies are made again with all their parts", async () => {
  const halving = successiveHalving({
    maxEpochs: 9,
    strategy: startFrom([{ key: "1,2" }], randomSearch({ unique: false })),
  });
  const packed = packStrategy(halving)!;
  const again = await unpackStrategy(structuredClone(packed));
  assertEquals(again.strategyName, halving.strategyName);
  const kinds = [
    agingEvolution({ population: 7, tournament: 3 }),
    evolution({ population: 9 }),
    localSearch({ improvement: "first" }),
    nsga2({ population: 8 }),
    reinforce({ batch: 2 }),
    gridSearch({ order: "shuffled" }),
    hyperband({ maxEpochs: 9, strategy: randomSearch() }),
    asha({ maxEpochs: 9 }),
    bayesianOptimisation({ initial: 5 }),
  ];
  for (const kind of kinds) {
    const again = await unpackStrategy(structuredClone(packStrategy(kind)!));
    assertEquals(again.strategyName, kind.strategyName);
  }
  const unknown = defineStrategy("unknown", randomSearch());
  assertEquals(packStrategy(unknown), undefined);
  assertEquals(packStrategy(startFrom([{ key: "1,2" }], unknown)), undefined);
});

Deno.test("curves are means and quantiles over the seeds, from where all have something", async () => {
  const comparison = await compare(strategies, options);
  const finals = (trials: number) => comparison.finals({ trials });
  const curves = comparison.curves({ band: [0.1, 0.9] });
  curves.forEach(({ name, x, mean, lower, upper }, i) => {
    assertEquals(name, comparison.names[i]);
    assertEquals(x, Array.from({ length: 12 }, (_, k) => k + 1));
    x.forEach((trials, k) => {
      const values = finals(trials)[i]!;
      assertAlmostEquals(mean[k]!, values.reduce((a, b) => a + b) / 6, 1e-9);
      assertEquals([lower[k], upper[k]], [quantile(values, 0.1), quantile(values, 0.9)]);
    });
  });
  const overTime = comparison.curves({ of: "value", over: "seconds", points: 30 });
  for (const { x, mean } of overTime) {
    assert(x.length > 20 && x.length <= 30);
    assert(mean.every((value, k) => k === 0 || value >= mean[k - 1]!));
  }
  const { x: [first] } = overTime[2]!;
  // The strategy in order begins with a training of three seconds.
  assert(first! >= 3);
  assertThrows(() => comparison.curves({ points: 0 }), RangeError, "points must be a positive");
});

Deno.test("what was tried is the mean of the last trials, and different those that are", async () => {
  const last = 5;
  const comparison = await compare(strategies, options);
  const views = {
    tried: comparison.finals({ of: "tried", trials: 8, last }),
    different: comparison.finals({ of: "different", trials: 8, last }),
    all: comparison.finals({ of: "tried" }),
    kinds: comparison.finals({ of: "different" }),
  };
  for (const [i, strategy] of Object.values(strategies).entries()) {
    for (const [k, seed] of comparison.seeds.entries()) {
      const { trials } = await searchAlone(strategy, seed);
      const sum = (from: typeof trials) => from.reduce((s, t) => s + t.metrics.accuracy!, 0);
      const kinds = (from: typeof trials) => new Set(from.map(({ key }) => key)).size;
      assertAlmostEquals(views.tried[i]![k]!, sum(trials.slice(3, 8)) / last, 1e-9);
      assertEquals(views.different[i]![k], kinds(trials.slice(3, 8)));
      assertAlmostEquals(views.all[i]![k]!, sum(trials) / 12, 1e-9);
      assertEquals(views.kinds[i]![k], kinds(trials));
    }
  }
  // A strategy that may repeat itself does, and the others do not.
  assert(views.kinds[1]!.some((count) => count < 12));
  assert([...views.kinds[0]!, ...views.kinds[2]!].every((count) => count === 12));
  const curves = comparison.curves({ of: "tried", last: 4, points: 3 });
  curves.forEach(({ x, mean }, i) => {
    assertEquals(x, [4, 8, 12]);
    const finals = comparison.finals({ of: "tried", trials: 8, last: 4 })[i]!;
    assertAlmostEquals(mean[1]!, finals.reduce((a, b) => a + b) / 6, 1e-9);
  });
  // What is to be small is better when it is.
  const least = await compare(strategies, { ...options, objective: minimize("accuracy") });
  const means = least.table({ of: "tried" });
  const meanOf = (name: string) => means.find((row) => row.name === name)!.mean;
  for (const { better, worse } of least.tests({ of: "tried" })) {
    assert(meanOf(better) <= meanOf(worse));
  }
  for (const last of [0, 1.5, -1]) {
    assertThrows(() => comparison.finals({ of: "tried", last }), RangeError, "last must be a pos");
  }
  assertThrows(() => comparison.finals({ of: "different", seconds: 9 }), RangeError, "give trials");
  assertThrows(
    () => comparison.curves({ of: "tried", over: "seconds" }),
    RangeError,
    "give trials",
  );
});

Deno.test("tables, tests, ranks and win rates follow from the finals", async () => {
  const comparison = await compare(strategies, { ...options, seeds: 12 });
  const finals = comparison.finals();
  const table = comparison.table();
  table.forEach(({ name, mean, sd, error, median, winRate, trials }, i) => {
    const values = finals[i]!;
    const middle = values.reduce((a, b) => a + b) / 12;
    assertEquals([name, trials, median], [comparison.names[i], 12, quantile(values, 0.5)]);
    assertAlmostEquals(mean, middle, 1e-9);
    const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / 11;
    assertAlmostEquals(sd, Math.sqrt(variance), 1e-9);
    assertAlmostEquals(error, Math.sqrt(variance / 12), 1e-9);
    const rates = comparison.winRates()[i]!.filter((rate) => !Number.isNaN(rate));
    assertAlmostEquals(winRate, (rates[0]! + rates[1]!) / 2, 1e-9);
  });
  const rates = comparison.winRates();
  assertAlmostEquals(rates[0]![1]! + rates[1]![0]!, 1, 1e-12);
  const tests = comparison.tests();
  assertEquals(tests.length, 3);
  for (const { better, worse, gain, wins, losses, p, corrected } of tests) {
    const [a, b] = [better, worse].map((name) => finals[comparison.names.indexOf(name)]!);
    assertEquals(p, wilcoxon(a!, b!).p);
    assert(corrected >= p && gain >= 0);
    assertEquals(wins, a!.filter((value, k) => value > b![k]!).length);
    assertEquals(losses, a!.filter((value, k) => value < b![k]!).length);
  }
  assert(tests.every(({ p }, i) => i === 0 || p >= tests[i - 1]!.p));
  const ranking = comparison.ranking();
  assertEquals(ranking.names, comparison.names);
  assertAlmostEquals(ranking.ranks.reduce((a, b) => a + b), 6, 1e-9);
  const order = (numbers: readonly number[]) => numbers.indexOf(Math.min(...numbers));
  const byRegret = comparison.ranking({ of: "regret" });
  assertEquals(order(byRegret.ranks), order(ranking.ranks));
  const again = new Comparison(JSON.parse(JSON.stringify(comparison)));
  assertEquals(again.table(), table);
});

Deno.test("what is to be small is compared the other way round", async () => {
  const comparison = await compare(strategies, {
    ...options,
    objective: minimize("accuracy"),
    report: "accuracy",
  });
  const least = Math.min(...benchmark.values("accuracy"));
  const finals = comparison.finals();
  assertEquals(
    comparison.finals({ of: "regret" }),
    finals.map((values) => values.map((value) => value - least)),
  );
  const { better, worse } = comparison.tests()[0]!;
  const means = comparison.table().map(({ mean }) => mean);
  const meanOf = (name: string) => means[comparison.names.indexOf(name)]!;
  assert(meanOf(better) <= meanOf(worse));
});

Deno.test("random search agrees with its closed form within three standard errors", async () => {
  const comparison = await compare(
    { once: randomSearch(), again: randomSearch({ unique: false }) },
    { ...options, budget: { trials: 30 }, seeds: 150 },
  );
  for (const [name, replacement] of [["once", false], ["again", true]] as const) {
    for (const trials of [1, 3, 10, 30]) {
      for (const report of ["accuracy", "testAccuracy"]) {
        const [expected] = expectedRandom(benchmark, {
          objective: maximize("accuracy"),
          report,
          trials: [trials],
          replacement,
        });
        const of = report === "accuracy" ? "value" : "report";
        const row = comparison.table({ of, trials }).find((each) => each.name === name)!;
        assertAlmostEquals(row.mean, expected!, 3 * row.error, `${name}, ${trials}, ${report}`);
      }
    }
  }
});

Deno.test("a comparison that was stopped has the seeds that are whole, and goes on from its journal", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const journal = `${folder}/comparison.jsonl`;
    const whole = await compare(strategies, options);
    const stop = new AbortController();
    const done: number[] = [];
    const part = await compare(strategies, {
      ...options,
      journal,
      signal: stop.signal,
      onProgress: (progress) => {
        assertEquals([progress.label, progress.total], ["comparison", 18]);
        done.push(progress.done);
        if (progress.done === 8) stop.abort();
      },
    });
    assert(part.seeds.length >= 2 && part.seeds.length < 6, String(part.seeds.length));
    part.finals().forEach((values, i) => {
      assertEquals(values, whole.finals()[i]!.slice(0, part.seeds.length));
    });
    const rest = await compare(strategies, { ...options, journal });
    assertEquals(JSON.stringify(rest), JSON.stringify(whole));
    await assertRejects(
      () => compare(strategies, { ...options, journal, budget: { trials: 13 } }),
      Error,
      "another search",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("bad options are refused", async () => {
  const plain = (digits: Digits) => ({ accuracy: digits[0]! });
  const unknown = defineStrategy("unknown", randomSearch());
  const cases: [() => Promise<Comparison>, string][] = [
    [() => compare({}, options), "strategies has none"],
    [() => compare({ a: 1 as never }, options), "a must be a strategy such as randomSearch()"],
    [() => compare(strategies, { ...options, seeds: 0 }), "seeds must be a positive whole number"],
    [() => compare(strategies, { ...options, seeds: ["a", "a"] }), "seeds must be different texts"],
    [() => compare(strategies, { ...options, evaluate: plain }), "space must be given"],
    [
      () => compare({ unknown }, { ...options, executor: workers(2) }),
      "they could not make unknown; give defineStrategy a recipe; or use the executor inline()",
    ],
    [
      () =>
        compare(strategies, {
          ...options,
          evaluate: plain,
          space: digitSpace,
          executor: workers(2),
        }),
      "they could not make the benchmark and its space",
    ],
    [() => compare(strategies, { ...options, report: "loss" }), 'has the metric "loss" to report'],
  ];
  for (const [run, reason] of cases) await assertRejects(run, Error, reason);
  const bound = await compare(strategies, { ...options, constraints: [atMost("macs", 1e9)] });
  assertThrows(() => bound.finals({ of: "regret" }), RangeError, "Cannot tell the regret");
});

Deno.test({
  name: "random search on NAS-Bench-201 agrees with its closed form as well",
  ignore: publishedTable("nasbench201.csv") === undefined,
  fn: async () => {
    const table = await nasBench201Table({ dataset: "cifar100" });
    const evaluate = tabular(table);
    const comparison = await compare({ random: randomSearch({ unique: false }) }, {
      evaluate,
      objective: maximize("accuracy"),
      report: "testAccuracy",
      budget: { trials: 100 },
      seeds: 30,
      executor: inline(),
    });
    for (const trials of [10, 50, 100]) {
      const [expected] = expectedRandom(evaluate, {
        objective: maximize("accuracy"),
        report: "testAccuracy",
        trials: [trials],
        replacement: true,
      });
      const [row] = comparison.table({ trials });
      assertAlmostEquals(row!.mean, expected!, 3 * row!.error);
    }
  },
});

Deno.test("regret is of what the benchmark knows of an architecture, not of one lucky training", async () => {
  const table = new TrainedTable(recipe, madeUpRows(60, 60));
  const evaluate = tabular(table);
  const comparison = await compare({ random: randomSearch() }, {
    evaluate,
    objective: maximize("accuracy"),
    report: "testAccuracy",
    budget: { trials: 25 },
    seeds: 8,
    executor: inline(),
  });
  const best = Math.max(...table.entries.map(({ testAccuracy }) => testAccuracy));
  const [[regrets], [known], [reports]] = [
    comparison.finals({ of: "regret" }),
    comparison.finals({ of: "known" }),
    comparison.finals(),
  ] as [number[][], number[][], number[][]];
  for (const [k, seed] of comparison.seeds.entries()) {
    const study = await search({
      space: table.known,
      strategy: randomSearch(),
      evaluate,
      objective: maximize("accuracy"),
      budget: { trials: 25 },
      seed,
      inFlight: 1,
    });
    const { arch, metrics } = study.best();
    assertEquals(reports![k], metrics.testAccuracy);
    assertEquals(known![k], table.get(arch).testAccuracy);
    assertAlmostEquals(regrets![k]!, best - known![k]!, 1e-12);
    assert(regrets![k]! >= 0);
  }
  assert(known!.some((value, k) => value !== reports![k]));
  const plain = await compare({ random: randomSearch() }, {
    space: digitSpace,
    evaluate: ([a]: Digits) => ({ accuracy: a! }),
    objective: maximize("accuracy"),
    budget: { trials: 3 },
    seeds: 2,
  });
  assertThrows(() => plain.finals({ of: "known" }), RangeError, "evaluate must be a benchmark");
});
