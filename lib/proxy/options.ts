import type { Init, PlanStatistics } from "../model/mod.ts";

/** How a proxy's network starts. */
export interface InitOptions {
  /** How the weights of a graph start; `"torchDefault"` when absent. */
  readonly init?: Init;
}

/** How a proxy's network starts and runs. */
export interface RunOptions extends InitOptions {
  /** Which statistics batch norms use; the batch's when absent. */
  readonly statistics?: PlanStatistics;
}
