import { assert, assertEquals } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import {
  epe,
  fisher,
  gradNormZen,
  gradsign,
  l2Norm,
  linearRegions,
  meco,
  naswot,
  noiseBatch,
  ntk,
  proxies,
  type Proxy,
  scoreWith,
  swap,
  synflow,
  zen,
  zenRunningVar,
  zico,
} from "naskit/proxy/mod.ts";
import { packProxy, unpackProxy } from "../../lib/proxy/portable_proxy.ts";
import { workers } from "naskit/search/mod.ts";
import { smallGraph } from "./support/small.ts";

const graph = smallGraph(2);
const batch = noiseBatch(graph, { count: 8, rng: createRng("noise") });

const otherwise: readonly Proxy[] = [
  epe({ init: "heNormal", statistics: "sample" }),
  fisher({ at: "relu" }),
  fisher({ fanIn: false }),
  gradNormZen({ init: "glorotUniform" }),
  gradsign({ reduction: "mean", statistics: "running" }),
  l2Norm({ init: "standardNormal" }),
  linearRegions({ activations: ["relu"] }),
  meco({ images: 3, ops: ["relu"] }),
  naswot({ statistics: "sample" }),
  ntk({ statistics: "sample" }),
  swap({ images: 5 }),
  synflow({ batchNorm: true, init: "heNormal" }),
  zen({ alpha: 0.1, draws: 2, distance: "l1", images: "batch", residual: "remove" }),
  zenRunningVar({ draws: 3 }),
  zico({ over: "images", deviation: "absolute" }),
  zico({ batches: 4 }),
];

Deno.test("every proxy of the kit, with whatever options, is the same after a trip to another thread", async () => {
  for (const proxy of [...Object.values(proxies), ...otherwise]) {
    const again = await unpackProxy(JSON.parse(JSON.stringify(packProxy(proxy))));
    assert(again !== proxy);
    assertEquals({ ...again, score: 0 }, { ...proxy, score: 0 });
    const score = (each: Proxy) => each.score(graph, batch, createRng("weights"));
    assertEquals(await score(again), await score(proxy), proxy.name);
  }
});

Deno.test("workers score by a proxy with options", async () => {
  const proxy = meco({ images: 3, ops: ["relu"] });
  const evaluate = scoreWith([proxy], { batch });
  const context = { graph, seed: "any", signal: new AbortController().signal };
  const runner = await workers(1, { keepFor: 0 }).open(evaluate);
  try {
    const there = await runner.run(undefined, context);
    assertEquals(there, await evaluate(undefined, context));
  } finally {
    await runner.close();
  }
});
