import { createRng, type Rng } from "../engine/rng.ts";
import type { SearchSpace } from "../space/space.ts";
import { mainEffects } from "../stats/functional_anova.ts";
import { competing, valueOf } from "./incumbent.ts";
import type { Goal } from "./strategy.ts";
import type { Trial } from "./trial.ts";

/** How much the objective depends on one decision of a space. */
export interface DecisionImportance {
  /** The decision's name. */
  readonly decision: string;
  /** The share of the objective's variance that it explains by itself, from 0 to 1. */
  readonly share: number;
  /** The share that a decision of as many options can get by chance. */
  readonly chance: number;

  /** So that it is a row of a table. */
  readonly [column: string]: string | number;
}

/** What there is to know of a space for the importance of its decisions; any space will do. */
export interface DecisionSpace<A> {
  /** The space's name. */
  readonly name: string;
  /** The choices that make an architecture. */
  readonly decisions: SearchSpace<A>["decisions"];
  /** The choices that an architecture was made with. */
  toChoices(arch: A): number[];
}

/** What {@linkcode Study.importance} looks at: a goal, the search's objective when absent. */
export interface ImportanceOptions extends Partial<Goal> {
  /** Determines the forests; `"importance"` when absent. */
  readonly seed?: string;
}

const leastTrials = 10;
const shuffles = 10;

/** The importance of each decision; see {@linkcode Study.importance}. */
export function importances<A>(
  trials: readonly Trial<A>[],
  { space, goal, seed }: {
    readonly space: DecisionSpace<A>;
    readonly goal: Goal;
    readonly seed: string;
  },
): DecisionImportance[] {
  const samples = competing(trials).filter(({ repeats }) => repeats === undefined);
  if (samples.length < leastTrials) {
    throw new RangeError(
      `Cannot rank decisions: it takes ${leastTrials} complete trials, got ${samples.length}`,
    );
  }
  const choices = samples.map(({ arch }) => space.toChoices(arch));
  const values = samples.map((trial) => valueOf(trial, goal.metric));
  const sizes = space.decisions.map(({ options }) => options.length);
  const rng = createRng(seed);
  const shares = mainEffects(choices, values, { sizes, rng: rng.split("forest") });
  const chances = sizes.map(() => 0);
  for (let shuffle = 0; shuffle < shuffles; shuffle++) {
    const draw = rng.split("shuffle").split(shuffle);
    const copies = shuffled(choices, sizes.length, draw);
    mainEffects(
      choices.map((own, i) => [...own, ...copies[i]!]),
      values,
      { sizes: [...sizes, ...sizes], rng: draw },
    ).slice(sizes.length).forEach((share, i) => chances[i] = Math.max(chances[i]!, share));
  }
  return space.decisions.map(({ name }, i) => ({
    decision: name,
    share: shares[i]!,
    chance: chances[i]!,
  }));
}

/** The choices with each decision's in an order of its own. */
function shuffled(
  choices: readonly (readonly number[])[],
  decisions: number,
  rng: Rng,
): number[][] {
  const columns = Array.from(
    { length: decisions },
    (_, k) => rng.split(`decision ${k}`).shuffle(choices.map((each) => each[k]!)),
  );
  return choices.map((_, i) => columns.map((column) => column[i]!));
}
