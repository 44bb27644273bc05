import { cost } from "../cost/mod.ts";
import type { MachinePeak } from "../engine/mod.ts";
import { choicesOf, type Graph } from "../graph/mod.ts";
import { type Forecast, forecast, type Gates, type PlanOptimiser } from "../model/mod.ts";
import type { Path } from "../space/mod.ts";
import { discretise } from "./discretise.ts";
import { pathGates } from "./path.ts";

/** How a supernet would be trained. */
export interface DescribeSupernetOptions {
  /** Images of a batch. */
  readonly batch: number;
  /** What moves the weights; plain SGD when absent. */
  readonly optimiser?: PlanOptimiser;
  /** The path to tell of; the one with the most multiply-accumulates at each choice when absent. */
  readonly path?: Path;
  /** What the machine can do, as {@linkcode measurePeak} finds it; without it no times are told. */
  readonly peak?: MachinePeak;
}

/** What a training step on some of a supernet takes. */
export interface SupernetStep {
  /** Bytes of memory. */
  readonly bytes: Forecast["bytes"];
  /** Floating-point operations. */
  readonly flops: number;
  /** Kernel calls. */
  readonly calls: number;
  /**
   * The least time that it takes on one thread: for each call that of its operations or of its bytes from the
   * cache, whichever is longer. Kernels that reach half their roof take twice as long.
   */
  readonly milliseconds?: number;
}

/** What a supernet is and takes. */
export interface SupernetDescription {
  /** Nodes of its graph. */
  readonly nodes: number;
  /** Choices. */
  readonly choices: number;
  /** Paths: the product of the options of all choices. */
  readonly paths: bigint;
  /** Trained numbers of all branches. */
  readonly params: number;
  /** Multiply-accumulates of all branches for one image. */
  readonly macs: number;
  /** A step on all branches, as DARTS takes it. */
  readonly mixture: SupernetStep;
  /** A step on one path, as single-path methods take it. */
  readonly path: SupernetStep;
}

/**
 * What a training step on a supernet takes in memory and, at least, in time: on all branches at once and on a
 * single path, before anything is run. Memory is told to the byte.
 *
 * @param graph A graph with `mixed` nodes.
 * @param options The batch, and what else there is to know.
 * @throws {GraphError} When the graph is not valid.
 * @throws {RangeError} When an option is out of range.
 *
 * @example
 * ```ts
 * import { describeSupernet, nasBench201, supernetOf } from "naskit";
 * import { assertEquals, assertLess } from "@std/assert";
 *
 * const { graph } = supernetOf(nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }));
 * const { paths, mixture, path } = describeSupernet(graph, { batch: 32 });
 * assertEquals(paths, 15_625n);
 * assertLess(path.bytes.values, mixture.bytes.values);
 * ```
 */
export function describeSupernet(
  graph: Graph,
  options: DescribeSupernetOptions,
): SupernetDescription {
  const { batch, optimiser, peak } = options;
  const choices = choicesOf(graph), { params, macs } = cost(graph);
  const stepOf = (gates: Gates): SupernetStep => {
    const training = { batch, training: true, ...(optimiser && { optimiser }) };
    const { bytes, steps } = forecast(graph, { ...training, gates });
    return {
      bytes,
      flops: steps.reduce((sum, { flops }) => sum + flops, 0),
      calls: steps.length,
      ...(peak && { milliseconds: leastTime(steps, peak) }),
    };
  };
  return {
    nodes: graph.nodes.length,
    choices: choices.size,
    paths: [...choices.values()].reduce((product, inputs) => product * BigInt(inputs), 1n),
    params,
    macs,
    mixture: stepOf(new Map()),
    path: stepOf(pathGates(graph, options.path ?? heaviestPath(graph))),
  };
}

function leastTime(
  steps: Forecast["steps"],
  { gflops, cacheBandwidth }: MachinePeak,
): number {
  return steps.reduce(
    (sum, { flops, bytes }) => sum + Math.max(flops / gflops, bytes / cacheBandwidth) / 1e6,
    0,
  );
}

/** The path that takes at each choice the option with the most multiply-accumulates, the first of equal ones. */
function heaviestPath(graph: Graph): Path {
  const choices = choicesOf(graph);
  const first = new Map([...choices.keys()].map((choice) => [choice, 0]));
  return new Map([...choices].map(([choice, inputs]) => {
    const macs = Array.from(
      { length: inputs },
      (_, place) => cost(discretise(graph, new Map(first).set(choice, place))).macs,
    );
    return [choice, macs.indexOf(Math.max(...macs))];
  }));
}
