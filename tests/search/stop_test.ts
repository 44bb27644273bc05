import fc from "fast-check";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { atMost } from "../../lib/cost/constraint.ts";
import type { Progress } from "../../lib/engine/progress.ts";
import {
  type Goal,
  maximize,
  minimize,
  patience,
  randomSearch,
  search,
  type SearchOptions,
  Study,
  type Trial,
  workers,
} from "../../lib/search/mod.ts";
import { Tally } from "../../lib/search/tally.ts";
import { adaptive, type Toy, toyScore, toySpace } from "./support/toy.ts";

const base: SearchOptions<Toy> = {
  space: toySpace(),
  strategy: randomSearch(),
  evaluate: toyScore({ failEvery: 6 }),
  objective: maximize("score"),
  budget: { trials: 30 },
  catchErrors: true,
  seed: "s",
};

Deno.test("onTrial gets each trial in order after the strategy, with the search as it stands", async () => {
  const indices: number[] = [];
  const study = await search({
    ...base,
    constraints: [atMost("macs", 60)],
    onTrial: async (trial, state) => {
      assertEquals(state.trials.at(-1), trial);
      assertEquals(state.trials.length, indices.push(trial.index));
      const told = new Study({ ...data, goals: [maximize("score")], trials: state.trials });
      assertEquals(state.best, told.incumbent().at(-1)?.trial);
      assertEquals(state.failed, state.trials.filter(({ status }) => status === "failed").length);
      await Promise.resolve();
    },
  });
  assertEquals(indices, study.trials.map(({ index }) => index));
  const boom = new Error("boom");
  const onTrial = () => Promise.reject(boom);
  assertEquals(await assertRejects(() => search({ ...base, onTrial })), boom);
});

Deno.test("stopWhen ends the search after what was asked for, in any executor and when resumed", async () => {
  const folder = await Deno.makeTempDir();
  const journal = `${folder}/x.jsonl`;
  const options = {
    ...base,
    strategy: adaptive,
    evaluate: toyScore({ sleep: 3, failEvery: 6 }),
    stopWhen: patience(6),
  };
  const timeless = async (change: Partial<SearchOptions<Toy>>) =>
    (await search({ ...options, ...change })).toJSON({ times: false });
  try {
    for (const inFlight of [1, 4]) {
      const whole = await timeless({ inFlight });
      assertEquals(whole.stopped, "early");
      const { improved, trials } = tallied(whole.trials, [maximize("score")]);
      assertEquals(trials.length - 1 - improved!, 6 + inFlight - 1);
      assertEquals(await timeless({ inFlight, executor: workers(2) }), whole);
      await timeless({ inFlight, journal, budget: { trials: 7 } });
      assertEquals(await timeless({ inFlight, journal }), whole);
      assertEquals(await timeless({ inFlight, journal }), whole);
      await Deno.remove(journal);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a search that uses up its budget did not stop early", async () => {
  const study = await search({ ...base, stopWhen: ({ trials }) => trials.length === 30 });
  assertEquals(study.stopped, "budget");
  const boom = new Error("boom");
  const stopWhen = () => {
    throw boom;
  };
  assertEquals(await assertRejects(() => search({ ...base, stopWhen })), boom);
});

Deno.test("patience() counts trials since the last improvement, failed ones too", () => {
  const rule = patience(3);
  const state = (scores: readonly (number | undefined)[]) =>
    tallied(scores.map((score, index) => trial(index, score === undefined ? {} : { score })), [
      minimize("score"),
    ]);
  assertEquals(rule(state([5, 5, 6])), false);
  assertEquals(rule(state([5, 5, 6, 7])), true);
  assertEquals(rule(state([5, 4, undefined, 7])), false);
  assertEquals(rule(state([5, 4, undefined, undefined, undefined])), true);
  assertEquals(rule(state([undefined, undefined])), false);
  assertEquals(rule(state([undefined, undefined, undefined])), true);
  assertThrows(() => patience(0), RangeError, "trials must be a positive integer, got 0");
});

Deno.test("the state's best, front and improvements are those of the study, for one goal and several", () => {
  const goals = [[maximize("a")], [minimize("b"), maximize("a")], [
    minimize("a"),
    minimize("b"),
    maximize("c"),
  ]];
  const values = fc.record({
    a: fc.nat(4),
    b: fc.nat(4),
    c: fc.nat(4),
    epochs: fc.option(fc.nat(2), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.constantFrom(...goals), fc.array(values, { minLength: 1 }), (goals, all) => {
      const trials = all.map(({ epochs, ...metrics }, i) =>
        trial(i, metrics, epochs === undefined ? {} : { epochs: epochs + 1 })
      );
      const state = tallied(trials, goals);
      const study = new Study({ ...data, goals, trials });
      if (goals.length === 1) assertEquals(state.best, study.best());
      else assertEquals(state.front, study.paretoFront().length);
      const before = tallied(trials.slice(0, -1), goals);
      const last = trials.at(-1)!;
      const entered = study.paretoFront().includes(last) &&
        !study.paretoFront().some((other) =>
          other !== last && goals.every(({ metric: m }) => other.metrics[m] === last.metrics[m])
        );
      assertEquals(state.improved, entered ? last.index : before.improved);
    }),
  );
});

Deno.test("progress shows the best or the front, what failed, was reused and rejected, and the end", async () => {
  const notes = async (change: Partial<SearchOptions<Toy>>) => {
    const reports: Progress[] = [];
    const study = await search({
      ...base,
      ...change,
      onProgress: (report) => void reports.push(report),
    });
    return { study, last: reports.at(-1)! };
  };
  const one = await notes({
    space: toySpace(2),
    strategy: randomSearch({ unique: false }),
    duplicates: "reuse",
    constraints: [atMost("macs", 30)],
  });
  const reused = one.study.trials.filter(({ repeats }) => repeats !== undefined).length;
  const failed = one.study.trials.filter(({ status }) => status === "failed").length;
  assert(reused > 0 && failed > 0 && one.study.rejected.length > 0);
  const best = Number(one.study.best().metrics.score!.toPrecision(4));
  assertEquals(
    one.last.note,
    `best score ${best} · ${failed} failed · ${reused} reused · ${one.study.rejected.length} rejected`,
  );
  assertEquals(one.last.ended, undefined);
  const several = await notes({
    objective: [maximize("score"), minimize("macs")],
    evaluate: toyScore(),
  });
  assertEquals(several.last.note, `${several.study.paretoFront().length} on the Pareto front`);
  const small = await notes({ space: toySpace(2) });
  assertEquals(small.study.stopped, "exhausted");
  assertEquals([small.last.done, small.last.total, small.last.ended], [9, 30, true]);
});

Deno.test("progress tells what comes from a journal, in the unit of the budget", async () => {
  const folder = await Deno.makeTempDir();
  const journal = `${folder}/x.jsonl`;
  try {
    const evaluate = Object.assign(
      (arch: Toy, context: Parameters<typeof base.evaluate>[1]) => toyScore()(arch, context),
      { epochs: 3 },
    );
    await search({ ...base, evaluate, budget: { trials: 5 }, journal });
    for (
      const [budget, total, unit, restored] of [
        [{ trials: 8 }, 8, "trials", 5],
        [{ epochs: 30 }, 30, "epochs", 24],
        [{ epochs: 33, trials: 11 }, 11, "trials", 10],
      ] as const
    ) {
      const reports: Progress[] = [];
      await search({
        ...base,
        evaluate,
        journal,
        budget,
        onProgress: (report) => void reports.push(report),
      });
      const { note: _, ...last } = reports.at(-1)!;
      assertEquals(last, { label: "search", done: total, total, unit, restored });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const data = {
  space: "letters",
  strategy: "by hand",
  seed: "s",
  rejected: [],
  stopped: "budget",
  seconds: 0,
} as const;

function trial(
  index: number,
  metrics: { [name: string]: number },
  more: Partial<Trial<Toy>> = {},
): Trial<Toy> {
  const status = Object.keys(metrics).length === 0 ? "failed" : "complete";
  const arch = { widths: [index] };
  return { index, arch, key: "k", status, metrics, curves: {}, seed: "s", seconds: 0, ...more };
}

function tallied(trials: readonly Trial<Toy>[], goals: readonly Goal[]): Tally<Toy> {
  const tally = new Tally<Toy>(goals);
  for (const each of trials) tally.add(each);
  return tally;
}
