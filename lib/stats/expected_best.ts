import type { Direction } from "./pareto.ts";

/** Options of {@linkcode expectedBest}. */
export interface ExpectedBestOptions {
  /** Whether the best is the largest or the smallest; `"maximize"` when absent. */
  readonly direction?: Direction;
  /**
   * Whether one can be drawn again; `false` when absent, as `randomSearch()` tries none twice.
   */
  readonly replacement?: boolean;
  /** What is reported of the best, e.g. its test accuracy, one for each value; the value when absent. */
  readonly report?: readonly number[];
}

/**
 * What the best of some random draws is on average, without drawing: random search in closed form.
 *
 * With the values sorted from worst to best, the best of `n` draws with replacement is among the
 * first `k` of `N` with probability `(k / N)^n`, and without replacement with probability
 * `C(k, n) / C(N, n)`; of equal values each is as likely to be drawn first.
 *
 * @param values What there is to draw from, each as likely.
 * @param draws How many are drawn; without replacement, more than there are draw all.
 * @throws {RangeError} When there are no values, one is not a number, `draws` is not a positive whole
 * number, or `report` is not as long as the values.
 *
 * @example The best of two dice
 * ```ts
 * import { expectedBest } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const die = [1, 2, 3, 4, 5, 6];
 * assertAlmostEquals(expectedBest(die, 2, { replacement: true }), 161 / 36, 1e-12);
 * assertAlmostEquals(expectedBest(die, 2), 14 / 3, 1e-12);
 * ```
 */
export function expectedBest(
  values: readonly number[],
  draws: number,
  options: ExpectedBestOptions = {},
): number {
  const { direction = "maximize", replacement = false, report = values } = options;
  const size = values.length;
  if (size === 0) throw new RangeError("Cannot expect the best: values is empty");
  const bad = values.findIndex((value) => Number.isNaN(value));
  if (bad >= 0) throw new RangeError(`Cannot expect the best: value ${bad} is NaN`);
  if (!Number.isSafeInteger(draws) || draws < 1) {
    throw new RangeError(
      `Cannot expect the best: draws must be a positive whole number, got ${draws}`,
    );
  }
  if (report.length !== size) {
    throw new RangeError(
      `Cannot expect the best: report must have ${size} values, got ${report.length}`,
    );
  }
  const sign = direction === "maximize" ? 1 : -1;
  const order = [...values.keys()].sort((a, b) => sign * (values[a]! - values[b]!));
  const among = replacement ? withReplacement(size, draws) : withoutReplacement(size, draws);
  let expected = 0;
  for (let end = size, start = size; end > 0; end = start) {
    let sum = 0;
    while (start > 0 && values[order[start - 1]!] === values[order[end - 1]!]) {
      sum += report[order[--start]!]!;
    }
    expected += (among[end]! - among[start]!) * sum / (end - start);
  }
  return expected;
}

/** For each `k` the probability that all draws are among `k` of the values. */
function withReplacement(size: number, draws: number): Float64Array {
  return Float64Array.from({ length: size + 1 }, (_, k) => (k / size) ** draws);
}

function withoutReplacement(size: number, draws: number): Float64Array {
  const drawn = Math.min(draws, size);
  const among = new Float64Array(size + 1);
  among[size] = 1;
  for (let k = size; k > drawn; k--) among[k - 1] = among[k]! * (k - drawn) / k;
  return among;
}
