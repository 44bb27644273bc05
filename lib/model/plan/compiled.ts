import type { Arena } from "../../engine/heap.ts";
import type { Graph, Shape } from "../../graph/mod.ts";
import type { Lowered } from "./lower.ts";
import type { Value } from "./lowering.ts";
import type { LossRegions } from "./loss.ts";
import type { Optimiser } from "./optimiser.ts";
import type { Parameters } from "./parameters.ts";
import type { Schedule } from "./schedule.ts";
import type { Slab } from "./slab.ts";

/** What compiling a graph came to: steps, and memory in which they run. */
export interface Compiled {
  /** The network. */
  readonly graph: Graph;
  /** The shape of every node's value, without the batch. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Images of the largest batch. */
  readonly batch: number;
  /** Whether it can compute gradients. */
  readonly training: boolean;
  /** Whether it computes those of the images. */
  readonly imageGradient: boolean;
  /** The memory. */
  readonly arena: Arena;
  /** The weights and their gradients. */
  readonly parameters: Parameters;
  /** The steps. */
  readonly schedule: Schedule;
  /** Where the images go in and the output comes out. */
  readonly ends: Lowered;
  /** What stands between the output and the way back. */
  readonly loss: LossRegions;
  /** What moves the weights. */
  readonly optimiser: Optimiser;
  /** What it remembers. */
  readonly state: Slab;
  /** The values that can be read after a run, by node. */
  readonly taps: ReadonlyMap<string, Value>;
}
