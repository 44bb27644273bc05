import type { Described } from "../search/bayesian/features.ts";
import { GaussianProcess } from "../search/bayesian/gaussian_process.ts";
import { checkExamples, checkRows } from "./check.ts";
import type { ArchPredictor } from "./predictor.ts";
import { standardiser } from "./standardise.ts";

const nothing = new Int32Array(0);

/**
 * A Gaussian process (Rasmussen & Williams 2006): how alike two architectures' values are taken to be
 * falls with the mean squared distance of their features, of mean 0 and deviation 1 each, as
 * `exp(-distance / length)`. On one-hot features the distance grows with the number of decisions that
 * differ. The length and the noise are those of a grid under which the values are most likely.
 *
 * It is the process behind {@linkcode bayesianOptimisation}, and like there it learns values below the
 * median drawn towards it, so that a few networks that learnt nothing do not flatten the differences
 * between good ones. Its time grows with the cube of the examples: some hundreds are well.
 *
 * @example
 * ```ts
 * import { gaussianProcess } from "naskit";
 * import { assert, assertAlmostEquals } from "@std/assert";
 *
 * const rows = Array.from({ length: 9 }, (_, i) => [i / 2]);
 * const fitted = gaussianProcess().fit(rows, rows.map(([x]) => Math.sin(x!)));
 * const [between, beyond] = fitted.predict([[1.75], [9]]);
 * assertAlmostEquals(between!.mean, Math.sin(1.75), 0.05);
 * assert(beyond!.spread! > 3 * between!.spread!);
 * ```
 */
export function gaussianProcess(): ArchPredictor {
  return {
    name: "Gaussian process",
    fit(rows, values) {
      checkExamples(rows, values);
      const standardise = standardiser(rows);
      const described = (row: readonly number[], i: number): Described<unknown> => ({
        arch: i,
        key: String(i),
        network: String(i),
        decisions: nothing,
        paths: nothing,
        costs: standardise(row),
      });
      const process = new GaussianProcess(["costs"]);
      process.learn(rows.map(described), Float64Array.from(values), []);
      const { scale } = process;
      const width = (rows[0] as readonly number[]).length;
      return {
        predict(rows) {
          checkRows("Cannot predict", rows, width);
          return process.predict(rows.map(described)).map(({ mean, deviation }) => ({
            mean: scale.valueAt(mean),
            // Half the distance of the values a deviation below and above, as the scale is not straight.
            spread: (scale.valueAt(mean + deviation) - scale.valueAt(mean - deviation)) / 2,
          }));
        },
      };
    },
  };
}
