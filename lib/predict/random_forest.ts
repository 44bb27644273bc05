import type { Rng } from "../engine/rng.ts";
import { checkExamples, checkRows, checkWhole } from "./check.ts";
import type { ArchPredictor } from "./predictor.ts";
import { binRows, growThresholdTree } from "./threshold_tree.ts";

/** Options of {@linkcode randomForest}. */
export interface RandomForestOptions {
  /** Draws the examples of each tree and the columns of each split. */
  readonly rng: Rng;
  /** Trees, at least 2; 100 when absent. */
  readonly trees?: number;
  /** Examples that a leaf must have; 1 when absent. */
  readonly leastSamples?: number;
  /** The share of the columns that each split may choose from; a third when absent. */
  readonly columnShare?: number;
}

/**
 * A random forest (Breiman 2001): regression trees, each grown on a draw of the examples with
 * replacement, with few columns to choose from at each split. The mean over the trees is the
 * prediction, and their standard deviation the spread, as in SMAC (Hutter et al. 2011).
 *
 * It needs no scale, and sees what decisions do together; beyond the values it has seen it cannot go.
 *
 * @throws {RangeError} When a number is too small or not whole, or `columnShare` is not in (0, 1].
 *
 * @example A step
 * ```ts
 * import { createRng, randomForest } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const rows = Array.from({ length: 40 }, (_, i) => [i]);
 * const fitted = randomForest({ rng: createRng("nas") }).fit(rows, rows.map(([x]) => x! < 20 ? 0 : 1));
 * const [low, high] = fitted.predict([[5], [35]]);
 * assertAlmostEquals(high!.mean - low!.mean, 1, 1e-9);
 * ```
 */
export function randomForest(options: RandomForestOptions): ArchPredictor {
  const { rng, trees = 100, leastSamples = 1, columnShare = 1 / 3 } = options;
  checkWhole("randomForest", "trees", trees, 2);
  checkWhole("randomForest", "leastSamples", leastSamples, 1);
  if (!(columnShare > 0 && columnShare <= 1)) {
    throw new RangeError(
      `Cannot make randomForest: columnShare must be in (0, 1], got ${columnShare}`,
    );
  }
  return {
    name: "random forest",
    fit(rows, values) {
      checkExamples(rows, values);
      const width = (rows[0] as readonly number[]).length;
      const columns = Math.max(1, Math.round(columnShare * width));
      const data = binRows(rows, values);
      const forest = Array.from({ length: trees }, (_, tree) => {
        const draw = rng.split(tree);
        const samples = values.map(() => draw.int(values.length));
        return growThresholdTree(data, samples, { leastSamples, columns, rng: draw });
      });
      return {
        predict(rows) {
          checkRows("Cannot predict", rows, width);
          return rows.map((row) => {
            const outputs = forest.map((tree) => tree(row));
            const mean = outputs.reduce((sum, output) => sum + output, 0) / trees;
            const squares = outputs.reduce((sum, output) => sum + (output - mean) ** 2, 0);
            return { mean, spread: Math.sqrt(squares / (trees - 1)) };
          });
        },
      };
    },
  };
}
