import { assertEquals } from "@std/assert";
import { digits } from "naskit/data/mod.ts";
import { trainFromScratch } from "naskit/estimate/mod.ts";
import { inline, maximize, randomSearch, search, workers } from "naskit/search/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";

Deno.test("training in workers gives the study that training in line gives", async () => {
  const data = await digits({ train: 200, validation: 100 });
  const run = async (executor: ReturnType<typeof inline>) => {
    const study = await search({
      space: nasBench201({ channels: 3, cellsPerStage: 1, size: 8, inputChannels: 1 }),
      strategy: randomSearch(),
      evaluate: trainFromScratch(data, { epochs: 2, augment: { shift: 1 } }),
      objective: maximize("accuracy"),
      budget: { trials: 4 },
      executor,
      seed: "nas",
    });
    return study.toJSON({ times: false });
  };
  const expected = await run(inline());
  assertEquals(await run(workers(1)), expected);
  assertEquals(await run(workers(2)), expected);
});
