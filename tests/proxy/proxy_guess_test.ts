import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { defineProxy, noiseBatch, proxyGuess, snip } from "naskit/proxy/mod.ts";
import { maximize, proposeByGuess, randomSearch, search, warmUp } from "naskit/search/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";

const space = nasBench201({ channels: 2, cellsPerStage: 1, size: 8 });
const graph = space.lower(space.fromChoices([3, 3, 3, 3, 3, 3]));
const batch = noiseBatch(graph, { count: 4, rng: createRng("noise") });
const options = {
  space,
  evaluate: () => ({ score: 1 }),
  objective: maximize("score"),
  budget: { trials: 12 },
  seed: "nas",
};

Deno.test("a guess is the proxy's score, with the sign by which more is better", () => {
  const candidate = { graph, rng: createRng("r") };
  assertEquals(
    proxyGuess("snip", { batch }).score(candidate),
    snip().score(graph, batch, createRng("r").split(0)),
  );
  const cheap = defineProxy({
    name: "cheap",
    needs: "graph",
    direction: "minimize",
    score: ({ graph }) => graph.nodes.length,
  });
  assertEquals(proxyGuess(cheap).score(candidate), -graph.nodes.length);
  const blank = (direction: "minimize" | "maximize") =>
    proxyGuess(defineProxy({ name: "blank", needs: "graph", direction, score: () => NaN }));
  assertEquals(blank("minimize").score(candidate), -2e300);
  assertEquals(blank("maximize").score(candidate), -2e300);
});

Deno.test("the name tells the proxy's options and the images", () => {
  const other = noiseBatch(graph, { count: 4, rng: createRng("other") });
  const { name } = proxyGuess("snip", { batch });
  assertEquals(name, proxyGuess(snip(), { batch: structuredClone(batch) }).name);
  assertNotEquals(name, proxyGuess("snip", { batch: other }).name);
  assertNotEquals(name, proxyGuess(snip({ init: "heNormal" }), { batch }).name);
  assertNotEquals(name, proxyGuess("snip", { batch, draws: 2 }).name);
  assertEquals(proxyGuess("params").name, "params {}");
});

Deno.test("searches start from and sift by a proxy", async () => {
  const guess = proxyGuess("params");
  const best = await warmUp({ space, guess, draws: 30, keep: 30, seed: "w" });
  assertEquals(
    best.map(({ score }) => score),
    best.map(({ score }) => score).toSorted((a, b) => b - a),
  );
  const mean = async (strategy: Parameters<typeof search>[0]["strategy"]) =>
    (await search({ ...options, strategy })).trials
      .reduce((sum, { metrics }) => sum + metrics.params!, 0);
  assert(await mean(proposeByGuess(randomSearch(), guess)) > await mean(randomSearch()));
});

Deno.test("scores that are not finite sift as well", async () => {
  const odd = defineProxy({
    name: "odd",
    needs: "graph",
    score: ({ rng }) => [NaN, Infinity, -Infinity, 1][rng.int(4)]!,
  });
  const strategy = proposeByGuess(randomSearch(), proxyGuess(odd), { trust: 1, window: 8 });
  const { trials } = await search({ ...options, strategy });
  assertEquals(trials.length, 12);
  assert(trials.every(({ notes }) => Number.isFinite(notes!.guess) && notes!.skipped! < 50));
});

Deno.test("a score that is waited for is for warm-ups alone", async () => {
  const late = proxyGuess(
    defineProxy({
      name: "late",
      needs: "graph",
      score: ({ graph }) => Promise.resolve(graph.nodes.length),
    }),
  );
  const best = await warmUp({ space, guess: late, draws: 5, keep: 1, seed: "w" });
  assert(best[0]!.score > 0);
  await assertRejects(
    () => search({ ...options, strategy: proposeByGuess(randomSearch(), late) }),
    TypeError,
    "late {} must give a number at once, got a promise",
  );
});
