/**
 * Probabilities of several tests, corrected so that any false alarm among all of them is as rare as
 * the level says (Holm 1979, "A Simple Sequentially Rejective Multiple Test Procedure"): the least
 * is multiplied by the number of tests, the next by one less, and so on, none below one before it.
 *
 * @param ps A probability for each test.
 * @returns The corrected ones, in the same order.
 * @throws {RangeError} When one is not from 0 to 1.
 *
 * @example
 * ```ts
 * import { holm } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(holm([0.01, 0.0625, 0.03125]), [0.03, 0.0625, 0.0625]);
 * ```
 */
export function holm(ps: readonly number[]): number[] {
  const bad = ps.findIndex((p) => !(p >= 0 && p <= 1));
  if (bad >= 0) {
    throw new RangeError(`Cannot correct: probability ${bad} must be from 0 to 1, got ${ps[bad]}`);
  }
  const corrected = new Array<number>(ps.length);
  let least = 0;
  [...ps.keys()].sort((a, b) => ps[a]! - ps[b]!).forEach((index, rank) => {
    least = Math.max(least, Math.min(1, (ps.length - rank) * ps[index]!));
    corrected[index] = least;
  });
  return corrected;
}
