import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  EvaluationError,
  maximize,
  randomSearch,
  readJournal,
  search,
  type SearchOptions,
} from "../../lib/search/mod.ts";
import type { Evaluate } from "../../lib/space/evaluate.ts";
import { pause, type Toy, toySpace } from "./support/toy.ts";

const base: Omit<SearchOptions<Toy>, "evaluate"> = {
  space: toySpace(),
  strategy: randomSearch(),
  objective: maximize("score"),
  budget: { trials: 8 },
  seed: "s",
};

/** Fails as often for each trial as its number says, and notes the seeds that it is called with. */
function stubborn(seeds: string[] = []): Evaluate<Toy> {
  return async (_arch, { seed }) => {
    seeds.push(seed);
    const [, , index, , retry = "0"] = seed.split("/");
    await pause(4);
    if (Number(retry) < Number(index)) throw new Error(`no ${retry}`);
    return { score: Number(retry) };
  };
}

Deno.test("an evaluation that throws is tried again with other seeds, and each reason is kept", async () => {
  const seeds: string[] = [];
  const study = await search({
    ...base,
    evaluate: stubborn(seeds),
    retries: 2,
    catchErrors: true,
    inFlight: 1,
  });
  assertEquals(seeds.slice(0, 6), [
    "s/trial/0",
    "s/trial/1",
    "s/trial/1/retry/1",
    "s/trial/2",
    "s/trial/2/retry/1",
    "s/trial/2/retry/2",
  ]);
  assertEquals(seeds.length, 1 + 2 + 6 * 3);
  const told = study.trials.map(({ status, failures, reason, seed, metrics }) => [
    status,
    failures,
    reason,
    seed,
    metrics.score,
  ]);
  assertEquals(told.slice(0, 4), [
    ["complete", undefined, undefined, "s/trial/0", 0],
    ["complete", ["no 0"], undefined, "s/trial/1/retry/1", 1],
    ["complete", ["no 0", "no 1"], undefined, "s/trial/2/retry/2", 2],
    ["failed", ["no 0", "no 1"], "no 2", "s/trial/3/retry/2", undefined],
  ]);
  // The time of all attempts counts.
  assert(study.trials[2]!.seconds >= 0.011);
});

Deno.test("without catchErrors the search ends once all attempts have failed", async () => {
  const error = await assertRejects(
    () => search({ ...base, evaluate: stubborn(), retries: 2 }),
    EvaluationError,
    ": no 2 (in attempt 3)",
  );
  assertEquals(error.index, 3);
  assertEquals(error.study.trials.map(({ index }) => index), [0, 1, 2]);
});

Deno.test("useless metrics count as a failed attempt", async () => {
  const study = await search({
    ...base,
    evaluate: (_arch, { seed }) => ({ score: seed.includes("retry") ? 1 : NaN }),
    retries: 1,
  });
  assertEquals(study.trials[0]!.failures, ["evaluate gave score = NaN; metrics must be finite"]);
});

Deno.test("an aborted search tries nothing again", async () => {
  const controller = new AbortController();
  let calls = 0;
  const study = await search({
    ...base,
    retries: 5,
    signal: controller.signal,
    evaluate: () => {
      calls++;
      controller.abort();
      throw new Error("cut short");
    },
  });
  assertEquals([calls, study.stopped, study.trials.length], [1, "aborted", 0]);
});

Deno.test("a journal keeps the reasons of all attempts", async () => {
  const folder = await Deno.makeTempDir();
  const journal = `${folder}/x.jsonl`;
  const options = { ...base, evaluate: stubborn(), retries: 2, catchErrors: true, journal };
  try {
    const study = await search(options);
    assertEquals((await readJournal<Toy>(journal)).trials, [...study.trials]);
    assertEquals((await search(options)).trials, study.trials);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
