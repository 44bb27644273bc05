import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { digits } from "naskit/data/mod.ts";
import { trainInheriting } from "naskit/estimate/mod.ts";
import { agingEvolution, maximize, randomSearch, search, workers } from "naskit/search/mod.ts";
import {
  type Evaluate,
  type EvaluateContext,
  mobileNetwork,
  nasBench201,
} from "naskit/space/mod.ts";
import type { Graph } from "naskit/graph/mod.ts";

const data = await digits({ train: 400, validation: 200 });
const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
const cell = (choices: number[]) => space.lower(space.fromChoices(choices));

function evaluateOn(
  evaluate: Evaluate<unknown>,
  graph: Graph,
  context: Partial<EvaluateContext> & { readonly seed: string },
) {
  const { signal } = new AbortController();
  return evaluate(undefined, { graph, signal, ...context }) as Promise<{ [name: string]: number }>;
}

Deno.test("a child that has a way begins with its parent's accuracy, any other with what fits", async () => {
  const evaluate = trainInheriting(data, { epochs: 3, children: { epochs: 1 } });
  const parent = await evaluateOn(evaluate, cell([3, 0, 2, 2, 1, 3]), { seed: "a/trial/0" });
  assertEquals([parent.inherited, parent.sameOutputs], [0, 0]);
  assert(parent.accuracy! > parent.startAccuracy! + 0.2);
  const parents = ["a/trial/0"];
  const child = await evaluateOn(evaluate, cell([3, 3, 3, 2, 1, 3]), {
    seed: "a/trial/1",
    parents,
  });
  assertEquals([child.inherited, child.sameOutputs], [1, 1]);
  assertAlmostEquals(child.startAccuracy!, parent.accuracy!, 0.006);
  const other = await evaluateOn(evaluate, cell([3, 1, 2, 2, 3, 3]), {
    seed: "a/trial/2",
    parents,
  });
  assert(other.inherited! > 0.5 && other.inherited! < 1 && other.sameOutputs === 0);
  // Of several parents the first one with a way; the second child comes from the first child.
  const both = await evaluateOn(evaluate, cell([3, 3, 3, 3, 1, 3]), {
    seed: "a/trial/3",
    parents: ["a/trial/2", "a/trial/1"],
  });
  assertEquals(both.sameOutputs, 1);
  assertAlmostEquals(both.startAccuracy!, child.accuracy!, 0.006);
  await assertRejects(
    () => evaluateOn(evaluate, cell([3, 1, 2, 2, 3, 3]), { seed: "a", parents: ["a/trial/9"] }),
    Error,
    "the weights of a/trial/9 are not in memory",
  );
});

Deno.test("a search in workers that keep weights in a folder is the search in one thread", async () => {
  const folder = await Deno.makeTempDir();
  const mobile = mobileNetwork({ inputChannels: 1, resolutions: [8], widths: [1] });
  const run = async (name: string, executor: { executor?: ReturnType<typeof workers> }) => {
    const study = await search({
      space: mobile,
      strategy: agingEvolution({ population: 2, tournament: 2 }),
      evaluate: trainInheriting(data, { epochs: 1, folder: `${folder}/${name}` }),
      objective: maximize("accuracy"),
      budget: { trials: 4 },
      inFlight: 2,
      seed: "a.b/../c",
      ...executor,
    });
    return study.trials.map((
      { metrics, parents },
    ) => [metrics.accuracy, metrics.inherited, parents]);
  };
  const inline = await run("one", {});
  assertEquals(await run("two", { executor: workers(2, { keepFor: 0 }) }), inline);
  assert(inline.slice(2).every(([, inherited]) => inherited as number > 0));
  const lost = trainInheriting(data, { folder });
  await assertRejects(
    () =>
      evaluateOn(lost, mobile.lower(mobile.fromChoices(mobile.decisions.map(() => 0))), {
        seed: "x",
        parents: ["y"],
      }),
    Error,
    `the weights of y are not in ${folder}`,
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a strategy without parents trains founders alone", async () => {
  const study = await search({
    space,
    strategy: randomSearch(),
    evaluate: trainInheriting(data, { epochs: 1 }),
    objective: maximize("accuracy"),
    budget: { trials: 2 },
    seed: "founders",
  });
  assertEquals(study.trials.map(({ metrics }) => metrics.inherited), [0, 0]);
});

Deno.test("bad recipes are refused before any training", () => {
  assertThrows(() => trainInheriting(data, { epochs: 0 }), RangeError, "epochs");
  assertThrows(() => trainInheriting(data, { children: { learningRate: 0 } }), RangeError, "got 0");
});
