import seedrandom from "seedrandom";
import { choicesOf } from "./choices_of.ts";

/**
 * A stream of seeded random numbers. Call it for a float in [0, 1), as `Math.random` is called.
 *
 * Every function of the kit that draws takes one of these, so that the same seed gives the same
 * result in one process or in many. Use {@linkcode Rng.split} to hand an independent stream to a
 * part: what that part draws then never shifts what the others see.
 */
export interface Rng {
  /** The next float in [0, 1). */
  (): number;
  /** The text that determines the whole stream. */
  readonly seed: string;
  /** An independent stream named by `label`; depends on the seed and the label, not on draws made. */
  split(label: string | number): Rng;
  /** A whole number in [0, bound). Throws a `RangeError` unless `bound` is a positive integer. */
  int(bound: number): number;
  /** A draw from the standard normal distribution. */
  normal(): number;
  /** One of the items, each as likely. Throws a `RangeError` when there is none. */
  pick<T>(items: readonly T[]): T;
  /** The items in random order, as a new array. */
  shuffle<T>(items: readonly T[]): T[];
}

/**
 * Makes a seeded stream of random numbers.
 *
 * @param seed Any text or number; equal seeds give equal streams.
 *
 * @example The same seed draws the same, and a split is independent of draws
 * ```ts
 * import { createRng } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const a = createRng("nas");
 * const b = createRng("nas");
 * b();
 * assertEquals(a.split("weights")(), b.split("weights")());
 * ```
 */
export function createRng(seed: string | number): Rng {
  const text = String(seed);
  // Seeding takes as long as a hundred draws, and many streams are only split.
  let source: (() => number) | undefined;
  let spare: number | undefined;

  const draw = (): number => (source ??= seedrandom(text))();
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - draw()));
    const angle = 2 * Math.PI * draw();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const split = (label: string | number): Rng => createRng(`${text}/${label}`);
  return Object.assign(draw, { seed: text, split, normal }, choicesOf(draw));
}
