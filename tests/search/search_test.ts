import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { allOf, anyOf, atLeast, atMost } from "../../lib/cost/constraint.ts";
import { cost } from "../../lib/cost/cost.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import type { Progress } from "../../lib/engine/progress.ts";
import type { Evaluate } from "../../lib/space/evaluate.ts";
import {
  defineStrategy,
  EvaluationError,
  InfeasibleError,
  inline,
  maximize,
  minimize,
  randomSearch,
  search,
  type SearchOptions,
  workers,
} from "../../lib/search/mod.ts";
import { adaptive, pause, type Toy, toyMacs, toyScore, toySpace } from "./support/toy.ts";

const base: SearchOptions<Toy> = {
  space: toySpace(),
  strategy: randomSearch(),
  evaluate: toyScore(),
  objective: maximize("score"),
  budget: { trials: 20 },
  seed: "s",
};

/** A strategy that asks for the first architectures of a space, in order. */
const inOrder = defineStrategy("inOrder", (space) => {
  const all = space.enumerate()[Symbol.iterator]();
  return {
    ask: () => {
      const { done, value: arch } = all.next();
      return done ? undefined : { arch };
    },
    tell() {},
    snapshot: () => null,
    restore() {},
  };
});

Deno.test("search() gives each trial its number, seed, costs, metrics and curves", async () => {
  const study = await search(base);
  assertEquals(study.trials.map(({ index }) => index), Array.from({ length: 20 }, (_, i) => i));
  for (const trial of study.trials) {
    assertEquals(trial.status, "complete");
    assertEquals(trial.seed, `s/trial/${trial.index}`);
    assertEquals(trial.key, base.space.encode(trial.arch));
    assertEquals(trial.metrics.macs, toyMacs(trial.arch));
    assertEquals(trial.metrics.nodes, 6);
    assertEquals(trial.curves.losses!.length, 3);
    assert(trial.seconds >= 0);
    const again = await toyScore()(trial.arch, {
      graph: base.space.lower(trial.arch),
      seed: trial.seed,
      signal: new AbortController().signal,
    });
    assertEquals(again.score, trial.metrics.score);
  }
  assertEquals(study.stopped, "budget");
  assertEquals(study.space, "toy(4)");
  assertEquals(study.goals, [maximize("score")]);
  const scores = study.trials.map(({ metrics }) => metrics.score!);
  assertEquals(study.best().metrics.score, Math.max(...scores));
});

Deno.test("equal seeds give equal studies, other seeds others", async () => {
  const [a, b, c] = [
    await search(base),
    await search(base),
    await search({ ...base, seed: "other" }),
  ];
  assertEquals(a.toJSON({ times: false }), b.toJSON({ times: false }));
  assert(a.trials.some(({ key }, i) => key !== c.trials[i]!.key));
});

for (const strategy of [randomSearch({ unique: false }), adaptive]) {
  Deno.test(`${strategy.strategyName}: inline and 1, 2, 3 workers give equal studies`, async () => {
    const options = {
      ...base,
      strategy,
      evaluate: toyScore({ sleep: 6, failEvery: 7 }),
      constraints: [atMost("macs", 60)],
      budget: { trials: 30 },
      catchErrors: true,
    };
    const expected = await search({ ...options, executor: inline() });
    assert(expected.rejected.length > 0);
    assert(expected.trials.some(({ status }) => status === "failed"));
    for (const count of [1, 2, 3]) {
      const study = await search({ ...options, executor: workers(count) });
      assertEquals(study.toJSON({ times: false }), expected.toJSON({ times: false }));
    }
  });
}

Deno.test("a trial is asked for when exactly those up to inFlight before it were told", async () => {
  for (const inFlight of [1, 2, 5]) {
    const events: string[] = [];
    const watched = defineStrategy("watched", (space, rng) => {
      let n = 0;
      return {
        ask: () => (events.push(`ask ${n}`), ({ arch: space.sample(rng.split(n++)) })),
        tell: ({ index }) => void events.push(`tell ${index}`),
        snapshot: () => null,
        restore() {},
      };
    });
    // Later ones end sooner, so that the outcomes come out of order.
    const evaluate: Evaluate<Toy> = async (_arch, { seed }) => {
      await pause(12 - 2 * Number(seed.split("/").at(-1)));
      return { score: 1 };
    };
    const together = { size: 3, open: inline().open };
    await search({
      ...base,
      strategy: watched,
      evaluate,
      executor: together,
      inFlight,
      budget: { trials: 6 },
    });
    const expected: string[] = [];
    for (let k = 0; k < 6; k++) {
      if (k >= inFlight) expected.push(`tell ${k - inFlight}`);
      expected.push(`ask ${k}`);
    }
    for (let k = 6 - inFlight; k < 6; k++) expected.push(`tell ${k}`);
    assertEquals(events, expected);
  }
});

Deno.test("no more evaluations run at once than the executor has room for", async () => {
  let running = 0;
  let most = 0;
  const evaluate: Evaluate<Toy> = async () => {
    most = Math.max(most, ++running);
    await pause(2);
    running--;
    return { score: 1 };
  };
  await search({ ...base, evaluate, executor: { size: 2, open: inline().open }, inFlight: 6 });
  assertEquals(most, 2);
});

Deno.test("a strategy that waits for outcomes is asked again when it has them", async () => {
  // Three rounds of three: each round begins when the one before is known.
  const rounds = defineStrategy("rounds", (space, rng) => {
    let [asked, told] = [0, 0];
    return {
      ask: () =>
        asked === 9 || told < asked - asked % 3
          ? undefined
          : { arch: space.sample(rng.split(asked++)) },
      tell: () => void told++,
      snapshot: () => null,
      restore() {},
    };
  });
  const study = await search({ ...base, strategy: rounds });
  assertEquals([study.trials.length, study.stopped], [9, "exhausted"]);
});

Deno.test("candidates that break a constraint are rejected, kept, told and cost no budget", async () => {
  const told: string[] = [];
  const listening = defineStrategy("listening", (space, rng, goals) => {
    const inner = randomSearch()(space, rng, goals);
    return { ...inner, tell: (trial) => void told.push(`${trial.status} ${trial.index}`) };
  });
  const evaluated: number[] = [];
  const study = await search({
    ...base,
    strategy: listening,
    evaluate: (arch) => (evaluated.push(toyMacs(arch)), { score: 1 }),
    constraints: [atMost("macs", 60), atLeast("macs", 20)],
  });
  assertEquals(study.trials.length, 20);
  assert(study.rejected.length > 0);
  assert(evaluated.every((macs) => macs >= 20 && macs <= 60));
  for (const [i, trial] of study.rejected.entries()) {
    const macs = toyMacs(trial.arch);
    assert(macs > 60 || macs < 20);
    assertEquals([trial.index, trial.status, trial.seed], [i, "rejected", ""]);
    assertEquals(
      trial.reason,
      `macs is ${macs}, allowed is ${macs > 60 ? "macs ≤ 60" : "macs ≥ 20"}`,
    );
    assert(told.includes(`rejected ${i}`));
  }
});

Deno.test("a space that holds no candidate ends in an InfeasibleError that tells how near it came", async () => {
  const error = await assertRejects(
    () =>
      search({
        ...base,
        strategy: randomSearch({ unique: false }),
        constraints: [atMost("macs", 13), atLeast("params", 1000)],
        maxRejections: 200,
      }),
    InfeasibleError,
  );
  const macs = error.study.rejected.map(({ arch }) => toyMacs(arch as Toy));
  assertEquals(macs.length, 201);
  const times = macs.filter((value) => value > 13).length;
  assertStringIncludes(error.message, "201 in a row were rejected");
  assertStringIncludes(
    error.message,
    `macs ≤ 13 was broken ${times} times (the smallest macs seen was ${Math.min(...macs)})`,
  );
  const largest = Math.max(...error.study.rejected.map(({ metrics }) => metrics.params!));
  assertStringIncludes(
    error.message,
    `params ≥ 1,000 was broken 201 times (the largest params seen was ${largest})`,
  );
  assertEquals(error.study.stopped, "failed");
});

Deno.test("combined constraints reject with every limit at fault", async () => {
  const either = anyOf(atMost("macs", 13), atMost("params", "0.001 k"));
  const { trials, rejected } = await search({
    ...base,
    constraints: [allOf(atMost("macs", 60), atMost("flash", "1 MB")), anyOf(atMost("macs", 60))],
  });
  assert(rejected.length > 0);
  for (const { metrics } of trials) assert(metrics.macs! <= 60);
  for (const { metrics, reason } of rejected) {
    const { macs } = metrics;
    assertEquals(
      reason,
      `macs is ${macs}, allowed is macs ≤ 60; macs is ${macs}, allowed is macs ≤ 60`,
    );
  }
  const error = await assertRejects(
    () => search({ ...base, constraints: [either], maxRejections: 20 }),
    InfeasibleError,
  );
  assertStringIncludes(error.message, "macs ≤ 13 or params ≤ 1 was broken 21 times");
  assertMatch(error.study.rejected[0]?.reason ?? "", /^macs is \d+, params is \d+, allowed is/);
});

Deno.test("costs that the search is given are metrics and can be limited", async () => {
  const costs = (graph: Graph) => ({ latency: graph.nodes.length + 0.5 });
  const all = await search({ ...base, costs });
  for (const { metrics } of all.trials) assertEquals(metrics.latency, metrics.nodes! + 0.5);
  const some = await search({
    ...base,
    space: toySpace(5),
    costs: (graph) => ({ latency: cost(graph).macs }),
    constraints: [atMost("latency", "60 ms")],
  });
  assert(some.rejected.length > 0);
  for (const { metrics } of some.trials) assert(metrics.latency! <= 60);
  assertMatch(some.rejected[0]?.reason ?? "", /^latency is \d+ ms, allowed is latency ≤ 60 ms$/);
  for (
    const [bad, message] of [
      [() => ({ macs: 1 }), "costs gave macs, which is counted"],
      [() => ({ latency: NaN }), "costs gave latency = NaN; costs must be finite"],
    ] as const
  ) {
    const error = await assertRejects(() => search({ ...base, costs: bad }), Error);
    assertStringIncludes(error.message, message);
  }
  await assertRejects(
    () => search({ ...base, costs: 3 as never }),
    TypeError,
    "Cannot search: costs must be a function, got 3",
  );
});

Deno.test("only rejections in a row count towards maxRejections", async () => {
  const all = [...base.space.enumerate()].map(toyMacs);
  const limit = 40;
  let [row, longest] = [0, 0];
  for (const macs of all) longest = Math.max(longest, row = macs > limit ? row + 1 : 0);
  assert(longest < all.filter((macs) => macs > limit).length);
  const options = {
    ...base,
    strategy: inOrder,
    constraints: [atMost("macs", limit)],
    budget: { trials: 81 },
  };
  const study = await search({ ...options, maxRejections: longest });
  assertEquals(study.trials.length + study.rejected.length, 81);
  await assertRejects(() => search({ ...options, maxRejections: longest - 1 }), InfeasibleError);
});

Deno.test("a small space is exhausted cleanly, also when nothing in it is allowed", async () => {
  const space = toySpace(2);
  const study = await search({ ...base, space });
  assertEquals([study.stopped, study.trials.length], ["exhausted", 9]);
  assertEquals(new Set(study.trials.map(({ key }) => key)).size, 9);
  const none = await search({ ...base, space, constraints: [atMost("macs", 1)] });
  assertEquals([none.stopped, none.trials.length, none.rejected.length], ["exhausted", 0, 9]);
});

Deno.test("an evaluation that throws ends the search with an EvaluationError that carries the study", async () => {
  const error = await assertRejects(
    () => search({ ...base, evaluate: failAt(5) }),
    EvaluationError,
    "Cannot evaluate trial 5, ",
  );
  assertMatch(error.message, /: no score today$/);
  assertEquals((error.cause as Error).message, "no score today");
  assertEquals(error.index, 5);
  assertEquals(error.study.trials.map(({ index }) => index), [0, 1, 2, 3, 4]);
  const whole = await search({ ...base, evaluate: failAt(-1) });
  assertEquals(error.key, whole.trials[5]!.key);
});

Deno.test("with catchErrors a trial that throws is failed and the search goes on", async () => {
  const study = await search({ ...base, evaluate: failAt(5), catchErrors: true });
  assertEquals(study.trials.length, 20);
  const { status, reason, metrics, curves } = study.trials[5]!;
  assertEquals([status, reason, curves], ["failed", "no score today", {}]);
  assertEquals(Object.keys(metrics).includes("score"), false);
  assertEquals(study.trials.filter((trial) => trial.status === "failed").length, 1);
});

function failAt(index: number): Evaluate<Toy> {
  return (arch, { seed }) => {
    if (seed.endsWith(`/${index}`)) throw new Error("no score today");
    return { score: arch.widths[0]! };
  };
}

Deno.test("what an evaluation returns is checked", async () => {
  const cases: [unknown, RegExp][] = [
    [{ accuracy: 1 }, /the objective is "score", but evaluate gave "accuracy"$/],
    [{}, /the objective is "score", but evaluate gave no metrics$/],
    [{ score: [1, 2] }, /but evaluate gave "score" \("score" as an array\)$/],
    [{ score: NaN }, /evaluate gave score = NaN; metrics must be finite$/],
    [{ score: 1, loss: [1, Infinity] }, /evaluate gave loss\[1\] = Infinity/],
    [{ score: "1" }, /evaluate gave score of type string; a metric is a number or an array/],
    [{ score: 1, note: null }, /evaluate gave note of type null/],
    [{ score: 1, macs: 7 }, /evaluate gave macs = 7, but the cost macs is \d+; give it another/],
    [undefined, /evaluate must return an object of metrics, got undefined$/],
    [3, /evaluate must return an object of metrics, got 3$/],
    [[3], /evaluate must return an object of metrics, got an array$/],
  ];
  for (const [returned, message] of cases) {
    const evaluate = (() => returned) as Evaluate<Toy>;
    const error = await assertRejects(() => search({ ...base, evaluate }), EvaluationError);
    assertMatch(error.message, message);
    const caught = await search({
      ...base,
      evaluate,
      catchErrors: true,
      budget: { trials: 1 },
    });
    assertMatch(caught.trials[0]!.reason!, message);
  }
});

Deno.test("a metric may repeat a cost, and a cost may be the objective", async () => {
  const evaluate: Evaluate<Toy> = (arch) => ({ macs: toyMacs(arch) });
  const study = await search({ ...base, evaluate, objective: minimize("macs") });
  const macs = study.trials.map(({ arch }) => toyMacs(arch));
  assertEquals(study.best().metrics.macs, Math.min(...macs));
});

Deno.test("an abort drops what runs and returns what had finished", async () => {
  for (const executor of [inline(), workers(2)]) {
    const controller = new AbortController();
    let reports = 0;
    const study = await search({
      ...base,
      evaluate: toyScore({ sleep: 5 }),
      executor,
      signal: controller.signal,
      onProgress: ({ done }) => {
        reports++;
        if (done === 3) controller.abort();
      },
    });
    assertEquals(study.stopped, "aborted");
    // At the start, after each of three, and at the end.
    assertEquals(reports, 5);
    assert(study.trials.length >= 3 && study.trials.length <= 7);
  }
});

Deno.test("an abort before the start returns an empty study", async () => {
  const study = await search({ ...base, signal: AbortSignal.abort() });
  assertEquals([study.trials.length, study.stopped], [0, "aborted"]);
});

Deno.test("a signal that aborts while only synchronous work is done is noticed", async () => {
  const evaluate: Evaluate<Toy> = () => {
    const start = performance.now();
    while (performance.now() - start < 10);
    return { score: 1 };
  };
  const study = await search({ ...base, evaluate, signal: AbortSignal.timeout(60) });
  assertEquals(study.stopped, "aborted");
  assert(study.trials.length > 0 && study.trials.length < 15);
});

Deno.test("an abort that comes with the last outcome changes nothing", async () => {
  const controller = new AbortController();
  const study = await search({
    ...base,
    signal: controller.signal,
    onProgress: ({ done }) => {
      if (done === 20) controller.abort();
    },
  });
  assertEquals([study.trials.length, study.stopped], [20, "budget"]);
});

Deno.test("the evaluation sees the abort with its reason", async () => {
  const controller = new AbortController();
  let reason: unknown;
  const evaluate: Evaluate<Toy> = async (_arch, { signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    reason = signal.reason;
    throw reason;
  };
  setTimeout(() => controller.abort(new Error("lunch")), 5);
  const study = await search({ ...base, evaluate, signal: controller.signal });
  assertEquals([study.trials.length, study.stopped], [0, "aborted"]);
  assertEquals((reason as Error).message, "lunch");
});

Deno.test("a budget of seconds starts nothing after them and keeps what runs", async () => {
  const progress: Progress[] = [];
  const start = performance.now();
  let calls = 0;
  const study = await search({
    ...base,
    strategy: randomSearch({ unique: false }),
    evaluate: async () => {
      // The second one is still at work when the time is over.
      if (++calls === 2) await pause(600 - (performance.now() - start));
      return { score: 1 };
    },
    budget: { seconds: 0.5 },
    onProgress: (report) => void progress.push(report),
  });
  assertEquals([study.trials.length, study.stopped], [2, "budget"]);
  assert(study.seconds >= 0.5);
  assertEquals(progress[0]!.unit, "seconds");
  assertEquals(progress[0]!.total, 0.5);
  assertEquals(progress.at(-1)!.done, 0.5);
});

Deno.test("progress is reported at the start and after each trial, and waited for", async () => {
  const progress: Progress[] = [];
  let pending = 0;
  const study = await search({
    ...base,
    evaluate: failAt(0),
    catchErrors: true,
    constraints: [atMost("macs", 60)],
    onProgress: async (report) => {
      assertEquals(pending++, 0);
      progress.push(report);
      await pause(1);
      pending--;
    },
  });
  assertEquals(progress.map(({ done }) => done), Array.from({ length: 21 }, (_, i) => i));
  assertEquals(progress[0], { label: "search", done: 0, total: 20, unit: "trials" });
  assertEquals(progress.at(-1), {
    label: "search",
    done: 20,
    total: 20,
    unit: "trials",
    note: `best score 6 · 1 failed · ${study.rejected.length} rejected`,
  });
});

Deno.test("what onProgress or the strategy throws ends the search as it is", async () => {
  const boom = new Error("boom");
  const thrower = () => {
    throw boom;
  };
  for (const part of ["ask", "tell"] as const) {
    const strategy = defineStrategy("thrower", (space, rng, goals) => ({
      ...randomSearch()(space, rng, goals),
      [part]: thrower,
    }));
    assertEquals(await assertRejects(() => search({ ...base, strategy })), boom);
  }
  assertEquals(await assertRejects(() => search({ ...base, onProgress: thrower })), boom);
});

Deno.test("a graph that cannot be costed ends the search naming the architecture", async () => {
  const broken = { ...base.space, lower: () => ({ nodes: [], output: "x" }) };
  await assertRejects(
    () => search({ ...base, space: broken, strategy: inOrder }),
    Error,
    'Cannot cost 0,0,0,0 of space "toy(4)": ',
  );
});

Deno.test("trials cannot be changed, and a change by evaluate stays outside", async () => {
  const study = await search({
    ...base,
    evaluate: (arch) => {
      (arch.widths as number[]).push(9);
      return { score: 1 };
    },
  });
  assertEquals(study.trials[0]!.arch.widths.length, 4);
  assert(Object.isFrozen(study.trials[0]!.arch.widths));
});

Deno.test("search() refuses bad options before any work", async () => {
  const cases: [Partial<SearchOptions<Toy>>, string][] = [
    [{ budget: {} }, "Cannot search: budget must limit trials, seconds or epochs, got none"],
    [{ budget: { trials: 0 } }, "budget.trials must be a positive integer, got 0"],
    [{ budget: { trials: 1.5 } }, "budget.trials must be a positive integer, got 1.5"],
    [{ budget: { seconds: -1 } }, "budget.seconds must be a positive number, got -1"],
    [{ budget: { epochs: 0 } }, "budget.epochs must be a positive integer, got 0"],
    [{ retries: -1 }, "retries must be a whole number from 0 up, got -1"],
    [
      { duplicates: "drop" as never },
      'duplicates must be "evaluate", "reuse" or "skip", got "drop"',
    ],
    [{ onTrial: 1 as never }, "onTrial must be a function, got 1"],
    [{ stopWhen: true as never }, "stopWhen must be a function, got true"],
    [{ inFlight: 0 }, "inFlight must be a positive integer, got 0"],
    [{ maxRejections: NaN }, "maxRejections must be a positive integer, got NaN"],
    [{ seed: NaN }, "seed must be a text or a number, got NaN"],
    [
      { objective: "score" as never },
      'objective must be maximize(metric) or minimize(metric), got "score"',
    ],
    [
      { strategy: randomSearch as never },
      "strategy must be a strategy maker such as randomSearch()",
    ],
    [{ evaluate: undefined as never }, "evaluate must be a function, got undefined"],
    [{ space: {} as never }, "space must be a search space, got another object"],
    [{ executor: inline as never }, "executor must be inline() or workers(count), got a function"],
    [
      { constraints: [atMost("macs", 5), atMost("params", 9), atLeast("macs", 6)] },
      "constraints macs ≤ 5 and macs ≥ 6 contradict each other",
    ],
    [
      { constraints: [atMost("macs", 5), anyOf(atMost("macs", 900), atMost("latency", 9))] },
      'Cannot check constraint on "latency": known before an evaluation are "params", "macs", "activations", "peakMemory", "flash", "energy"',
    ],
  ];
  for (const [bad, message] of cases) {
    let evaluated = false;
    const evaluate: Evaluate<Toy> = () => ({ score: Number(evaluated = true) });
    const error = await assertRejects(() => search({ ...base, evaluate, ...bad }), Error);
    assert(error instanceof TypeError || error instanceof RangeError);
    assertStringIncludes(error.message, message);
    assertEquals(evaluated, false);
  }
});
