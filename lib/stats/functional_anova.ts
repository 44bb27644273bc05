import type { Rng } from "../engine/rng.ts";
import { growTree, type Leaf } from "./regression_tree.ts";

/** What {@linkcode mainEffects} is told of each sample, and how it works. */
export interface MainEffectsOptions {
  /** How many options each decision has. */
  readonly sizes: readonly number[];
  /** What the trees are drawn with. */
  readonly rng: Rng;
  /** How many trees are averaged; 32 when absent. */
  readonly trees?: number;
  /** How many samples a leaf must have; 3 when absent. */
  readonly leastSamples?: number;
  /**
   * Whether each tree gets its own draw of the samples, with replacement; `true` when absent. Without,
   * all trees are the same, and one is enough.
   */
  readonly bootstrap?: boolean;
}

/**
 * How much of the variance of a function of categorical decisions each of them explains by itself:
 * the main effects of a functional analysis of variance on a random forest, "fANOVA" (Hutter, Hoos &
 * Leyton-Brown 2014). The forest stands for the function everywhere, so that the samples need not be
 * spread evenly: variance is that over all combinations of options, each as likely.
 *
 * What is left of 1 comes from decisions acting together.
 *
 * @param choices The choices of each sample, one a decision, from 0.
 * @param values The function's value of each sample.
 * @returns The share of each decision, from 0 to 1; all 0 where the forest is constant.
 * @throws {RangeError} When there are no samples, or lengths or choices do not fit.
 *
 * @example The first of two decisions does everything
 * ```ts
 * import { createRng, mainEffects } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const choices = Array.from({ length: 60 }, (_, i) => [i % 3, i % 4]);
 * const values = choices.map(([first]) => 10 * first!);
 * const [first, second] = mainEffects(choices, values, { sizes: [3, 4], rng: createRng("nas") });
 * assertAlmostEquals(first!, 1, 1e-9);
 * assertAlmostEquals(second!, 0, 1e-9);
 * ```
 */
export function mainEffects(
  choices: readonly (readonly number[])[],
  values: readonly number[],
  options: MainEffectsOptions,
): number[] {
  const { sizes, rng, trees = 32, leastSamples = 3, bootstrap = true } = options;
  check(choices, values, sizes);
  const data = { choices, values, sizes, leastSamples };
  const all = choices.map((_, i) => i);
  const shares = sizes.map(() => 0);
  let grown = 0;
  for (let tree = 0; tree < trees; tree++) {
    const draw = rng.split(tree);
    const samples = bootstrap ? all.map(() => draw.int(all.length)) : all;
    const effects = effectsOf(growTree(data, samples), sizes);
    if (effects === undefined) continue;
    grown++;
    effects.forEach((share, decision) => shares[decision]! += share);
  }
  return shares.map((share) => grown === 0 ? 0 : share / grown);
}

/** The shares of one tree; `undefined` where it is constant. */
function effectsOf(leaves: readonly Leaf[], sizes: readonly number[]): number[] | undefined {
  const part = (leaf: Leaf, decision: number) => leaf.box[decision]!.length / sizes[decision]!;
  const volumes = leaves.map((leaf) => sizes.reduce((volume, _, i) => volume * part(leaf, i), 1));
  const mean = leaves.reduce((sum, { value }, i) => sum + volumes[i]! * value, 0);
  const variance = leaves.reduce((sum, { value }, i) => sum + volumes[i]! * (value - mean) ** 2, 0);
  if (!(variance > 0)) return undefined;
  return sizes.map((size, decision) => {
    // The mean over all other decisions, by option, less the mean of all.
    const marginal = new Float64Array(size);
    leaves.forEach((leaf, i) => {
      const weight = volumes[i]! / part(leaf, decision);
      for (const option of leaf.box[decision]!) marginal[option]! += weight * (leaf.value - mean);
    });
    return marginal.reduce((sum, level) => sum + level * level, 0) / size / variance;
  });
}

function check(
  choices: readonly (readonly number[])[],
  values: readonly number[],
  sizes: readonly number[],
): void {
  const fail = (rule: string): never => {
    throw new RangeError(`Cannot find main effects: ${rule}`);
  };
  if (choices.length === 0) fail("choices is empty");
  if (values.length !== choices.length) {
    fail(`values must be ${choices.length} numbers, got ${values.length}`);
  }
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) fail(`values[${i}] must be a finite number, got ${value}`);
  });
  choices.forEach((each, i) => {
    if (each.length !== sizes.length) {
      fail(`choices[${i}] must have ${sizes.length} numbers, got ${each.length}`);
    }
    each.forEach((choice, k) => {
      if (Number.isInteger(choice) && choice >= 0 && choice < sizes[k]!) return;
      fail(`choices[${i}][${k}] must be a whole number from 0 to ${sizes[k]! - 1}, got ${choice}`);
    });
  });
}
