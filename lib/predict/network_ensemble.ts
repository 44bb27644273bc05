import type { Rng } from "../engine/rng.ts";
import { SmallNetwork, trainSmallNetwork } from "../search/bayesian/small_network.ts";
import { checkExamples, checkRows, checkWhole } from "./check.ts";
import type { ArchPredictor } from "./predictor.ts";
import { Standard, standardiser } from "./standardise.ts";

/** Options of {@linkcode networkEnsemble}. */
export interface NetworkEnsembleOptions {
  /** Draws the first weights and the order of examples. */
  readonly rng: Rng;
  /** Networks; 5 when absent, at least 2. */
  readonly members?: number;
  /** The width of both hidden layers; 20 when absent. */
  readonly hidden?: number;
  /** Updates of each network's weights, with 16 examples each; 400 when absent. */
  readonly steps?: number;
}

/**
 * An ensemble of small networks (two hidden layers with ReLU, trained by AdamW on the squared error),
 * each with first weights and an order of examples of its own. The mean of their outputs is the
 * prediction, and where they disagree, little is known (Lakshminarayanan et al. 2017): their
 * standard deviation is the spread.
 *
 * @throws {RangeError} When a number is too small or not whole.
 *
 * @example Together, not by itself, each of two decisions matters
 * ```ts
 * import { createRng, networkEnsemble } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const rows = [[0, 0], [0, 1], [1, 0], [1, 1]];
 * const fitted = networkEnsemble({ rng: createRng("nas") }).fit(rows, [0, 1, 1, 0]);
 * for (const [i, { mean }] of fitted.predict(rows).entries()) {
 *   assertAlmostEquals(mean, [0, 1, 1, 0][i]!, 0.2);
 * }
 * ```
 */
export function networkEnsemble(options: NetworkEnsembleOptions): ArchPredictor {
  const { rng, members = 5, hidden = 20, steps = 400 } = options;
  checkWhole("networkEnsemble", "members", members, 2);
  checkWhole("networkEnsemble", "hidden", hidden, 1);
  checkWhole("networkEnsemble", "steps", steps, 1);
  return {
    name: "network ensemble",
    fit(rows, values) {
      checkExamples(rows, values);
      const standardise = standardiser(rows);
      const level = new Standard(values);
      // Equal values have no unit: then there is nothing that the networks could add to them.
      const unit = level.isConstant ? 0 : level.unit;
      const width = (rows[0] as readonly number[]).length;
      const indices = Array.from({ length: width }, (_, k) => k);
      const inputOf = (row: readonly number[]) => ({ indices, values: standardise(row) });
      const inputs = rows.map(inputOf);
      const targets = Float64Array.from(values, (value) => level.of(value));
      const networks = Array.from({ length: members }, (_, member) => {
        const draw = rng.split(member);
        const network = new SmallNetwork(
          { inputs: width, active: Math.max(width, 1), hidden },
          draw,
        );
        trainSmallNetwork(
          network,
          { inputs, targets, rng: draw },
          { steps, batch: 16, rate: 0.02, decay: 0.01 },
        );
        return network;
      });
      return {
        predict(rows) {
          checkRows("Cannot predict", rows, width);
          return rows.map((row) => {
            const input = inputOf(row);
            const outputs = networks.map((network) => network.predict(input));
            const mean = outputs.reduce((sum, output) => sum + output, 0) / members;
            const squares = outputs.reduce((sum, output) => sum + (output - mean) ** 2, 0);
            return {
              mean: level.mean + unit * mean,
              spread: unit * Math.sqrt(squares / (members - 1)),
            };
          });
        },
      };
    },
  };
}
