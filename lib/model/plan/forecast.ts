import { heap } from "../../engine/heap.ts";
import type { Graph, GraphNode, Shape } from "../../graph/mod.ts";
import type { Gates } from "../model.ts";
import { logitsOf } from "./loss.ts";
import type { SetGatesOptions } from "./plan.ts";
import { type CompileOptions, prepare } from "./prepare.ts";
import { lossWork, optimiserWork, type Work, workOf } from "./work.ts";

/** What to forecast. */
export interface ForecastOptions extends CompileOptions, SetGatesOptions {
  /** The gates of `mixed` nodes; even where none are given. */
  readonly gates?: Gates;
}

/** What a plan will hold and do. */
export interface Forecast {
  /** Bytes of memory. */
  readonly bytes: {
    /** Of weights and running statistics. */
    readonly weights: number;
    /** Of gradients of weights. */
    readonly gradients: number;
    /** Of what the optimiser remembers. */
    readonly optimiser: number;
    /** Of values and their gradients, which share memory where they are not needed at the same time. */
    readonly values: number;
    /** Of all, zeros included: what the plan will hold once it has run. */
    readonly total: number;
  };
  /** Each kernel call of a training step, or of a run where the plan does not train, on a whole batch. */
  readonly steps: readonly Work[];
}

/**
 * Tells what a plan of a graph will hold and do, without making it: to the byte, and to the operation as
 * {@linkcode Work} counts them. With gates it is told of a run by these, such as a single path.
 *
 * @param graph The network.
 * @param options How it would be compiled.
 * @throws {GraphError} When the graph is not valid.
 * @throws {RangeError} When an option is out of range.
 *
 * @example
 * ```ts
 * import { compile, forecast, nasBench201 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const { bytes } = forecast(graph, { batch: 64, training: true });
 * const plan = compile(graph, { batch: 64, training: true });
 * assertEquals(plan.bytes, bytes.total);
 * plan.dispose();
 * ```
 */
export function forecast(graph: Graph, options: ForecastOptions): Forecast {
  const { batch, training = false, gates = new Map(), open = new Map() } = options;
  const prepared = prepare(graph, options, { machine: heap, threads: 1 });
  prepared.gates.set(gates, open);
  const wanted = { weights: training, gates: false };
  const program = prepared.gates.size > 0
    ? prepared.program(prepared.gates.wiring(wanted), wanted)
    : prepared;
  const { shapes, parameters, optimiser, commonBytes, gradientBytes } = prepared;
  const { layout, schedule, trained } = program;
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const statistics = training ? "batch" : "running";
  const context = { shapes, room: batch, count: batch, statistics } as const;
  const steps = [...schedule.forward, ...schedule.backward].map((step) =>
    workOf(step, nodes.get(step.node) as GraphNode, context)
  );
  if (training) {
    const { rows, classes } = logitsOf(shapes.get(graph.output) as Shape);
    const floats = [...trained].map((name) => parameters.params.get(name)?.values.floats ?? 0);
    const all = floats.reduce((sum, each) => sum + each, 0);
    steps.push(lossWork(classes, batch * rows), optimiserWork(optimiser, all));
  }
  return {
    bytes: {
      weights: parameters.weightSlab.bytes + parameters.statisticsSlab.bytes,
      gradients: gradientBytes,
      optimiser: 4 * optimiser.stateFloats * parameters.gradientSlab.floats,
      values: layout.bytes,
      total: commonBytes + gradientBytes + layout.bytes,
    },
    steps,
  };
}
