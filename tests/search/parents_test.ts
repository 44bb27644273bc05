import { assert, assertEquals } from "@std/assert";
import { agingEvolution, maximize, search, type SearchOptions } from "naskit/search/mod.ts";
import { type Toy, toySpace } from "./support/toy.ts";

Deno.test("an evaluation is told the seeds of its parents, after retries and from a journal too", async () => {
  const folder = await Deno.makeTempDir();
  const told = new Map<string, readonly string[] | undefined>();
  const options: SearchOptions<Toy> = {
    space: toySpace(),
    strategy: agingEvolution({ population: 3, tournament: 2 }),
    evaluate: (_arch, { seed, parents }) => {
      if (/trial\/[025]$/.test(seed)) throw new Error("once more");
      told.set(seed, parents);
      return { score: seed.length };
    },
    objective: maximize("score"),
    retries: 1,
    inFlight: 2,
    budget: { trials: 4 },
    journal: `${folder}/study.jsonl`,
    seed: "lineage",
  };
  await search(options);
  const { trials } = await search({ ...options, budget: { trials: 12 } });
  assertEquals(told.size, 12);
  assert(trials.some(({ parents }) => trials[parents?.[0] ?? 0]!.seed !== `lineage/trial/0`));
  for (const { seed, parents } of trials) {
    assertEquals(told.get(seed), parents?.map((index) => trials[index]!.seed));
  }
  assert(trials[0]!.seed !== "lineage/trial/0" && trials.at(-1)!.parents !== undefined);
  await Deno.remove(folder, { recursive: true });
});
