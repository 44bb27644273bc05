import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import {
  defineProxy,
  metricOfScore,
  noiseBatch,
  scoreOfMetric,
  scoreWith,
  snip,
} from "naskit/proxy/mod.ts";
import { gridSearch, inline, maximize, readJournal, search, workers } from "naskit/search/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { largeWeights } from "./support/own_proxy.ts";

const space = nasBench201({
  channels: 2,
  cellsPerStage: 1,
  size: 8,
  operations: ["none", "nor_conv_1x1"],
});
const graph = space.lower(space.fromChoices([1, 0, 1, 0, 0, 1]));
const batch = noiseBatch(graph, { count: 4, rng: createRng("noise") });
const context = { graph, seed: "s", signal: new AbortController().signal };
const base = {
  space,
  strategy: gridSearch(),
  objective: maximize("snip"),
  seed: "scores",
  budget: { trials: 12 },
};

Deno.test("scores are metrics, drawn by the seed alone", async () => {
  const evaluate = scoreWith(["params", snip()], { batch });
  const metrics = await evaluate(undefined, context);
  assertEquals(Object.keys(metrics), ["params", "snip"]);
  assertEquals(metrics.snip, await snip().score(graph, batch, createRng("s").split(0)));
  assertEquals(await evaluate(undefined, context), metrics);
  assert((await evaluate(undefined, { ...context, seed: "t" })).snip !== metrics.snip);
});

Deno.test("several draws are averaged, and the time is told on request", async () => {
  const one = (draw: number) => snip().score(graph, batch, createRng("s").split(draw)) as number;
  const { snip: mean, snip_seconds: seconds } = await scoreWith(["snip"], {
    batch,
    draws: 3,
    seconds: true,
  })(undefined, context);
  assertAlmostEquals(mean as number, (one(0) + one(1) + one(2)) / 3, 1e-9);
  assert((seconds as number) > 0);
  const late = defineProxy({ name: "late", needs: "graph", score: () => Promise.resolve(7) });
  const drawn = defineProxy({
    name: "drawn",
    needs: "weights",
    score: async (net) => await Promise.resolve(net.rng()),
  });
  const draws = [0, 1, 2].map((draw) => createRng("s").split(draw)());
  const found = await scoreWith([late, drawn], { draws: 3 })(undefined, context);
  assertEquals(found.late, 7);
  assertAlmostEquals(found.drawn as number, draws.reduce((a, b) => a + b) / 3, 1e-12);
});

Deno.test("a search over scores is the same in workers, and goes on where its journal ends", async () => {
  const evaluate = scoreWith(["params", "snip", largeWeights(0.2)], { batch });
  const here = await search({ ...base, evaluate });
  const times = { times: false };
  const there = await search({ ...base, evaluate, executor: workers(2, { keepFor: 0 }) });
  assertEquals(there.toJSON(times), here.toJSON(times));
  const journal = `${await Deno.makeTempDir()}/scores.jsonl`;
  await search({ ...base, evaluate, journal, budget: { trials: 5 } });
  const whole = await search({ ...base, evaluate, journal });
  assertEquals(whole.toJSON(times), here.toJSON(times));
  assertEquals((await readJournal(journal)).trials.length, 12);
  // Other images, other scores: the journal is not for them.
  const other = noiseBatch(graph, { count: 4, rng: createRng("other") });
  await assertRejects(
    () => search({ ...base, evaluate: scoreWith(["params", "snip"], { batch: other }), journal }),
    Error,
    "evaluate was made with other data or options",
  );
});

Deno.test("a proxy that workers cannot make is named, and scores here", async () => {
  const own = defineProxy({
    name: "own",
    needs: "graph",
    score: ({ graph }) => graph.nodes.length,
  });
  const evaluate = scoreWith([own]);
  const options = { ...base, evaluate, objective: maximize("own") };
  assertEquals((await search({ ...options, executor: inline() })).trials.length, 12);
  await assertRejects(
    () => search({ ...options, executor: workers(1, { keepFor: 0 }) }),
    Error,
    "a worker cannot make the proxy own; give defineProxy a recipe, or use the executor inline()",
  );
});

Deno.test("scores that are not finite are metrics that rank as they do", async () => {
  for (const direction of ["maximize", "minimize"] as const) {
    const scores = [NaN, -Infinity, -3, 0, 1e250, Infinity];
    const odd = (score: number) =>
      defineProxy({ name: "odd", needs: "graph", direction, score: () => score });
    const metrics = await Promise.all(
      scores.map(async (score) =>
        (await scoreWith([odd(score)])(undefined, context)).odd as number
      ),
    );
    assert(metrics.every(Number.isFinite));
    assertEquals(metrics.map(scoreOfMetric), scores);
    const worst = direction === "maximize" ? Math.min(...metrics) : Math.max(...metrics);
    assertEquals(metrics[0], worst);
    assertEquals(metrics[0], metricOfScore(NaN, direction));
    assertEquals(metrics.slice(1), metrics.slice(1).toSorted((a, b) => a - b));
  }
});

Deno.test("what cannot be scored is refused", () => {
  assertThrows(() => scoreWith([]), RangeError, "proxies must have at least one");
  assertThrows(() => scoreWith(["snap" as never]), TypeError, 'got "snap"');
  assertThrows(() => scoreWith([3 as never]), TypeError, "a proxy must be one such as snip()");
  assertThrows(() => scoreWith(["snip", snip()], { batch }), RangeError, "got snip twice");
  assertThrows(() => scoreWith(["snip"]), TypeError, "batch must be given, since snip looks at");
  assertThrows(
    () => scoreWith(["params"], { draws: 0 }),
    RangeError,
    "draws must be a positive whole number, got 0",
  );
});
