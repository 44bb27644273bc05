import { assert, assertEquals } from "@std/assert";
import { atMost } from "../../lib/cost/constraint.ts";
import { cost } from "../../lib/cost/cost.ts";
import { createRng } from "../../lib/engine/rng.ts";
import { assessor } from "../../lib/search/candidate.ts";
import { maximize, randomSearch, search } from "../../lib/search/mod.ts";
import { nasBench201, type SearchSpace } from "../../lib/space/mod.ts";
import { toySpace } from "./support/toy.ts";

const cells = nasBench201({ channels: 4, cellsPerStage: 2, size: 8 });

Deno.test("a candidate's costs are those of its network, counted by blocks or not", () => {
  const rng = createRng("costs");
  const check = <A>(space: SearchSpace<A>) => {
    const assess = assessor(space, undefined);
    for (let i = 0; i < 40; i++) {
      const arch = space.sample(rng.split(i));
      const { nodes: _, ...totals } = cost(space.lower(arch));
      const { key, costs, graph } = assess(arch);
      assertEquals(costs, { ...totals });
      assertEquals(key, space.encode(arch));
      assertEquals(graph(), space.lower(arch));
    }
  };
  const { chain: _, ...withoutChain } = cells;
  check(cells);
  check(withoutChain);
  check(toySpace());
});

Deno.test("only networks that an evaluation or further costs look at are lowered, once", async () => {
  let lowered = 0;
  const space: typeof cells = { ...cells, lower: (arch) => (lowered++, cells.lower(arch)) };
  const options = {
    space,
    strategy: randomSearch(),
    objective: maximize("score"),
    constraints: [atMost("macs", "200 k")],
    budget: { trials: 30 },
    seed: "s",
  };
  const study = await search({ ...options, evaluate: () => ({ score: 1 }) });
  assertEquals(lowered, 0);
  assert(study.rejected.length > 0);
  await search({ ...options, evaluate: (_, { graph }) => ({ score: graph.nodes.length }) });
  assertEquals(lowered, 30);
  await search({
    ...options,
    costs: (graph) => ({ nodes: graph.nodes.length }),
    evaluate: (_, { graph }) => ({ score: graph.nodes.length }),
  });
  assertEquals(lowered, 30 + 30 + study.rejected.length + 1);
});
