/** Two searches with workers, and nothing that ends those. */
import { maximize, randomSearch, search, workers } from "../../../lib/search/mod.ts";
import { toyScore, toySpace } from "./toy.ts";

for (let i = 0; i < 2; i++) {
  const { trials } = await search({
    space: toySpace(),
    strategy: randomSearch(),
    evaluate: toyScore(),
    objective: maximize("score"),
    budget: { trials: 4 },
    executor: workers(2),
    seed: i,
  });
  Deno.stdout.writeSync(new TextEncoder().encode(`${trials.length} trials\n`));
}
