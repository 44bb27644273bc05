import { assert, assertEquals } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { epe, jacobCov, naswot, noiseBatch, ntk, type RunOptions } from "naskit/proxy/mod.ts";
import { pick, smallGraph } from "./support/small.ts";

const graph = smallGraph(1);
const batch = noiseBatch(graph, { count: 6, rng: createRng("noise") });

for (const make of [naswot, jacobCov, epe, ntk]) {
  const { name } = make();
  const score = (options: RunOptions, images = batch) =>
    make(options).score(graph, images, createRng("weights"));

  Deno.test(`batch norm's statistics and the start of the weights make a difference to ${name}`, async () => {
    const scores = [
      await score({ statistics: "batch" }),
      await score({ statistics: "sample" }),
      await score({ statistics: "running" }),
      await score({ statistics: "batch", init: "standardNormal" }),
    ];
    assertEquals(new Set(scores).size, 4);
    assert(scores.every(Number.isFinite));
    const usual = make === ntk ? "heNormal" : "torchDefault";
    assertEquals(await score({}), await score({ statistics: "batch", init: usual }));
    assertEquals(make().options.init, usual);
  });

  Deno.test(`equal seeds give the same ${name}, and the batch's is not that of its half`, async () => {
    assertEquals(await score({}), await score({}));
    assert(await score({}) !== await score({}, pick(batch, [0, 1, 2])));
  });
}
