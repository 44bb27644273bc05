import type { SearchSpace } from "../space.ts";
import type { Part } from "./part.ts";

/**
 * A whole space as a part of a larger one, so that spaces multiply, repeat and stand beside other
 * choices like all parts. Its decisions and architectures are the space's.
 *
 * @example NAS-Bench-201 cells with the network around them to choose as well
 * ```ts
 * import { choice, defineSpace, nasBench201, product, spacePart } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = defineSpace({
 *   name: "cells and widths",
 *   part: product({ cell: spacePart(nasBench201()), channels: choice([8, 16, 32]) }),
 *   lower: ({ cell, channels }) => nasBench201({ channels }).lower(cell),
 * });
 * assertEquals(space.size, 15_625n * 3n);
 * assertEquals(space.decisions[0]?.name, "cell edge 0→1");
 * ```
 */
export function spacePart<A>(space: SearchSpace<A>): Part<A> {
  const { name, size, decisions } = space;
  return {
    size,
    decisions,
    allowed: (choices, start) => space.allowed(choices.slice(start)),
    draw: (rng, choices) => {
      choices.push(...space.toChoices(space.sample(rng)));
    },
    read: (choices, start) => space.fromChoices(choices.slice(start, start + decisions.length)),
    write: (arch, choices) => {
      try {
        choices.push(...space.toChoices(arch));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw new TypeError(`must be an architecture of ${name}: ${error.message}`, {
          cause: error,
        });
      }
    },
  };
}
