import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng } from "naskit/engine/rng.ts";
import {
  averageRanks,
  chiSquareTail,
  friedman,
  fTail,
  holm,
  normalProbability,
  rangeProbability,
  rangeQuantile,
  wilcoxon,
} from "naskit/stats/mod.ts";

/**
 * Accuracies of four versions of C4.5 on 14 data sets, the example of Demšar 2006: plain, with
 * pruning by m, by cf, by both. The paper's ranks are of unrounded numbers; one is given a digit more.
 */
const trees = [
  [0.763, 0.768, 0.771, 0.798],
  [0.599, 0.591, 0.590, 0.569],
  [0.954, 0.971, 0.968, 0.967],
  [0.628, 0.661, 0.654, 0.657],
  [0.882, 0.888, 0.886, 0.898],
  [0.936, 0.931, 0.916, 0.931],
  [0.661, 0.668, 0.609, 0.685],
  [0.583, 0.583, 0.563, 0.625],
  [0.775, 0.838, 0.866, 0.875],
  [1.000, 1.000, 1.000, 1.000],
  [0.940, 0.962, 0.965, 0.962],
  [0.619, 0.666, 0.614, 0.669],
  [0.972, 0.981, 0.9751, 0.975],
  [0.957, 0.978, 0.946, 0.970],
];

/** The share of the 2^n ways to give the ranks signs whose sums are at least as unequal. */
function allSigns(differences: readonly number[]): number {
  const ranks = averageRanks(differences.map(Math.abs));
  const total = ranks.reduce((a, b) => a + b, 0);
  const uneven = (sum: number) => Math.abs(2 * sum - total);
  const seen = uneven(ranks.reduce((sum, rank, i) => sum + (differences[i]! > 0 ? rank : 0), 0));
  let count = 0;
  for (let signs = 0; signs < 2 ** ranks.length; signs++) {
    const sum = ranks.reduce((sum, rank, i) => sum + ((signs >> i) & 1) * rank, 0);
    if (uneven(sum) >= seen - 1e-9) count++;
  }
  return count / 2 ** ranks.length;
}

Deno.test("wilcoxon() is exact: it counts all signs, with ties too", () => {
  const difference = fc.integer({ min: -6, max: 6 });
  fc.assert(
    fc.property(fc.array(difference, { minLength: 1, maxLength: 11 }), (differences) => {
      const test = wilcoxon(differences, differences.map(() => 0));
      const counted = differences.filter((each) => each !== 0);
      assertEquals(test.pairs, counted.length);
      assertAlmostEquals(test.p, counted.length === 0 ? 1 : allSigns(counted), 1e-12);
      const turned = wilcoxon(differences.map(() => 0), differences);
      assertEquals([turned.larger, turned.smaller], [test.smaller, test.larger]);
      assertAlmostEquals(turned.p, test.p, 1e-12);
    }),
    { numRuns: 60 },
  );
});

Deno.test("wilcoxon() has the critical values of the tables", () => {
  // The largest smaller sum that is significant at 5 %, two-sided.
  const critical = { 6: 0, 7: 2, 8: 3, 9: 5, 10: 8, 12: 13, 15: 25, 20: 52, 25: 89, 50: 434 };
  for (const [text, sum] of Object.entries(critical)) {
    const pairs = Number(text);
    /** Ranks as signs, the largest that fit into the smaller sum being negative. */
    const withSum = (smaller: number) => {
      const values = Array.from({ length: pairs }, (_, i) => i + 1);
      let left = smaller;
      for (let rank = pairs; rank > 0; rank--) {
        if (rank > left) continue;
        left -= rank;
        values[rank - 1] = -rank;
      }
      return wilcoxon(values, values.map(() => 0));
    };
    assertEquals(withSum(sum).smaller, sum);
    assert(withSum(sum).p <= 0.05, `${pairs}: ${withSum(sum).p}`);
    assert(withSum(sum + 1).p > 0.05, `${pairs}: ${withSum(sum + 1).p}`);
  }
});

Deno.test("beyond 200 pairs the approximation goes on where the counting ends", () => {
  const rng = createRng("wilcoxon");
  for (const effect of [0, 0.1, 0.2]) {
    const draws = Array.from({ length: 201 }, () => Math.round(10 * (rng.normal() + effect)) || 1);
    const zeros = draws.map(() => 0);
    const [more, fewer] = [wilcoxon(draws, zeros), wilcoxon(draws.slice(1), zeros.slice(1))];
    assertEquals([more.exact, fewer.exact], [false, true]);
    // One pair of 200 moves the statistic by less than a hundredth of its range.
    const z = (p: number) => {
      let [low, high] = [-12, 0];
      for (let i = 0; i < 60; i++) {
        const middle = (low + high) / 2;
        if (2 * normalProbability(middle) < p) low = middle;
        else high = middle;
      }
      return low;
    };
    assertAlmostEquals(z(more.p), z(fewer.p), 0.13);
  }
  assertThrows(() => wilcoxon([1], []), RangeError, "a has 1 values and b has 0");
  assertThrows(() => wilcoxon([1, NaN], [1, 1]), RangeError, "pair 1 must be finite numbers");
  assertEquals(wilcoxon([1, 2], [1, 2]), { pairs: 0, larger: 0, smaller: 0, p: 1, exact: true });
});

Deno.test("holm() corrects as by hand, keeps the order, and never below Bonferroni's least", () => {
  const corrected = holm([0.01, 0.04, 0.03, 0.005]);
  [0.03, 0.06, 0.06, 0.02].forEach((p, i) => assertAlmostEquals(corrected[i]!, p, 1e-15));
  assertEquals(holm([]), []);
  assertEquals(holm([0.6, 0.7]), [1, 1]);
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(fc.property(fc.array(share, { minLength: 1, maxLength: 8 }), (ps) => {
    const corrected = holm(ps);
    corrected.forEach((p, i) => {
      assert(p >= ps[i]! && p <= Math.min(1, ps.length * ps[i]!) || p === Math.max(...corrected));
      corrected.forEach((other, k) => assert(ps[i]! > ps[k]! || p <= other));
    });
    assertAlmostEquals(Math.min(...corrected), Math.min(1, ps.length * Math.min(...ps)), 1e-12);
  }));
  assertThrows(() => holm([0.5, 1.5]), RangeError, "probability 1 must be from 0 to 1, got 1.5");
});

Deno.test("friedman() gives the example of Demšar 2006", () => {
  const { ranks, chiSquare, f, p, pF, criticalDifference } = friedman(trees);
  [3.143, 2, 2.893, 1.964].forEach((rank, i) => assertAlmostEquals(ranks[i]!, rank, 0.0005));
  // The paper's statistic leaves ties out of account.
  const methods = 4;
  const plain = 12 * 14 / (methods * (methods + 1)) *
    (ranks.reduce((sum, rank) => sum + rank ** 2, 0) - methods * (methods + 1) ** 2 / 4);
  assertAlmostEquals(plain, 9.28, 0.01);
  // With ties, as SciPy has it.
  assertAlmostEquals(chiSquare, 10.2283464566929, 1e-12);
  assertAlmostEquals(p, 0.0167215803284414, 1e-13);
  assertAlmostEquals(13 * plain / (14 * 3 - plain), 3.69, 0.005);
  assert(f > 3.69 && pF < p && p < 0.05);
  assertAlmostEquals(criticalDifference, 1.25, 0.005);
  const ten = friedman(trees, { alpha: 0.1 });
  assertAlmostEquals(ten.criticalDifference, 1.12, 0.005);
  const turned = friedman(trees, { direction: "minimize" });
  turned.ranks.forEach((rank, i) => assertAlmostEquals(rank, 5 - ranks[i]!, 1e-12));
});

Deno.test("wilcoxon() gives the example of Demšar 2006, but for pairs that do not differ", () => {
  const [plain, tuned] = [0, 1].map((m) => trees.map((row) => Math.round(1000 * row[m]!)));
  const { pairs, larger, smaller, p } = wilcoxon(tuned!, plain!);
  // The paper's 93 and 12 of 14 pairs, two of which are equal: ranks 1 and 2, shared out.
  assertEquals([pairs, larger + 2 * 10 + 1.5, smaller + 2 * 2 + 1.5], [12, 93, 12]);
  assert(p < 0.05);
});

Deno.test("friedman() without ties is the formula of the textbooks", () => {
  const rows = [[3, 1, 2], [3, 2, 1], [3, 1, 2], [2, 3, 1], [3, 1, 2], [3, 2, 1]];
  const { chiSquare, ranks } = friedman(rows);
  const [n, k] = [6, 3];
  const sums = ranks.map((rank) => rank * n);
  const textbook = 12 / (n * k * (k + 1)) * sums.reduce((sum, each) => sum + each ** 2, 0) -
    3 * n * (k + 1);
  assertAlmostEquals(chiSquare, textbook, 1e-12);
  assert(Number.isNaN(friedman([[1, 1], [2, 2]]).p));
  assertThrows(
    () => friedman([[1, 2]]),
    RangeError,
    "at least 2 rows of 2 methods, got 1 rows of 2",
  );
  assertThrows(() => friedman([[1, 2], [1]]), RangeError, "row 1 must have 2 values, got 1");
});

Deno.test("ranges of normal numbers are those of Nemenyi's table", () => {
  // Of Demšar 2006, the range over the square root of 2, for 2 to 10 methods.
  const table = {
    0.05: [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164],
    0.1: [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920],
  };
  for (const [alpha, values] of Object.entries(table)) {
    values.forEach((value, i) => {
      assertAlmostEquals(rangeQuantile(Number(alpha), i + 2) / Math.SQRT2, value, 0.001);
    });
  }
  const rng = createRng("ranges");
  const draws = Array.from({ length: 20_000 }, () => {
    const values = [1, 2, 3, 4, 5].map(() => rng.normal());
    return Math.max(...values) - Math.min(...values);
  });
  for (const range of [1, 2, 3, 4]) {
    const share = draws.filter((each) => each <= range).length / draws.length;
    assertAlmostEquals(rangeProbability(range, 5), share, 0.012);
  }
  assertEquals(rangeProbability(0, 3), 0);
  assertAlmostEquals(rangeProbability(15, 30), 1, 1e-9);
  assertThrows(() => rangeProbability(1, 1), RangeError, "count must be a whole number");
  assertThrows(() => rangeQuantile(0, 3), RangeError, "alpha must be between 0 and 1");
});

Deno.test("tails are those of closed forms", () => {
  for (const x of [0.01, 0.5, 1, 3, 10, 40]) {
    assertAlmostEquals(chiSquareTail(x, 1), 2 * normalProbability(-Math.sqrt(x)), 1e-13);
    assertAlmostEquals(chiSquareTail(x, 2), Math.exp(-x / 2), 1e-13);
    const half = x / 2;
    assertAlmostEquals(chiSquareTail(x, 6), Math.exp(-half) * (1 + half + half ** 2 / 2), 1e-13);
    // With 2 degrees above the tail of F is a power, with one above and below an arctangent.
    for (const below of [1, 2, 7, 100]) {
      assertAlmostEquals(fTail(x, 2, below), (1 + 2 * x / below) ** (-below / 2), 1e-12);
    }
    assertAlmostEquals(fTail(x, 1, 1), 1 - 2 / Math.PI * Math.atan(Math.sqrt(x)), 1e-12);
    assertAlmostEquals(fTail(x, 3, 1e7), chiSquareTail(3 * x, 3), 1e-5);
  }
  assertEquals([chiSquareTail(0, 3), fTail(0, 3, 4), fTail(Infinity, 3, 4)], [1, 1, 0]);
});
