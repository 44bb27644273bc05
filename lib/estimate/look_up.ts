import { createRng } from "../engine/rng.ts";
import { type Evaluate, type NasBench201Arch, portable } from "../space/mod.ts";
import { fullRecipe } from "./train.ts";
import { type TrainedFigures, TrainedTable, type TrainedTableData } from "./trained_table.ts";

/** Options of {@linkcode lookUp}. */
export interface LookUpOptions {
  /**
   * Which training of an architecture is given: one of them, chosen by the evaluation's seed, so that
   * a search meets the noise that it would meet by training; or the mean of all. `"random"` when
   * absent.
   */
  readonly repeat?: "random" | "mean";
}

/**
 * An evaluator that looks trainings up in a table instead of making them. It gives `accuracy`, the
 * top-1 share on the validation images; the curve `validationAccuracy` by epoch; `testAccuracy`;
 * and `seconds`, what the training took when it was made: a search counts these as its time, so that
 * it can be given as many seconds as a real one. What a candidate costs, a search adds itself, as
 * always.
 *
 * Fewer epochs than all give what was known after as many, without `testAccuracy`: the start of the full training, whose learning rate was still high, and not a shorter one.
 *
 * Workers can run it. It throws a `RangeError` for an architecture that the table does not have:
 * search in `table.known`.
 *
 * @param table The table, or what its `toJSON` gave.
 * @throws {TypeError} When `repeat` is something else.
 *
 * @example
 * ```ts
 * import { lookUp, maximize, randomSearch, search, TrainedTable } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const recipe = { channels: 4, cellsPerStage: 1, size: 16, train: 100, validation: 50, test: 50 };
 * const table = TrainedTable.from({
 *   recipe: { ...recipe, training: { epochs: 2 } },
 *   csv: "index,repeat,operations,val_1,val_2,test,params,macs,seconds\n" +
 *     "0,0,333333,0.5000,0.8000,0.7800,6000,700000,1.0\n" +
 *     "1,0,222222,0.4000,0.7000,0.6800,3000,300000,0.8\n",
 * });
 * const study = await search({
 *   space: table.known,
 *   strategy: randomSearch(),
 *   evaluate: lookUp(table),
 *   objective: maximize("accuracy"),
 *   budget: { trials: 20 },
 *   seed: "nas",
 * });
 * assertEquals(study.best().metrics.testAccuracy, 0.78);
 * ```
 */
export function lookUp(
  table: TrainedTable | TrainedTableData,
  options: LookUpOptions = {},
): Evaluate<NasBench201Arch> {
  const { repeat = "random" } = options;
  if (repeat !== "random" && repeat !== "mean") {
    throw new TypeError(`Cannot look up: repeat must be "random" or "mean", got ${repeat}`);
  }
  const known = table instanceof TrainedTable ? table : TrainedTable.from(table);
  const { epochs: fullEpochs } = fullRecipe(known.recipe.training);
  return portable(
    { module: import.meta.url, factory: "lookUp", args: [known.toJSON(), options] },
    (arch, { seed, signal, epochs = fullEpochs }) => {
      signal.throwIfAborted();
      if (!(Number.isSafeInteger(epochs) && epochs >= 1 && epochs <= fullEpochs)) {
        throw new RangeError(
          `Cannot look up: epochs must be a whole number from 1 to ${fullEpochs}, got ${epochs}`,
        );
      }
      const entry = known.get(arch);
      const { runs } = entry;
      const found: TrainedFigures = repeat === "mean" ? entry : createRng(seed).pick(runs);
      const { testAccuracy, validationAccuracy, seconds } = found;
      return {
        accuracy: validationAccuracy[epochs - 1] as number,
        validationAccuracy: validationAccuracy.slice(0, epochs),
        seconds: seconds * epochs / fullEpochs,
        ...(epochs === fullEpochs ? { testAccuracy } : {}),
      };
    },
    { epochs: fullEpochs, simulated: true },
  );
}
