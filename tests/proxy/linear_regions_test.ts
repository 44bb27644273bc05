import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import { distinctCodes, linearRegions, noiseBatch, Probe } from "naskit/proxy/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { pick, pixels, reluGraph, smallGraph, smallSpace } from "./support/small.ts";

const weights = () => createRng("weights");
const thin = nasBench201({ channels: 1, cellsPerStage: 1, size: 4, inputChannels: 1 });

Deno.test("linear regions are the different codes among the images, by the definition", async () => {
  const counts = new Set<number>();
  await fc.assert(
    fc.asyncProperty(fc.nat(1000), async (seed) => {
      const graph = thin.lower(thin.sample(createRng(seed)));
      // Images of three grey levels, many of them alike.
      const noise = noiseBatch(graph, { count: 120, rng: createRng(seed) });
      const images = noise.images.map((v) => v > 1 ? 1 : v < -2 ? -1 : 0);
      const batch = { ...noise, images };
      // By running statistics, equal images have equal values.
      const score = await linearRegions({ statistics: "running" }).score(graph, batch, weights());
      const net = new Probe({ network: graph, batch, rng: weights(), init: "heNormal" });
      const codes = new Array<string>(120).fill("");
      for (const { values } of net.taps(net.nodesOf("relu"), { statistics: "running" })) {
        const size = values.length / 120;
        values.forEach((v, at) => codes[Math.floor(at / size)] += v > 0 ? "1" : "0");
      }
      net.dispose();
      const wanted = new Set(codes).size;
      // What is kept for reading is computed in other steps: a zero may round to either side.
      assert(Math.abs(score - wanted) <= 2, `${score} for ${wanted}`);
      counts.add(wanted);
    }),
    { numRuns: 15 },
  );
  assert(counts.size > 3);
});

Deno.test("two ReLUs cut the plane in four", async () => {
  const quadrants = [[1, 1], [1, -1], [-1, 1], [-2, -1], [3, 1], [-1, 5], [0, -1], [-1, 0]];
  assertEquals(await linearRegions().score(reluGraph(2), pixels(...quadrants), weights()), 4);
});

Deno.test("equal images count once, and all of them where nothing tells them apart", async () => {
  const graph = smallGraph(1);
  const batch = noiseBatch(graph, { count: 6, rng: createRng("noise") });
  const twice = pick(batch, [0, 1, 2, 3, 4, 5, 5, 0, 0]);
  assertEquals(await linearRegions().score(graph, twice, weights()), 6);
  const none = smallSpace.lower(smallSpace.fromChoices([0, 0, 0, 0, 0, 0]));
  assertEquals(await linearRegions().score(none, batch, weights()), 1);
});

Deno.test("codes are different where some unit is", () => {
  assertEquals(distinctCodes([]), 0);
  assertEquals(distinctCodes([5]), 1);
  assertEquals(distinctCodes([2, 2, 2, 2]), 1);
  assertEquals(distinctCodes([2, 1, 1, 2]), 2);
  assertEquals(distinctCodes([2, 1, 1, 1, 2, 2, 1, 2, 2]), 2);
});

Deno.test("an activation without a sign of its own is refused", () => {
  assertThrows(
    () => linearRegions({ activations: ["hsigmoid" as "relu"] }),
    TypeError,
    "Cannot define the proxy linear_regions: activations must be some of",
  );
});
