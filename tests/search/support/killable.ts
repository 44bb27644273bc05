import { atMost } from "../../../lib/cost/constraint.ts";
import { maximize, type SearchOptions } from "../../../lib/search/mod.ts";
import { adaptive, type Toy, toyScore, toySpace } from "./toy.ts";

/** A search of many short evaluations, some of which fail. */
export const killable: SearchOptions<Toy> = {
  space: toySpace(),
  strategy: adaptive,
  evaluate: toyScore({ sleep: 6, failEvery: 9 }),
  objective: maximize("score"),
  constraints: [atMost("macs", 70)],
  budget: { trials: 60 },
  catchErrors: true,
  seed: "kill",
};
