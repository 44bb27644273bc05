import { normalProbability } from "./normal.ts";
import { averageRanks } from "./rank_correlation.ts";

/** What a signed-rank test says. */
export interface SignedRankTest {
  /** Pairs that differ; the others do not count. */
  readonly pairs: number;
  /** Sum of the ranks of the pairs where the first is larger. */
  readonly larger: number;
  /** Sum of the ranks of the pairs where the second is larger. */
  readonly smaller: number;
  /** The two-sided probability of sums at least as unequal if neither was larger than the other. */
  readonly p: number;
  /** Whether `p` comes from all signs that the ranks can have, or from the normal approximation. */
  readonly exact: boolean;
}

/** As many pairs are counted out; beyond, the approximation is right to three digits and more. */
const mostExact = 200;

/**
 * Wilcoxon's signed-rank test (1945): whether of two methods one gives larger values than the other,
 * when both were run under the same conditions, pair by pair, such as seeds.
 *
 * Pairs without a difference are left out, and equal differences share their mean rank. Up to 200
 * pairs the probability is exact, with ties as well: it counts all the signs that these ranks can
 * have. Beyond that it is a normal approximation with corrections for ties and continuity.
 *
 * @param a Values of the first method.
 * @param b Those of the second, in the same order.
 * @throws {RangeError} When the lengths differ or a value is not a finite number.
 *
 * @example
 * ```ts
 * import { wilcoxon } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { p, larger, smaller } = wilcoxon([5, 7, 9, 6, 8], [4, 5, 6, 2, 3]);
 * assertEquals([larger, smaller, p], [15, 0, 2 / 2 ** 5]);
 * ```
 */
export function wilcoxon(a: readonly number[], b: readonly number[]): SignedRankTest {
  if (a.length !== b.length) {
    throw new RangeError(`Cannot compare pairs: a has ${a.length} values and b has ${b.length}`);
  }
  const differences = a.map((value, i) => {
    const difference = value - b[i]!;
    if (Number.isFinite(difference)) return difference;
    throw new RangeError(
      `Cannot compare pairs: pair ${i} must be finite numbers, got ${value} and ${b[i]}`,
    );
  }).filter((difference) => difference !== 0);
  const pairs = differences.length;
  const ranks = averageRanks(differences.map(Math.abs));
  const larger = ranks.reduce((sum, rank, i) => sum + (differences[i]! > 0 ? rank : 0), 0);
  const smaller = pairs * (pairs + 1) / 2 - larger;
  const exact = pairs <= mostExact;
  const least = Math.min(larger, smaller);
  const p = pairs === 0 ? 1 : exact ? exactly(ranks, least) : approximately(ranks, least);
  return { pairs, larger, smaller, p, exact };
}

/** Twice the share of all signs that give a sum of at most this. */
function exactly(ranks: readonly number[], least: number): number {
  // Mean ranks are halves.
  const weights = ranks.map((rank) => Math.round(2 * rank));
  const most = Math.round(2 * least);
  let shares = new Float64Array(most + 1);
  shares[0] = 1;
  for (const weight of weights) {
    const next = new Float64Array(most + 1);
    for (let sum = 0; sum <= most; sum++) {
      next[sum] = (shares[sum]! + (sum >= weight ? shares[sum - weight]! : 0)) / 2;
    }
    shares = next;
  }
  return Math.min(1, 2 * shares.reduce((a, b) => a + b, 0));
}

function approximately(ranks: readonly number[], least: number): number {
  const mean = ranks.reduce((sum, rank) => sum + rank, 0) / 2;
  const variance = ranks.reduce((sum, rank) => sum + rank ** 2, 0) / 4;
  return Math.min(1, 2 * normalProbability((least + 0.5 - mean) / Math.sqrt(variance)));
}
