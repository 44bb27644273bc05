/**
 * What GradSign's agreement of a weight would be if its gradients' signs were coins: the mean of |the sum of
 * `count` fair coins of 1 and -1|. So a network with m weights whose images have nothing in common scores m
 * times as much, which is a count of weights; {@linkcode gradsign} tells of the images by what it is above.
 *
 * It is count * binomial(count, count / 2) / 2^count for an even count, as much as for the odd one before,
 * and close to the square root of 2 count / π.
 *
 * @param count How many images.
 * @throws {RangeError} When `count` is not a positive whole number.
 *
 * @example Of two coins, half of all throws are equal
 * ```ts
 * import { chanceAgreement } from "naskit";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * assertEquals(chanceAgreement(2), 1);
 * assertAlmostEquals(chanceAgreement(1000), Math.sqrt(2000 / Math.PI), 0.01);
 * ```
 */
export function chanceAgreement(count: number): number {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(
      `Cannot tell the agreement by chance: count must be a positive whole number, got ${count}`,
    );
  }
  const half = Math.ceil(count / 2);
  let share = 1; // binomial(2 half, half) / 4^half
  for (let k = 1; k <= half; k++) share *= (half + k) / (4 * k);
  return 2 * half * share;
}
