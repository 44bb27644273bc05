import type { Graph } from "../../graph/mod.ts";
import type { Crew } from "./crew.ts";
import type { Plan } from "./plan.ts";
import type { CompileOptions, Prepared } from "./prepare.ts";
import type { Wanted } from "./wiring.ts";

/** What compiling a graph came to: steps with memory, and who runs them. */
export interface Compiled extends Prepared {
  /** The network. */
  readonly graph: Graph;
  /** How it was compiled. */
  readonly options: CompileOptions;
  /** How much memory it holds. */
  readonly bytes: number;
  /** Runs the steps. */
  readonly crew: Crew;
  /**
   * Makes what is computed by the gates as they are, and of gradients, what the other members are of. Absent
   * where there is only one way to run.
   */
  readonly enter?: (wanted: Wanted) => void;
  /** Compiles the same for one thread, where several run the steps, for what takes the whole batch at once. */
  readonly compileAlone?: () => Plan;
}
