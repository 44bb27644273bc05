import type { Rng } from "../engine/rng.ts";
import type { SearchSpace } from "./space.ts";

/**
 * Draws an architecture decision by decision, each allowed option as likely, as Once-for-All draws
 * its sub-networks (Cai et al. 2020).
 *
 * Where all decisions are always made, this is `space.sample`. Where one decides how many others there
 * are, the two differ: of the networks with 2, 3 or 4 blocks most have 4, so that a uniform sample
 * has 4 almost always, and this one in a third of the cases. The deep ones are each drawn more seldom
 * for it.
 *
 * @example Depths in equal shares
 * ```ts
 * import { choice, createRng, defineSpace, GraphBuilder, repeat, sampleByDecision } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = defineSpace({
 *   name: "kernels",
 *   part: repeat(choice([3, 5, 7]), { counts: [1, 2, 3] }),
 *   lower: (kernels) => {
 *     const net = new GraphBuilder([8, 8, 1]);
 *     return net.build(kernels.reduce(
 *       (x, kernel, i) => net.add(`conv${i}`, { op: "conv", kernel, channels: 4 }, x),
 *       net.input,
 *     ));
 *   },
 * });
 * const rng = createRng("depths");
 * const shareOf3 = (draw: () => readonly number[]) =>
 *   Array.from({ length: 1000 }, draw).filter(({ length }) => length === 3).length / 1000;
 * assert(Math.abs(shareOf3(() => sampleByDecision(space, rng)) - 1 / 3) < 0.05);
 * assert(Math.abs(shareOf3(() => space.sample(rng)) - 27 / 39) < 0.05);
 * ```
 */
export function sampleByDecision<A>(space: SearchSpace<A>, rng: Rng): A {
  const choices: number[] = [];
  while (choices.length < space.decisions.length) {
    const may = space.allowed(choices);
    choices.push(may.length === 1 ? may[0] as number : rng.pick(may));
  }
  return space.fromChoices(choices);
}
