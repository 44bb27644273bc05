import { Cholesky } from "../stats/cholesky.ts";
import { dot } from "../stats/substitution.ts";
import { checkExamples, checkRows } from "./check.ts";
import type { ArchPredictor } from "./predictor.ts";
import { Standard, standardiser } from "./standardise.ts";

/** Options of {@linkcode ridge}. */
export interface RidgeOptions {
  /**
   * What the squared weights are multiplied with in the loss; with 0 it is plain least squares. When
   * absent, the one of a grid from 0.001 to 1,000 that predicts each example best from all others.
   */
  readonly penalty?: number;
}

const grid = Array.from({ length: 13 }, (_, i) => 10 ** (i / 2 - 3));

/** Examples with columns of mean 0 and deviation 1, and values of mean 0. */
interface Problem {
  readonly rows: readonly Float64Array[];
  readonly values: Float64Array;
}

/** Weights at one penalty, and how well they do. */
interface Solution {
  readonly factor: Cholesky;
  readonly weights: Float64Array;
  /** The variance of what they leave unexplained. */
  readonly noise: number;
  /** The sum of squared errors when each example is predicted from all others. */
  readonly leftOut: number;
}

/**
 * Linear regression with a penalty on the squared weights (Hoerl & Kennard 1970), over columns of
 * mean 0 and deviation 1 and with an intercept that is free. On one-hot features it learns what each
 * option of each decision is worth by itself, which takes few examples; what decisions do together
 * it cannot tell.
 *
 * Its spread is that of the weights' posterior under the penalty as a prior.
 *
 * @throws {RangeError} When `penalty` is negative or not finite.
 *
 * @example A line through three points
 * ```ts
 * import { ridge } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const line = ridge({ penalty: 0 }).fit([[1], [2], [4]], [3, 5, 9]);
 * assertAlmostEquals(line.predict([[3]])[0]!.mean, 7, 1e-6);
 * ```
 */
export function ridge({ penalty }: RidgeOptions = {}): ArchPredictor {
  if (penalty !== undefined && !(penalty >= 0 && penalty < Infinity)) {
    throw new RangeError(`Cannot make ridge: penalty must be 0 or more, got ${penalty}`);
  }
  return {
    name: "ridge",
    fit(rows, values) {
      checkExamples(rows, values);
      const standardise = standardiser(rows);
      const level = new Standard(values);
      const problem = {
        rows: rows.map(standardise),
        values: Float64Array.from(values, (value) => value - level.mean),
      };
      const { factor, weights, noise } = penalty === undefined
        ? grid.map((each) => solve(problem, each))
          .reduce((best, each) => each.leftOut < best.leftOut ? each : best)
        : solve(problem, penalty);
      const width = weights.length;
      return {
        predict(rows) {
          checkRows("Cannot predict", rows, width);
          return rows.map((row) => {
            const input = standardise(row);
            const own = factor.solveLower(input);
            return {
              mean: level.mean + dot(input, weights, width),
              spread: Math.sqrt(noise * (1 / values.length + dot(own, own, width))),
            };
          });
        },
      };
    },
  };
}

function solve({ rows, values }: Problem, penalty: number): Solution {
  const [count, width] = [rows.length, (rows[0] as Float64Array).length];
  // Columns may depend on each other, as one-hot ones do: without a penalty the weights would not be
  // determined, and a trace of one picks the smallest.
  const factor = factorOf(rows, Math.max(penalty, 1e-10 * count));
  const right = new Float64Array(width);
  rows.forEach((row, i) => row.forEach((x, k) => right[k]! += x * values[i]!));
  const weights = factor.solveUpper(factor.solveLower(right));
  let [squares, leftOut, freedom] = [0, 0, count - 1];
  rows.forEach((row, i) => {
    const own = factor.solveLower(row);
    const pull = dot(own, own, width);
    const error = values[i]! - dot(row, weights, width);
    squares += error ** 2;
    // What the error would be had the example not been there; the intercept has its share as well.
    leftOut += (error / Math.max(1 - pull - 1 / count, 1e-9)) ** 2;
    freedom -= pull;
  });
  return { factor, weights, noise: squares / Math.max(freedom, 1), leftOut };
}

/** The factor of the columns' products, with the penalty on the diagonal. */
function factorOf(rows: readonly Float64Array[], penalty: number): Cholesky {
  const width = (rows[0] as Float64Array).length;
  const products = Array.from({ length: width }, (_, k) => new Float64Array(k + 1));
  for (const row of rows) {
    for (let k = 0; k < width; k++) {
      const [into, x] = [products[k]!, row[k]!];
      for (let j = 0; j <= k; j++) into[j]! += x * row[j]!;
    }
  }
  products.forEach((row, k) => row[k]! += penalty);
  const factor = new Cholesky();
  factor.adopt(products);
  return factor;
}
