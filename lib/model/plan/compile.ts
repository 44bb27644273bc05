import { Arena, heap } from "../../engine/heap.ts";
import type { Graph } from "../../graph/mod.ts";
import { CompiledPlan } from "./compiled_plan.ts";
import { Solo } from "./crew.ts";
import type { Plan } from "./plan.ts";
import { type CompileOptions, prepare, type Prepared } from "./prepare.ts";
import { Programs } from "./programs.ts";

/**
 * Compiles a graph: shapes, buffers and the order of kernel calls are settled once, so that running and
 * training it costs only what its kernels cost. The results are those of `Model`, up to rounding.
 *
 * Its weights are 0 until they are loaded or initialised. The caller owns the plan and disposes of it.
 *
 * @param graph The network.
 * @param options The largest batch, and what the plan is for.
 * @returns The plan.
 * @throws {GraphError} When the graph is not valid.
 * @throws {RangeError} When an option is out of range, `keep` names no node or one that the output does not
 * depend on, or the heap has no room; the heap is then as it was.
 *
 * @example Some steps of training
 * ```ts
 * import { batches, compile, createRng, digits, nasBench201 } from "naskit";
 * import { assertLess } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const plan = compile(space.lower(space.fromChoices([3, 1, 3, 1, 3, 3])), {
 *   batch: 64,
 *   training: true,
 *   optimiser: { kind: "sgd", momentum: 0.9 },
 * });
 * plan.initialise({ rng: createRng("weights") });
 * const { train } = await digits();
 * const losses: number[] = [];
 * for (const batch of batches(train, { batchSize: 64, rng: createRng("order") })) {
 *   losses.push(plan.trainStep(batch, { learningRate: 0.1 }).loss);
 * }
 * assertLess(losses.at(-1) ?? NaN, losses[0] ?? NaN);
 * plan.dispose();
 * ```
 *
 * @example Looking inside: values and slopes on the way, and the neural tangent kernel
 * ```ts
 * import { batch, compile, createRng, digits, liveNodes, nasBench201 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8, inputChannels: 1 });
 * const graph = space.lower(space.fromChoices([3, 1, 3, 1, 3, 3]));
 * const relus = liveNodes(graph).filter(({ op }) => op === "relu").map(({ name }) => name);
 * const plan = compile(graph, { batch: 16, training: true, keep: relus });
 * plan.initialise({ rng: createRng("weights") });
 * const { train } = await digits();
 * const { images, labels } = batch(train, { start: 0, count: 16 });
 *
 * plan.backward({ images, labels });
 * const codes = relus.map((name) => plan.activation(name).map(Math.sign));
 * const slopes = relus.map((name) => plan.activationGradient(name));
 * assertEquals(codes.map(({ length }) => length), slopes.map(({ length }) => length));
 *
 * const kernel = plan.sampleGram({ images, slope: (logits) => logits.map(() => 1) });
 * assertEquals(kernel.length, 16 * 16);
 * plan.dispose();
 * ```
 */
export function compile(graph: Graph, options: CompileOptions): Plan {
  const prepared = prepare(graph, options, { machine: heap, threads: 1 });
  if (prepared.gates.size > 0) return compileMixed(graph, options, prepared);
  const { commonBytes, ownBytes } = prepared;
  const arena = prepared.reserve(commonBytes + ownBytes, (bytes) => new Arena(bytes));
  prepared.place({ common: arena.address, own: arena.address + commonBytes });
  const crew = new Solo({ ...prepared, free: () => arena.free() });
  return new CompiledPlan({ ...prepared, graph, options, bytes: arena.bytes, crew });
}

/** The same for a graph with mixed nodes, whose gates say what runs. */
function compileMixed(graph: Graph, options: CompileOptions, prepared: Prepared): Plan {
  const { commonBytes, gradientBytes } = prepared;
  const arena = prepared.reserve(commonBytes + gradientBytes, (bytes) => new Arena(bytes));
  prepared.place({ common: arena.address, own: arena.address + commonBytes });
  const programs = new Programs(prepared);
  const free = () => {
    programs.free();
    arena.free();
  };
  const { machine, optimiser, slabs } = prepared;
  const crew = new Solo({
    machine,
    optimiser,
    slabs,
    free,
    get schedule() {
      return programs.current.schedule;
    },
    get ranges() {
      return programs.ranges;
    },
  });
  return new CompiledPlan({
    ...prepared,
    graph,
    options,
    crew,
    enter: (wanted) => programs.enter(wanted),
    get bytes() {
      return arena.bytes + programs.bytes;
    },
    get schedule() {
      return programs.current.schedule;
    },
    get ends() {
      return programs.current.ends;
    },
    get loss() {
      return programs.current.loss;
    },
    get taps() {
      return programs.current.taps;
    },
  });
}
