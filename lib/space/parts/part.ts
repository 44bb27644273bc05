import type { Rng } from "../../engine/rng.ts";
import type { Decision } from "../space.ts";

/**
 * A piece of a search space: some decisions, and the values of type `T` that they make.
 *
 * Parts compose: {@linkcode choice} and {@linkcode subset} are the smallest; {@linkcode product},
 * {@linkcode repeat} and {@linkcode oneOf} make larger ones of them, {@linkcode walk} makes one of
 * decisions that depend on one another, {@linkcode mapped} gives the values another form, and
 * {@linkcode spacePart} takes a space that there is. {@linkcode defineSpace} makes a space of the whole.
 *
 * The decisions are a list of fixed length. Which options each may take can depend on those before
 * it; one that is left a single option is not made at all (a block beyond the depth has no kernel),
 * and its choice is that option, 0 where it has no meaning. So every value has one list of choices,
 * and every value is counted once.
 *
 * A part reads and writes its choices within the list of the whole space, from `start` on.
 *
 * @typeParam T The values: plain JSON.
 *
 * @example The cells of NASNet: five blocks, each of which reads two of the values before it
 * ```ts
 * import { choice, product } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const ops = choice(["conv 3x3", "conv 5x5", "avg pool", "max pool", "identity"]);
 * const cell = product([0, 1, 2, 3, 4].map((block) => {
 *   const input = choice(Array.from({ length: block + 2 }, (_, i) => i));
 *   return product({ a: input, b: input, opA: ops, opB: ops, combine: choice(["add", "concat"]) });
 * }));
 * assertEquals(cell.size, 162_000_000_000_000n);
 * assertEquals(cell.decisions[6]?.name, "2 b");
 * ```
 */
export interface Part<T> {
  /** The exact number of values. */
  readonly size: bigint;
  /** The decisions in order; none when there is a single value. */
  readonly decisions: readonly Decision[];
  /**
   * The options that decision `choices.length - start` may take after the choices before it, in
   * increasing order; each leads to at least one value.
   */
  allowed(choices: readonly number[], start: number): readonly number[];
  /** Appends the choices of a value drawn uniformly. */
  draw(rng: Rng, choices: number[]): void;
  /** The value that the choices from `start` on make; they are allowed ones. */
  read(choices: readonly number[], start: number): T;
  /** Appends the choices that make a value. Throws a `TypeError` on what is not one of its values. */
  write(value: T, choices: number[]): void;
}

/** The type of a part's values. */
export type PartValue<P> = P extends Part<infer T> ? T : never;

/** `[0, 1, …, count - 1]`. */
export function firstNumbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** What a decision that is not made may take. */
export const notMade: readonly number[] = [0];

/** The same decisions under the name of what they belong to. */
export function within(name: string, decisions: readonly Decision[]): Decision[] {
  return decisions.map((decision) => ({
    ...decision,
    name: decision.name === "" ? name : `${name} ${decision.name}`,
  }));
}

/** Runs `write` and puts the place in front of the message of a `TypeError` from it. */
export function writeAt(place: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(`${place}: ${error.message}`, { cause: error });
  }
}

/** Draws an index, each as likely as its weight says. */
export function weighted(weights: readonly bigint[]): (rng: Rng) => number {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  let sum = 0n;
  // Shares to 53 bits, which is as fine as the numbers that are drawn.
  const upTo = weights.map((weight) => Number(((sum += weight) << 53n) / total) / 2 ** 53);
  return (rng) => {
    const at = rng();
    let index = 0;
    while (index < upTo.length - 1 && at >= (upTo[index] as number)) index++;
    return index;
  };
}
