import { expectedBest } from "./expected_best.ts";

/**
 * The best value among the `count` rows that score highest: what one has who trains only what a
 * guess puts first. Where equal scores leave open which rows those are, each of them is as likely,
 * and it is the mean over all ways to choose.
 *
 * @param scores The more the better; infinities rank as they are.
 * @param values What the rows are worth, the more the better.
 * @param count How many rows; with more than there are, all.
 * @returns `NaN` where there are no rows.
 * @throws {RangeError} When the lengths differ, one is `NaN`, or `count` is no positive whole number.
 *
 * @example
 * ```ts
 * import { bestAtTop } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const accuracies = [0.7, 0.9, 0.8, 0.6];
 * assertEquals(bestAtTop([4, 1, 3, 2], accuracies, 2), 0.8);
 * assertEquals(bestAtTop([1, 1, 0, 0], [0.5, 1, 0, 0], 1), 0.75);
 * ```
 */
export function bestAtTop(
  scores: readonly number[],
  values: readonly number[],
  count: number,
): number {
  if (scores.length !== values.length) {
    throw new RangeError(
      `Cannot rank: there are ${scores.length} scores and ${values.length} values`,
    );
  }
  for (const [name, numbers] of Object.entries({ score: scores, value: values })) {
    const bad = numbers.findIndex((number) => Number.isNaN(number));
    if (bad >= 0) throw new RangeError(`Cannot rank: ${name} ${bad} is NaN`);
  }
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`Cannot rank: count must be a positive whole number, got ${count}`);
  }
  const wanted = Math.min(count, scores.length);
  if (wanted === 0) return NaN;
  const last = Float64Array.from(scores).sort()[scores.length - wanted] as number;
  const above = values.filter((_, i) => scores[i]! > last);
  const best = above.reduce((a, b) => Math.max(a, b), -Infinity);
  const rivals = values.filter((_, i) => scores[i] === last).map((value) => Math.max(value, best));
  return expectedBest(rivals, wanted - above.length);
}
