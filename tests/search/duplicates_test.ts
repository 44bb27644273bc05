import { assert, assertEquals, assertRejects } from "@std/assert";
import { atMost } from "../../lib/cost/constraint.ts";
import {
  defineStrategy,
  InfeasibleError,
  JournalError,
  maximize,
  randomSearch,
  readJournal,
  search,
  type SearchOptions,
  workers,
} from "../../lib/search/mod.ts";
import { adaptive, type Toy, toyScore, toySpace, toyTable } from "./support/toy.ts";

const base: SearchOptions<Toy> = {
  space: toySpace(2),
  strategy: randomSearch({ unique: false }),
  evaluate: toyScore({ failEvery: 5 }),
  objective: maximize("score"),
  budget: { trials: 40 },
  catchErrors: true,
  seed: "s",
};

Deno.test("duplicates are evaluated again when nothing is said", async () => {
  const study = await search(base);
  assertEquals(study.trials.length, 40);
  assertEquals(new Set(study.trials.map(({ key }) => key)).size, 9);
  assert(
    study.trials.every(({ repeats, seed, index }) =>
      repeats === undefined && seed === `s/trial/${index}`
    ),
  );
});

Deno.test("a reused duplicate has the outcome of the first, in no time and without a call", async () => {
  const calls: string[] = [];
  const study = await search({
    ...base,
    duplicates: "reuse",
    evaluate: (arch, context) => {
      calls.push(context.seed);
      return toyScore({ failEvery: 5 })(arch, context);
    },
  });
  assertEquals(study.trials.length, 40);
  const first = new Map<string, number>();
  for (const trial of study.trials) {
    const original = first.get(trial.key);
    assertEquals(trial.repeats, original);
    if (original === undefined) {
      first.set(trial.key, trial.index);
      continue;
    }
    const { index: _, repeats: __, seconds, ...own } = trial;
    const { index: ___, seconds: ____, ...same } = study.trials[original]!;
    assertEquals(own, same);
    assertEquals(seconds, 0);
  }
  assertEquals(calls, [...first.values()].map((index) => `s/trial/${index}`));
  assert(study.trials.some(({ status, repeats }) => status === "failed" && repeats !== undefined));
});

Deno.test("a skipped duplicate is rejected, told at once and not tried", async () => {
  const told: string[] = [];
  const strategy = defineStrategy("listening", (space, rng, goals) => {
    const inner = randomSearch({ unique: false })(space, rng, goals);
    return { ...inner, tell: ({ status, key }) => void told.push(`${status} ${key}`) };
  });
  const study = await search({ ...base, strategy, duplicates: "skip", maxRejections: 60 });
  assertEquals(study.stopped, "exhausted");
  assertEquals(
    study.trials.map(({ key }) => key).toSorted(),
    [
      ...[...base.space.enumerate()].map((arch) => base.space.encode(arch)),
    ].toSorted(),
  );
  for (const { key, reason, repeats, metrics } of study.rejected) {
    assertEquals(study.trials[repeats!]!.key, key);
    assertEquals(reason, `trial ${repeats} is of the same architecture`);
    assert(metrics.macs! > 0);
    assert(told.includes(`rejected ${key}`));
  }
});

for (const duplicates of ["reuse", "skip"] as const) {
  Deno.test(`"${duplicates}" gives one study in any executor and however often it is resumed`, async () => {
    const folder = await Deno.makeTempDir();
    const journal = `${folder}/x.jsonl`;
    const options = {
      ...base,
      strategy: adaptive,
      space: toySpace(3),
      evaluate: toyScore({ sleep: 3, failEvery: 5 }),
      constraints: [atMost("macs", 60)],
      budget: { trials: 24 },
      duplicates,
    };
    const timeless = async (change: Partial<SearchOptions<Toy>>) =>
      (await search({ ...options, ...change })).toJSON({ times: false });
    try {
      const whole = await timeless({});
      assert([...whole.trials, ...whole.rejected].some(({ repeats }) => repeats !== undefined));
      assertEquals(await timeless({ executor: workers(2) }), whole);
      for (const trials of [3, 11, 24]) {
        await timeless({ journal, budget: { trials }, executor: workers(2) });
      }
      assertEquals(await timeless({ journal }), whole);
      assertEquals((await readJournal<Toy>(journal)).trials.map(({ repeats }) => repeats), [
        ...whole.trials.map(({ repeats }) => repeats),
      ]);
      await assertRejects(
        () => timeless({ journal, duplicates: "evaluate" }),
        JournalError,
        `duplicates is "${duplicates}" in it and not set in this search`,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("an architecture asked for with other epochs is no duplicate, with those of evaluate it is", async () => {
  const asks = [undefined, 2, 4, 2, undefined];
  const strategy = defineStrategy("epochs", (space) => {
    let asked = 0;
    return {
      ask: () => {
        if (asked === asks.length) return undefined;
        const epochs = asks[asked++];
        return {
          arch: space.fromChoices([0, 0]),
          notes: { asked },
          ...(epochs === undefined ? {} : { epochs }),
        };
      },
      tell() {},
      snapshot: () => asked,
      restore() {},
    };
  });
  const study = await search({ ...base, strategy, evaluate: toyTable(), duplicates: "reuse" });
  assertEquals(study.trials.map(({ repeats }) => repeats), [undefined, undefined, 0, 1, 0]);
  assertEquals(study.trials.map(({ epochs }) => epochs), asks);
  assertEquals(study.trials.map(({ notes }) => notes!.asked), [1, 2, 3, 4, 5]);
});

Deno.test("a search that only repeats itself ends, also where repeating costs nothing", async () => {
  const stuck = defineStrategy("stuck", (space) => ({
    ask: () => ({ arch: space.fromChoices([1, 1]) }),
    tell() {},
    snapshot: () => null,
    restore() {},
  }));
  const options = { ...base, strategy: stuck, evaluate: toyTable(), maxRejections: 10 };
  const reused = await search({ ...options, duplicates: "reuse", budget: { epochs: 8 } });
  assertEquals([reused.stopped, reused.trials.length], ["exhausted", 11]);
  const skipped = await search({ ...options, duplicates: "skip", budget: { epochs: 8 } });
  assertEquals([skipped.stopped, skipped.trials.length], ["exhausted", 1]);
  assertEquals(skipped.rejected.length, 11);
  // Where it is a constraint that keeps all candidates away, that is still the error it was.
  const constraints = [atMost("macs", 1)];
  await assertRejects(
    () => search({ ...options, duplicates: "skip", constraints }),
    InfeasibleError,
    "11 in a row were rejected",
  );
});
