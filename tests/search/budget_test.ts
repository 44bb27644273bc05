import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  defineStrategy,
  EvaluationError,
  maximize,
  minimize,
  randomSearch,
  search,
  type SearchOptions,
  type Study,
  type Trial,
  workers,
} from "../../lib/search/mod.ts";
import { portable } from "../../lib/space/evaluate.ts";
import { adaptive, type Toy, toyScore, toySpace, toyTable } from "./support/toy.ts";

const base: SearchOptions<Toy> = {
  space: toySpace(),
  strategy: adaptive,
  evaluate: toyTable(),
  objective: maximize("score"),
  budget: { seconds: 20 },
  seed: "s",
};

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const timeOf = (trials: readonly Trial<Toy>[]) => sum(trials.map(({ seconds }) => seconds));

/** Asks for 1, 2, 3, 4, 1, ... epochs. */
const rising = defineStrategy("rising", (space, rng) => {
  let asked = 0;
  return {
    ask: () => ({ arch: space.sample(rng.split(asked)), epochs: 1 + asked++ % 4 }),
    tell() {},
    snapshot: () => asked,
    restore: (state) => asked = state as number,
  };
});

Deno.test("simulated seconds are those of the trials, and a trial begins while there are some left", async () => {
  for (const seconds of [0.1, 0.8, 1.6, 5, 9.6, 20]) {
    const start = performance.now();
    const study = await search({ ...base, budget: { seconds } });
    assert(performance.now() - start < 15_000);
    for (const { arch, seconds, metrics } of study.trials) {
      assertEquals(seconds, 4 * arch.widths[0]! / 10);
      assert(!("seconds" in metrics));
    }
    assertEquals(study.seconds, timeOf(study.trials));
    assertEquals(study.stopped, "budget");
    assert(timeOf(study.trials) >= seconds);
    assert(timeOf(study.trials.slice(0, -1)) < seconds);
  }
});

Deno.test("the same trials fit into simulated seconds in any executor, and with a journal", async () => {
  const folder = await Deno.makeTempDir();
  const journal = `${folder}/x.jsonl`;
  try {
    for (const strategy of [adaptive, rising]) {
      const options = { ...base, strategy, evaluate: toyTable({ sleep: 3 }), inFlight: 3 };
      const whole = await search(options);
      assertEquals(await search({ ...options, executor: workers(2) }), whole);
      for (const seconds of [7, 13, 20, 9]) {
        const budget = { seconds };
        const resumed = await search({ ...options, budget, journal });
        assertEquals(resumed, await search({ ...options, budget }));
      }
      await Deno.remove(journal);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("simulated seconds may be the objective, and must be there", async () => {
  const study = await search({ ...base, objective: minimize("seconds"), budget: { trials: 20 } });
  assertEquals(study.best().metrics.seconds, 0.8);
  for (const seconds of [undefined, -1, [3]]) {
    const evaluate = portable<Toy>(
      { module: import.meta.url, factory: "none", args: [] },
      () => ({ score: 1, ...(seconds === undefined ? {} : { seconds }) }),
      { simulated: true },
    );
    await assertRejects(
      () => search({ ...base, evaluate }),
      EvaluationError,
      `evaluate is marked as simulated, and gave seconds = ${seconds}; they must be a number from 0 up`,
    );
  }
});

Deno.test("a simulated trial that fails takes no time", async () => {
  const study = await search({
    ...base,
    evaluate: toyTable({ failEvery: 4 }),
    catchErrors: true,
  });
  assert(study.trials.some(({ status }) => status === "failed"));
  for (const { status, seconds } of study.trials) assertEquals(seconds === 0, status === "failed");
});

Deno.test("a budget of epochs counts what each trial asks for, failed ones too, and is not exceeded", async () => {
  for (const [strategy, each] of [[adaptive, [4]], [rising, [1, 2, 3, 4]]] as const) {
    for (let epochs = 1; epochs <= 22; epochs++) {
      const study = await search({
        ...base,
        strategy,
        evaluate: toyTable({ failEvery: 3 }),
        catchErrors: true,
        budget: { epochs },
      });
      let [expected, used] = [0, 0];
      while ((used += each[expected % each.length]!) <= epochs) expected++;
      assertEquals(study.trials.length, expected);
      assertEquals(study.stopped, "budget");
    }
  }
});

Deno.test("a resumed search counts the epochs of its journal", async () => {
  const folder = await Deno.makeTempDir();
  const journal = `${folder}/x.jsonl`;
  const lengths: number[] = [];
  try {
    for (const epochs of [7, 11, 30]) {
      const options = { ...base, strategy: rising, budget: { epochs } };
      const study: Study<Toy> = await search({ ...options, journal });
      assertEquals(
        study.toJSON({ times: false }),
        (await search(options)).toJSON({ times: false }),
      );
      lengths.push(study.trials.length);
    }
    assertEquals(lengths, [3, 5, 12]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a budget of epochs where nobody tells how many a trial takes is an error", async () => {
  let evaluated = 0;
  await assertRejects(
    () =>
      search({
        ...base,
        strategy: randomSearch(),
        evaluate: (arch, context) => (evaluated++, toyScore()(arch, context)),
        budget: { epochs: 10 },
      }),
    RangeError,
    "Cannot search: budget.epochs needs to know what a trial takes, but randomSearch(unique: true) " +
      "asks for no epochs and evaluate.epochs is absent; portable() can tell it",
  );
  assertEquals(evaluated, 0);
});
