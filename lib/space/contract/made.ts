import type { SearchSpace } from "../space.ts";
import { madeDecisions } from "../vary.ts";

/** The choices of an architecture and which of the decisions it makes. */
export interface Made {
  readonly choices: readonly number[];
  readonly made: readonly boolean[];
}

/** An architecture's choices, by the space's own `toChoices` and `allowed`. */
export function madeBy<A>(space: SearchSpace<A>, arch: A): Made {
  const choices = space.toChoices(arch);
  return { choices, made: madeDecisions(choices, (prefix) => space.allowed(prefix)) };
}

/** How many decisions that both make are made differently. */
export function changesBetween(a: Made, b: Made): number {
  let changes = 0;
  for (let i = 0; i < a.choices.length; i++) {
    if (a.made[i] && b.made[i] && a.choices[i] !== b.choices[i]) changes++;
  }
  return changes;
}
