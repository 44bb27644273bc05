import type { Machine } from "../../engine/machine.ts";
import type { Graph, Shape } from "../../graph/mod.ts";
import { analyse, type Analysis, follow } from "./analyse.ts";
import { describeLargest } from "./largest.ts";
import { sizeOf } from "./lowering.ts";
import {
  makeOptimiser,
  type Optimiser,
  type OptimiserSlabs,
  type PlanOptimiser,
} from "./optimiser.ts";
import { makeParameters, type Parameters } from "./parameters.ts";
import { PlanGates } from "./plan_gates.ts";
import { makeProgram, type Program } from "./program.ts";
import { largestShare, wholeRows } from "./shares.ts";
import { Slab } from "./slab.ts";
import type { Wanted, Wiring } from "./wiring.ts";
import { Zeros } from "./zeros.ts";

/** How to compile a graph. */
export interface CompileOptions {
  /** Images of the largest batch. */
  readonly batch: number;
  /** Whether the plan can train and compute gradients, which takes more memory; `false` when absent. */
  readonly training?: boolean;
  /** How training steps move the weights; SGD without momentum when absent. */
  readonly optimiser?: PlanOptimiser;
  /** Whether gradients of the images are wanted as well; `false` when absent. */
  readonly imageGradient?: boolean;
  /**
   * Nodes whose values can be read after a run by `plan.activation`, and their gradients after a way back by
   * `plan.activationGradient` in a plan that trains; none when absent. Each takes memory of its own, as it
   * shares no more with others.
   */
  readonly keep?: readonly string[];
  /**
   * Nodes of whose numbers each run keeps which are above zero, for `plan.codeAgreement` and
   * `plan.distinctPatterns`; none when absent.
   * A number takes a bit, and the value itself need not be kept.
   */
  readonly codes?: readonly string[];
}

/** What compiling a graph comes to, for one thread: what all its runs have, and the first of its programs. */
export interface Prepared extends Program {
  /** The shape of every node's value, without the batch. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Runs the steps. */
  readonly machine: Machine;
  /** The weights and their gradients. */
  readonly parameters: Parameters;
  /** The gates of mixed nodes. */
  readonly gates: PlanGates;
  /** What moves the weights. */
  readonly optimiser: Optimiser;
  /** What it works on. */
  readonly slabs: OptimiserSlabs;
  /** Threads' shares are whole multiples of this many images, except the last. */
  readonly unit: number;
  /** Bytes of what all threads have in common: weights, statistics, what the optimiser remembers. */
  readonly commonBytes: number;
  /** Bytes of what each thread has for itself: its gradients and its share of all values. */
  readonly ownBytes: number;
  /** Bytes of the gradients, with which that begins; the values come after them. */
  readonly gradientBytes: number;
  /** Makes the program of runs for which only some inputs of mixed nodes, or other gradients, are computed. */
  program(wiring: Wiring, wanted: Wanted): Program;
  /** Takes memory by `take`, which throws where there is none. Throws a `RangeError` then, with the sizes. */
  reserve<T>(bytes: number, take: (bytes: number) => T): T;
  /** Gives everything its address. */
  place(at: { readonly common: number; readonly own: number }): void;
}

/** For whom to compile. */
export interface PrepareOptions {
  /** Will run the steps. */
  readonly machine: Machine;
  /** How many threads share each batch. */
  readonly threads: number;
}

/**
 * Turns a graph into steps and a layout of memory, without addresses. All threads that run a plan come to
 * the same layout, each for itself.
 *
 * @throws {GraphError} When the graph is not valid.
 * @throws {RangeError} When an option is out of range.
 */
export function prepare(
  graph: Graph,
  options: CompileOptions,
  { machine, threads }: PrepareOptions,
): Prepared {
  const { batch, training = false, imageGradient = false } = options;
  if (!Number.isSafeInteger(batch) || batch < 1) {
    throw new RangeError(
      `Cannot compile the graph: batch must be a positive whole number, got ${batch}`,
    );
  }
  if (imageGradient && !training) {
    throw new RangeError("Cannot compile the graph: imageGradient needs training, got false");
  }
  const optimiser = makeOptimiser(options.optimiser ?? { kind: "sgd" });
  const kept = new Set(options.keep ?? []), coded = new Set(options.codes ?? []);
  const analysis = analyse(graph, kept);
  checkReached(analysis, "keep", kept);
  checkReached(analysis, "codes", coded);
  const { shapes } = analysis;
  const unit = threads === 1 ? 1 : unitOf(analysis);
  const most = largestShare(batch, { threads, unit });
  const parameters = makeParameters(analysis, training);
  const { weightSlab, gradientSlab, weightFloats, statisticsSlab } = parameters;
  const gates = new PlanGates(graph), zeros = new Zeros(), exchange = new Slab();
  const setting = { machine, threads, batch: most, training, imageGradient, kept, coded };
  const program = (analysis: Analysis, wanted: Wanted) =>
    makeProgram(analysis, parameters, { ...setting, gates, zeros, exchange, wanted });
  const first = program(analysis, { weights: training, gates: false });
  if (gates.size > 0) reserveZeros(analysis, { zeros, batch: most });

  const state = new Slab();
  state.add(optimiser.stateFloats * gradientSlab.floats);
  const common = [weightSlab, statisticsSlab, state, zeros.slab, exchange];
  return {
    ...first,
    shapes,
    machine,
    parameters,
    gates,
    optimiser,
    slabs: { weights: weightSlab, gradients: gradientSlab, state, weightFloats },
    unit,
    commonBytes: common.reduce((sum, slab) => sum + slab.bytes, 0),
    ownBytes: gradientSlab.bytes + first.layout.bytes,
    gradientBytes: gradientSlab.bytes,
    program: (wiring, wanted) => program(follow(graph, { shapes, kept, wiring }), wanted),
    reserve: (bytes, take) => {
      try {
        return take(bytes);
      } catch (cause) {
        throw new RangeError(
          `Cannot compile the graph: for batches of ${batch} it takes ${bytes} bytes, for which the ` +
            `WebAssembly heap has no room; ${describeLargest(analysis, parameters, batch)}`,
          { cause },
        );
      }
    },
    place: (at) => {
      let address = at.common;
      for (const slab of common) {
        slab.place(address);
        address += slab.bytes;
      }
      gradientSlab.place(at.own);
      first.layout.place(at.own + gradientSlab.bytes);
    },
  };
}

/** Makes zeros of the sizes of all nodes that read nothing when no input of a mixed node is open. */
function reserveZeros(
  { graph, shapes }: Analysis,
  { zeros, batch }: { readonly zeros: Zeros; readonly batch: number },
): void {
  for (const { name, op } of graph.nodes) {
    if (op === "mixed" || op === "add") zeros.of(batch * sizeOf(shapes.get(name) as Shape));
  }
}

/** Throws a `RangeError` unless the output depends on all nodes that an option names. */
function checkReached(
  { live, shapes }: Analysis,
  option: "keep" | "codes",
  named: ReadonlySet<string>,
): void {
  const reached = new Set(live.map(({ name }) => name));
  for (const name of named) {
    if (reached.has(name)) continue;
    const why = shapes.has(name)
      ? "on which the output does not depend, so that no run computes it"
      : "and the graph has no node of this name";
    throw new RangeError(`Cannot compile the graph: ${option} names "${name}", ${why}`);
  }
}

/** The images that make up whole rows in all of a graph's batch norms. */
function unitOf({ live, shapes }: Analysis): number {
  const units = live.flatMap(({ op, name }) =>
    op === "batchNorm" ? [wholeRows(shapes.get(name) as Shape)] : []
  );
  return Math.max(1, ...units); // powers of two
}
