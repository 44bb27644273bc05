import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { digits, resize, take } from "naskit/data/mod.ts";
import { trainFromScratch, trainInheriting, type TrainRecipe } from "naskit/estimate/mod.ts";
import { loadModel, weightsOf, widen } from "naskit/model/mod.ts";
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

for (
  const [name, recipe] of Object.entries<TrainRecipe>({
    "momentum": { learningRate: 0.01 },
    "AdamW": { optimiser: { kind: "adam", decoupled: true, weightDecay: 0.1 } },
  })
) {
  Deno.test(`a child that is its parent goes on, with its ${name}, as if that had never ended`, async () => {
    // Of one image, as a training's seed has a say in the order of more.
    const one = { train: take(data.train, 1), validation: take(data.validation, 9) };
    const graph = cell([3, 1, 2, 4, 3, 3]);
    const constant = { ...recipe, schedule: { kind: "constant" } } as const;
    const rate = recipe.learningRate ?? 1e-3;
    const folder = await Deno.makeTempDir();
    const inheriting = (carryOptimiser: boolean, place: string) =>
      trainInheriting(one, {
        ...constant,
        epochs: 4,
        children: { epochs: 3, learningRate: rate },
        carryOptimiser,
        folder: `${folder}/${place}`,
      });
    const run = async (evaluate: Evaluate<unknown>, seed: string, parents?: string[]) => {
      const found = await evaluateOn(evaluate, graph, { seed, ...(parents ? { parents } : {}) });
      return found.trainLoss as unknown as number[];
    };
    const whole = await run(trainFromScratch(one, { ...constant, epochs: 7 }), "p");
    const carried = inheriting(true, "carried");
    assertEquals(await run(carried, "p"), whole.slice(0, 4));
    assertEquals(await run(carried, "c", ["p"]), whole.slice(4));
    const reset = inheriting(false, "reset");
    await run(reset, "p");
    const [first, ...others] = await run(reset, "c", ["p"]);
    assertEquals(first, whole[4]);
    assertNotEquals(others, whole.slice(5));
    // The child's weights are those of the whole training, to the last bit.
    const long = trainInheriting(one, { ...constant, epochs: 7, folder: `${folder}/long` });
    await run(long, "p");
    const [child, all] = await Promise.all(["carried/c", "long/p"].map(async (path) => {
      const model = await loadModel(`${folder}/${path}`);
      try {
        return weightsOf(model);
      } finally {
        model.dispose();
      }
    }));
    assertEquals(child, all);
    await assertRejects(
      () => run(inheriting(true, "reset"), "d", ["p"]),
      Error,
      `the optimiser of p is not in ${folder}/reset`,
    );
    await Deno.truncate(`${folder}/carried/p.optimiser`, 3000);
    await assertRejects(
      () => run(inheriting(true, "carried"), "d", ["p"]),
      SyntaxError,
      "Cannot read the optimiser of",
    );
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("a wider child goes on with its parent's momenta, and one with no way to it from rest", async () => {
  const graph = cell([3, 0, 2, 2, 1, 3]);
  const wider = widen(graph, { node: "stem.conv", channels: 6, rng: createRng("copies") }).graph;
  const run = async (child: Graph, carryOptimiser: boolean) => {
    const evaluate = trainInheriting(data, { epochs: 2, carryOptimiser, children: { epochs: 1 } });
    await evaluateOn(evaluate, graph, { seed: "p" });
    const { trainLoss, sameOutputs } = await evaluateOn(evaluate, child, {
      seed: "c",
      parents: ["p"],
    });
    return { trainLoss, sameOutputs };
  };
  const [carried, reset] = [await run(wider, true), await run(wider, false)];
  assertEquals([carried.sameOutputs, reset.sameOutputs], [1, 1]);
  assertNotEquals(carried.trainLoss, reset.trainLoss);
  const other = cell([3, 1, 2, 2, 3, 3]);
  assertEquals(await run(other, true), await run(other, false));
});

Deno.test("a child that reads images of another size takes over what fits", async () => {
  const mobile = mobileNetwork({ inputChannels: 1, resolutions: [8, 12], widths: [1] });
  const of = (size: number) => mobile.lower(mobile.decode(`${size}px w1 8:k3e2 16:k3e2 32:k3e2`));
  const options = { epochs: 2, children: { epochs: 1 } };
  const evaluate = trainInheriting(data, { ...options, resize: true });
  const parent = await evaluateOn(evaluate, of(8), { seed: "p" });
  const child = await evaluateOn(evaluate, of(12), { seed: "c", parents: ["p"] });
  assertEquals([child.inherited, child.sameOutputs], [1, 0]);
  const larger = {
    train: resize(data.train, 12),
    validation: resize(data.validation, 12),
  };
  const founder = await evaluateOn(trainInheriting(larger, options), of(12), { seed: "q" });
  assertEquals(await evaluateOn(evaluate, of(12), { seed: "q" }), founder);
  assert(child.startAccuracy! > founder.startAccuracy! && parent.accuracy! > 0.3);
  await assertRejects(
    () => evaluateOn(trainInheriting(data, options), of(12), { seed: "r" }),
    RangeError,
  );
});

Deno.test("a search in workers that keep weights in a folder is the search in one thread", async () => {
  const folder = await Deno.makeTempDir();
  const mobile = mobileNetwork({ inputChannels: 1, resolutions: [8, 12], widths: [1] });
  const run = async (name: string, executor: { executor?: ReturnType<typeof workers> }) => {
    const study = await search({
      space: mobile,
      strategy: agingEvolution({ population: 2, tournament: 2 }),
      evaluate: trainInheriting(data, {
        epochs: 1,
        folder: `${folder}/${name}`,
        carryOptimiser: true,
        resize: true,
      }),
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

Deno.test("a search that was stopped goes on from its folder, optimisers and all", async () => {
  const few = { train: take(data.train, 100), validation: take(data.validation, 100) };
  const folder = await Deno.makeTempDir();
  const run = async (name: string, trials: number) => {
    const study = await search({
      space: mobileNetwork({ inputChannels: 1, resolutions: [8], widths: [1] }),
      strategy: agingEvolution({ population: 2, tournament: 2 }),
      evaluate: trainInheriting(few, {
        epochs: 1,
        carryOptimiser: true,
        noise: 0.02,
        folder: `${folder}/${name}`,
      }),
      objective: maximize("accuracy"),
      budget: { trials },
      inFlight: 1,
      journal: `${folder}/${name}.jsonl`,
      seed: "stopped",
    });
    return study.trials.map(({ metrics }) => metrics);
  };
  await run("parts", 3);
  const parts = await run("parts", 6);
  assertEquals(parts, await run("whole", 6));
  assert(parts.slice(2).some(({ sameOutputs }) => sameOutputs === 1));
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
  assertThrows(
    () => trainInheriting(data, { carryOptimiser: true, children: { momentum: 0 } }),
    RangeError,
    "got SGD with momentum, and SGD without momentum for children",
  );
});
