import type { Evaluate } from "./evaluate.ts";
import type { SearchSpace } from "./space.ts";

/**
 * An evaluator that knows beforehand what it gives for each architecture of a space, so that a search
 * can be compared with the best there is.
 */
export interface Benchmark<A> extends Evaluate<A> {
  /** The architectures that it knows. */
  readonly space: SearchSpace<A>;
  /**
   * What it knows of an architecture: the mean of the metric where it was trained several times, of
   * which an evaluation gives one. Throws a `RangeError` for a metric that it does not give.
   */
  lookUp(arch: A, metric: string): number;
  /** The same of every architecture, in the order in which the space enumerates them. */
  values(metric: string): readonly number[];
}
