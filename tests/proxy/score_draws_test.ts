import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { buildModel } from "naskit/model/mod.ts";
import { defineProxy, noiseBatch, scoreDraws, snip, zen } from "naskit/proxy/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
const graph = space.lower(space.fromChoices([3, 1, 3, 2, 4, 3]));
const batch = noiseBatch(graph, { count: 4, rng: createRng("images") });
const rng = createRng("draws");

Deno.test("draws are scored one after the other, with their mean and standard deviation", async () => {
  const values = [2, 4, 9];
  let calls = 0;
  const given = defineProxy({ name: "given", needs: "graph", score: () => values[calls++]! });
  const { mean, deviation, scores } = await scoreDraws(given, graph, batch, { draws: 3, rng });
  assertEquals(scores, values);
  assertEquals(mean, 5);
  assertAlmostEquals(deviation, Math.sqrt(13), 1e-12);
});

Deno.test("each draw is that of its own stream, and the first few do not depend on how many", async () => {
  const { scores } = await scoreDraws(snip(), graph, batch, { draws: 3, rng });
  assertEquals(new Set(scores).size, 3);
  assertEquals(scores[2], await snip().score(graph, batch, rng.split(2)));
  const one = await scoreDraws(snip(), graph, batch, { draws: 1, rng });
  assertEquals(one.scores, scores.slice(0, 1));
  assertEquals(one.mean, scores[0]);
  assert(Number.isNaN(one.deviation));
});

Deno.test("a model's weights are not drawn, but what else a proxy draws is", async () => {
  const model = buildModel(graph, { rng: createRng("model") });
  const fixed = await scoreDraws(snip(), model, batch, { draws: 2, rng });
  const noisy = await scoreDraws(zen(), model, batch, { draws: 2, rng });
  model.dispose();
  assertEquals(fixed.deviation, 0);
  assert(noisy.deviation > 0);
});

Deno.test("no draws are refused", async () => {
  for (const draws of [0, 1.5, NaN]) {
    await assertRejects(
      () => scoreDraws(snip(), graph, batch, { draws, rng }),
      RangeError,
      `Cannot score draws: draws must be a positive whole number, got ${draws}`,
    );
  }
});
