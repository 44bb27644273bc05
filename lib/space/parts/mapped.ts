import type { Part } from "./part.ts";

/** How the values of a part become others, and back. */
export interface MappedOptions<T, U> {
  /** The new value for one of the part's. Different values must give different ones. */
  readonly from: (value: T) => U;
  /** The inverse of `from`. Throws a `TypeError` on what `from` does not give. */
  readonly to: (value: U) => T;
}

/**
 * The same decisions with values of another form.
 *
 * @example
 * ```ts
 * import { choice, mapped, product } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const pair = product([choice([3, 5]), choice([1, 2])]);
 * const block = mapped(pair, {
 *   from: ([kernel, stride]) => ({ kernel, stride }),
 *   to: ({ kernel, stride }) => [kernel, stride] as const,
 * });
 * assertEquals(block.read([1, 0], 0), { kernel: 5, stride: 1 });
 * ```
 */
export function mapped<T, U>(part: Part<T>, { from, to }: MappedOptions<T, U>): Part<U> {
  return {
    size: part.size,
    decisions: part.decisions,
    allowed: (choices, start) => part.allowed(choices, start),
    draw: (rng, choices) => part.draw(rng, choices),
    read: (choices, start) => from(part.read(choices, start)),
    write: (value, choices) => part.write(to(value), choices),
  };
}
