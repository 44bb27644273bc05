import type { Splits } from "../data/mod.ts";
import type { EvaluateRecipe, SearchSpace } from "../space/mod.ts";

/** One training on record. */
export interface BenchmarkRun {
  /** Top-1 share on the images that a search may look at. */
  readonly accuracy: number;
  /** Top-1 share on the test images, which only a report may look at. */
  readonly testAccuracy: number;
  /** Seconds that the training took. */
  readonly seconds?: number;
  /** Top-1 share on the validation images after each epoch. */
  readonly validationAccuracy?: readonly number[];
}

/**
 * Trainings on record of every architecture of a space: what {@linkcode tabular} makes an evaluator
 * of. `F` are the names of the numbers that can stand for the accuracy.
 */
export interface BenchmarkTable<A, F extends string = string> {
  /** The architectures that it knows. */
  readonly known: SearchSpace<A>;
  /** What can stand for the accuracy that a search sees; the first unless another is asked for. */
  readonly fitnesses: readonly F[];
  /** How many epochs a training went on for whose accuracy this is. */
  epochsOf(fitness: F): number;
  /**
   * The trainings of an architecture, always the same array for the same network. Throws a
   * `RangeError` when the table does not know it.
   */
  runsOf(arch: A, fitness: F): readonly BenchmarkRun[];
  /** The images that the trainings were on, where the kit has them. */
  data?(): Promise<Splits>;
  /** How another thread makes the table. */
  readonly source: EvaluateRecipe;
}
