import { Arena } from "../../engine/heap.ts";
import type { Graph } from "../../graph/mod.ts";
import { analyse, type Analysis } from "./analyse.ts";
import { CompiledPlan } from "./compiled_plan.ts";
import { describeLargest } from "./largest.ts";
import { lower } from "./lower.ts";
import { Lowering } from "./lowering.ts";
import { makeOptimiser, type PlanOptimiser } from "./optimiser.ts";
import { makeParameters } from "./parameters.ts";
import { type Layout, layOut } from "./place.ts";
import type { Plan } from "./plan.ts";
import { region } from "./region.ts";
import type { Access } from "./schedule.ts";
import { Slab } from "./slab.ts";

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
}

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
  const kept = new Set(options.keep ?? []);
  const analysis = analyse(graph, kept);
  checkKept(analysis, kept);
  const { shapes } = analysis;
  const parameters = makeParameters(analysis, training);
  const { weightSlab, gradientSlab, statisticsSlab } = parameters;
  const to = new Lowering(analysis, parameters, { batch, training, imageGradient, kept });
  const loss = {
    labels: region(batch),
    losses: region(batch),
    slope: to.regionFor(graph.output),
  };
  const ends = lower(analysis, { to, slope: loss.slope });
  const { schedule } = to;

  // What goes in and out lives from before the first step to after the last.
  const { images, output } = ends;
  const begin: Access = { reads: [], writes: images ? [images.region] : [] };
  const between: readonly Access[] = training
    ? [
      { reads: [], writes: [loss.labels] },
      { reads: [output.region, loss.labels], writes: [loss.slope, loss.losses] },
    ]
    : [];
  const wanted = imageGradient && images?.gradient ? [images.gradient] : [];
  const taps = new Map([...kept].map((name) => [name, to.value(name)]));
  const tapped = [...taps.values()].flatMap(({ region, gradient }) =>
    gradient ? [region, gradient] : [region]
  );
  const end: Access = { reads: [...(training ? wanted : [output.region]), ...tapped], writes: [] };
  const layout = layOut([begin, ...schedule.forward, ...between, ...schedule.backward, end]);

  const state = new Slab();
  state.add(optimiser.stateFloats * gradientSlab.floats);
  const slabs = [weightSlab, gradientSlab, statisticsSlab, state, to.zeros];
  const arena = settle(slabs, layout, {
    batch,
    describeLargest: () => describeLargest(analysis, parameters, batch),
  });
  return new CompiledPlan({
    graph,
    shapes,
    batch,
    training,
    imageGradient,
    arena,
    parameters,
    schedule,
    ends,
    loss,
    optimiser,
    state,
    taps,
  });
}

/** Throws a `RangeError` unless the output depends on all nodes that are to be kept. */
function checkKept({ live, shapes }: Analysis, kept: ReadonlySet<string>): void {
  const names = new Set(live.map(({ name }) => name));
  for (const name of kept) {
    if (names.has(name)) continue;
    const why = shapes.has(name)
      ? "on which the output does not depend, so that no run computes it"
      : "and the graph has no node of this name";
    throw new RangeError(`Cannot compile the graph: keep names "${name}", ${why}`);
  }
}

/** Takes the memory for slabs and regions, and gives them their addresses in it. */
function settle(
  slabs: readonly Slab[],
  layout: Layout,
  { batch, describeLargest }: { readonly batch: number; readonly describeLargest: () => string },
): Arena {
  const bytes = slabs.reduce((sum, slab) => sum + slab.bytes, layout.bytes);
  let arena;
  try {
    arena = new Arena(bytes);
  } catch (cause) {
    throw new RangeError(
      `Cannot compile the graph: for batches of ${batch} it takes ${bytes} bytes, for which the ` +
        `WebAssembly heap has no room; ${describeLargest()}`,
      { cause },
    );
  }
  let { address } = arena;
  for (const slab of slabs) {
    slab.place(address);
    address += slab.bytes;
  }
  layout.place(address);
  return arena;
}
