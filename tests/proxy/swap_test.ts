import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/mod.ts";
import { noiseBatch, Probe, swap } from "naskit/proxy/mod.ts";
import { pick, pixels, reluGraph, smallGraph, smallSpace } from "./support/small.ts";

const weights = () => createRng("weights");
const seeds = fc.nat(1000);

Deno.test("units that open for the same images have one pattern", async () => {
  // Over the images: 10, 11, 10, 00.
  const batch = pixels([1, 2, 3, -1], [-2, 1, 0, -4]);
  assertEquals(await swap().score(reluGraph(4), batch, weights()), 3);
});

Deno.test("SWAP is the number of patterns of the first images, by the definition", async () => {
  await fc.assert(
    fc.asyncProperty(seeds, fc.integer({ min: 1, max: 8 }), async (seed, images) => {
      const graph = smallGraph(seed);
      const batch = noiseBatch(graph, { count: 6, rng: createRng(seed) });
      const score = await swap({ images }).score(graph, batch, weights());
      const count = Math.min(images, 6), first = pick(batch, [...Array(count).keys()]);
      const options = {
        network: graph,
        batch: first,
        rng: weights(),
        init: "torchDefault",
      } as const;
      const net = new Probe(options);
      const patterns = new Set<string>();
      let unclear = 0;
      for (const { values } of net.taps(net.nodesOf("relu"))) {
        const size = values.length / count;
        for (let k = 0; k < size; k++) {
          const column = Array.from({ length: count }, (_, i) => values[i * size + k]!);
          patterns.add(column.map((value) => Number(value > 0)).join(""));
          // What is kept for reading is computed in other steps: zeros may round to either side.
          if (column.some((value) => value > 0 && value < 1e-5)) unclear++;
        }
      }
      net.dispose();
      assert(Math.abs(score - patterns.size) <= unclear, `${score}, ${patterns.size}`);
    }),
    { numRuns: 25 },
  );
});

Deno.test("SWAP has at most a pattern for each subset of the images", async () => {
  const graph = smallGraph(3);
  const batch = noiseBatch(graph, { count: 9, rng: createRng("noise") });
  const score = (images: number) => swap({ images }).score(graph, batch, weights());
  const [one, two, three] = [await score(1), await score(2), await score(3)];
  assert(one <= 2 && two <= 4 && three <= 8);
  assert(one <= two && two <= three);
  assertEquals(await score(9), await score(20));
  const none = smallSpace.lower(smallSpace.fromChoices([0, 0, 0, 0, 0, 0]));
  assertEquals(await swap().score(none, batch, weights()), 1);
});

Deno.test("SWAP is refused other activations, and no images", () => {
  assertThrows(
    () => swap({ activations: ["hsigmoid" as "relu"] }),
    TypeError,
    "Cannot define the proxy swap: activations must be some of",
  );
  assertThrows(
    () => swap({ images: 0 }),
    RangeError,
    "Cannot make the proxy swap: images must be a positive whole number, got 0",
  );
});
