import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { type Evaluate, portable } from "../../lib/space/evaluate.ts";
import { IdleThreads } from "../../lib/search/idle_threads.ts";
import { WorkerThread } from "../../lib/search/worker_thread.ts";
import {
  EvaluationError,
  type Executor,
  maximize,
  randomSearch,
  search,
  type SearchOptions,
  workers,
} from "../../lib/search/mod.ts";
import {
  abortable,
  constant,
  counter,
  meeting,
  type Mishap,
  mishap,
} from "./support/odd_evaluators.ts";
import { pause, type Toy, toySpace } from "./support/toy.ts";

const base: Omit<SearchOptions<Toy>, "evaluate"> = {
  space: toySpace(),
  strategy: randomSearch(),
  objective: maximize("score"),
  budget: { trials: 8 },
  executor: workers(2),
  seed: "s",
};
const odd = import.meta.resolve("./support/odd_evaluators.ts");

Deno.test("workers() refuses bad arguments", () => {
  for (const count of [0, -1, 1.5, NaN]) {
    assertThrows(
      () => workers(count),
      RangeError,
      `Cannot make workers: count must be a positive integer, got ${count}`,
    );
  }
  assertThrows(
    () => workers(1, { stopWithin: -1 }),
    RangeError,
    "stopWithin must be a number of seconds from 0 up, got -1",
  );
  assertThrows(
    () => workers(1, { keepFor: Infinity }),
    RangeError,
    "keepFor must be a number of seconds from 0 up, got Infinity",
  );
});

Deno.test("a plain function is refused with the way out", async () => {
  const error = await assertRejects(
    () => search({ ...base, evaluate: () => ({ score: 1 }) }),
    TypeError,
  );
  assertStringIncludes(error.message, "Cannot run evaluate in workers: it is a plain function");
  assertStringIncludes(error.message, "portable()");
  assertStringIncludes(error.message, "inline()");
});

Deno.test("a recipe that cannot be followed is an error that names it, even with catchErrors", async () => {
  const cases: [string, string, unknown[], string][] = [
    [odd, "missing", [], 'the module exports no such function, only "'],
    [odd, "notAFunction", [], "the module exports no such function"],
    [odd, "brokenFactory", [], "no data set"],
    [odd, "wrongFactory", [], "it must return a function, got number"],
    [odd, "constant", [() => 1], "could not be cloned"],
    [`${odd}x`, "constant", [], "Module not found"],
  ];
  for (const [module, factory, args, message] of cases) {
    const evaluate: Evaluate<Toy> = portable({ module, factory, args }, () => ({ score: 1 }));
    const error = await assertRejects(
      () => search({ ...base, evaluate, catchErrors: true }),
      Error,
      `Cannot make evaluate in a worker with "${factory}" of ${module}: `,
    );
    assertStringIncludes(error.message, message);
  }
});

Deno.test("what an evaluation throws in a worker comes back with name, message and stack", async () => {
  const cases: [Mishap, string, string][] = [
    ["throw", "OddError", "on purpose"],
    ["throw text", "Error", "only text"],
    ["give a function", "DataCloneError", "could not be cloned"],
  ];
  for (const [kind, name, message] of cases) {
    const error = await assertRejects(
      () => search({ ...base, evaluate: mishap(kind) }),
      EvaluationError,
      kind === "give a function" ? "" : "Cannot evaluate trial 3, ",
    );
    const cause = error.cause as Error;
    assertEquals(cause.name, name);
    assertStringIncludes(cause.message, message);
    if (kind === "throw") assertStringIncludes(cause.stack!, "odd_evaluators.ts");
  }
});

Deno.test("a worker that dies fails its trial by name and is replaced", async () => {
  const cases: [Mishap, string][] = [
    ["throw later", "the worker died: in a timer"],
    ["reject later", "the worker died: nobody waited"],
    ["close", "the worker died: the evaluation called close()"],
    ["exit", "the worker died: the evaluation called Deno.exit(3)"],
  ];
  for (const [kind, message] of cases) {
    const options = { ...base, evaluate: mishap(kind), executor: workers(1) };
    const error = await assertRejects(() => search(options), EvaluationError, "trial 3, ");
    assertStringIncludes(error.message, message);
    const study = await search({ ...options, catchErrors: true });
    assertEquals(study.trials.map(({ status }) => status === "failed"), [
      ...[false, false, false, true],
      ...[false, false, false, false],
    ]);
    assertStringIncludes(study.trials[3]!.reason!, message);
  }
});

Deno.test("workers wait for the next search and go on with the function they made", async () => {
  const scores = async (executor: Executor, evaluate: Evaluate<Toy>) => {
    const { trials } = await search({ ...base, budget: { trials: 3 }, evaluate, executor });
    return trials.map(({ metrics }) => metrics.score);
  };
  const values = new Float32Array([1, 2]);
  const name = crypto.randomUUID();
  const one = workers(1);
  assertEquals(await scores(one, counter({ name, values })), [1, 2, 3]);
  assertEquals(await scores(one, counter({ values: values.slice(), name })), [4, 5, 6]);
  assertEquals(await scores(workers(1), counter({ name, values })), [7, 8, 9]);
  values[1] = 3;
  assertEquals(await scores(one, counter({ name, values })), [1, 2, 3]);
  assertEquals(await scores(one, counter({ name, values: new Map() })), [1, 2, 3]);
  assertEquals(await scores(one, counter({ name, values: new Map() })), [1, 2, 3]);
  assertEquals(await scores(workers(1, { keepFor: 0 }), counter({ name, values })), [1, 2, 3]);
  assertEquals(await scores(workers(1, { keepFor: 0.05 }), counter({ name, values })), [1, 2, 3]);
  await pause(200);
  assertEquals(await scores(one, counter({ name, values })), [1, 2, 3]);
});

Deno.test("searches at the same time get workers of their own", async () => {
  const executor = workers(2);
  const evaluate = meeting(4);
  const options = { ...base, budget: { trials: 2 }, evaluate, executor };
  const studies = await Promise.all([search(options), search(options)]);
  assertEquals(studies.map(({ trials }) => trials.length), [2, 2]);
});

Deno.test("a worker that dies while it waits is not used again", async () => {
  const evaluate = mishap("throw after");
  const options = { ...base, budget: { trials: 4 }, evaluate, executor: workers(1) };
  for (let i = 0; i < 3; i++) {
    assertEquals((await search(options)).trials.length, 4);
    await pause(100);
  }
});

Deno.test("no more workers wait than the largest executor has, the last used ones", async () => {
  const idle = new IdleThreads();
  idle.makeRoom(2);
  idle.makeRoom(1);
  const threads = [1, 2, 3].map(() => new WorkerThread());
  for (const thread of threads) await idle.put(thread, 60);
  assertEquals(threads.map(({ alive }) => alive), [false, true, true]);
  assert(idle.take("another") === threads[1]);
  await idle.put(threads[1]!, 60);
  await threads[2]!.end();
  assert(idle.take(undefined) === threads[1]);
  assertEquals(idle.take(undefined), undefined);
  await idle.put(threads[1]!, 0);
  assertEquals(threads[1]!.alive, false);
});

Deno.test("workers that wait do not keep a script from ending", async () => {
  const script = new URL("./support/short_script.ts", import.meta.url);
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", script.href],
    stderr: "inherit",
    signal: AbortSignal.timeout(30_000),
  }).output();
  assertEquals([code, new TextDecoder().decode(stdout)], [0, "4 trials\n4 trials\n"]);
});

Deno.test("a recipe's arguments may be typed arrays", async () => {
  const study = await search({ ...base, evaluate: constant(new Float32Array([2.5])) });
  assertEquals(study.best().metrics.score, 2.5);
});

Deno.test("an abort reaches the evaluation in the worker, with its reason", async () => {
  const file = await Deno.makeTempFile();
  const controller = new AbortController();
  const searching = search({
    ...base,
    evaluate: abortable(file),
    executor: workers(1),
    signal: controller.signal,
  });
  while (await Deno.readTextFile(file) === "") await pause(5);
  controller.abort(new Error("lunch"));
  const study = await searching;
  assertEquals([study.trials.length, study.stopped], [0, "aborted"]);
  assertEquals(await Deno.readTextFile(file), "Error: lunch");
  await Deno.remove(file);
});

Deno.test("a worker whose evaluation does not heed the abort is ended", async () => {
  const file = await Deno.makeTempFile();
  const controller = new AbortController();
  const searching = search({
    ...base,
    evaluate: abortable(file, true),
    executor: workers(1, { stopWithin: 0.1 }),
    signal: controller.signal,
  });
  while (await Deno.readTextFile(file) === "") await pause(5);
  const start = performance.now();
  controller.abort();
  const study = await searching;
  assertEquals(study.stopped, "aborted");
  const taken = performance.now() - start;
  assert(taken >= 100 && taken < 1500, `took ${taken} ms`);
  await Deno.remove(file);
});

Deno.test("a runner refuses more work than it has workers", async () => {
  const evaluate = counter(crypto.randomUUID());
  const runner = await workers(1).open(evaluate);
  const space = toySpace();
  const arch = space.fromChoices([0, 0, 0, 0]);
  const context = {
    graph: space.lower(arch),
    seed: "s",
    signal: new AbortController().signal,
  };
  const first = runner.run(arch, context);
  await assertRejects(() => runner.run(arch, context), RangeError, "all workers are busy");
  assertEquals(await first, { score: 1 });
  await runner.close();
});
