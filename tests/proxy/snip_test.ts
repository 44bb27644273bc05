import { assertAlmostEquals } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { noiseBatch, snip } from "naskit/proxy/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { buildModel } from "naskit/model/mod.ts";
import { assertFixtures } from "./support/fixtures.ts";

Deno.test("SNIP is that of an independent program", async () => {
  await assertFixtures(snip(), "snip");
});

Deno.test("a layer before batch norm may be scaled without a change of SNIP", async () => {
  const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
  const graph = space.lower(space.fromChoices([3, 3, 3, 3, 3, 3]));
  const model = buildModel(graph, { rng: createRng("weights") });
  const batch = noiseBatch(graph, { count: 8, rng: createRng("noise") });
  const before = await snip().score(model, batch, createRng("unused"));
  const weight = model.params.get("stem.conv.weight")!;
  const scaled = weight.mul(8);
  weight.assign(scaled);
  scaled.dispose();
  const after = await snip().score(model, batch, createRng("unused"));
  model.dispose();
  assertAlmostEquals(after, before, 1e-3 * before);
});
