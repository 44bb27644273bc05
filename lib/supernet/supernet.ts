import type { Relaxed, RelaxOptions, SearchSpace } from "../space/mod.ts";

/** All networks of a space in one, which share their weights. */
export interface Supernet<A> extends Relaxed<A> {
  /** The space. */
  readonly space: SearchSpace<A>;
}

/**
 * Puts all networks of a space in one: a graph with a `mixed` node wherever there is something to choose, so
 * that each architecture is a path through it. Its gates say how much of each option there is: all weighed,
 * as in DARTS (Liu, Simonyan & Yang 2019), or one path at a time, as in one-shot search (Guo et al. 2020).
 *
 * The spaces that can are {@linkcode nasBench201}, {@linkcode dartsCells}, whose cells share the gates of a
 * kind, {@linkcode nasBenchMacro}, and {@linkcode mobileNetwork} with resolution, width and channels decided:
 * there each block has a choice of its own.
 *
 * @param space The space.
 * @param options Whether batch norms are affine.
 * @throws {TypeError} When the space has no such network.
 * @throws {RangeError} When it has none with these options of the space.
 *
 * @example
 * ```ts
 * import { compile, createRng, nasBench201, pathGates, supernetOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const supernet = supernetOf(space);
 * assertEquals(supernet.choices.length, 6);
 * const plan = compile(supernet.graph, { batch: 2 });
 * plan.initialise({ rng: createRng("weights") });
 * const arch = space.decode("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|none~2|");
 * plan.setGates(pathGates(supernet.graph, supernet.pathOf(arch)));
 * assertEquals(plan.forward(new Float32Array(2 * 8 * 8 * 3)).length, 2 * 10);
 * plan.dispose();
 * ```
 */
export function supernetOf<A>(space: SearchSpace<A>, options: RelaxOptions = {}): Supernet<A> {
  if (space.relax === undefined) {
    throw new TypeError(`Cannot make a supernet: ${space.name} cannot put its networks in one`);
  }
  return { ...space.relax(options), space };
}
