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
   * A metric of every architecture, in the order in which the space enumerates them; means where an
   * architecture was trained several times. Throws a `RangeError` for a metric that it does not give.
   */
  values(metric: string): readonly number[];
}
