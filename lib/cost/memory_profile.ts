import type { Graph, OpName } from "../graph/mod.ts";
import { aliveSizes, type Buffer, liveness, type StorageOptions } from "./liveness.ts";
import { mcunetTerms } from "./mcunet_memory.ts";
import { survey, type Surveyed } from "./survey.ts";

/** How memory for values is counted. */
export interface MemoryOptions extends StorageOptions {
  /**
   * `"liveness"` (when absent): everything that is alive while a node runs, with the nodes run in the
   * graph's order. `"mcunet"`: the rule of MCUNet's search (Lin et al. 2020), input and output of each
   * convolution or linear layer, and at a depthwise convolution also the input of its residual block.
   */
  readonly rule?: "liveness" | "mcunet";
  /** Bytes of one number; 1 (int8) when absent. */
  readonly bytesPerElement?: number;
}

/** A piece of memory in use while a node runs. */
export interface AliveValue {
  /** The node whose value it holds; `scratch` for memory that holds none. */
  readonly node: string;
  /** Its size in bytes. */
  readonly bytes: number;
}

/** What is in memory while one node runs. */
export interface MemoryStep {
  /** The node. */
  readonly node: string;
  /** Its op. */
  readonly op: OpName;
  /** All bytes in use. */
  readonly bytes: number;
  /** What they hold, oldest first. The weights are not among them: they stay in flash. */
  readonly alive: readonly AliveValue[];
}

/** The memory that a network's values take, node by node. */
export interface MemoryProfile {
  /** The most bytes in use at any node. */
  readonly peak: number;
  /** The first node at which they are. */
  readonly at: string;
  /** Every node in the order in which they run; with MCUNet's rule only those that it counts. */
  readonly steps: readonly MemoryStep[];
}

/**
 * The memory that a network's values take while it runs on one image, node by node.
 *
 * Weights are read from flash and not counted. The image is, and so is everything that a later node
 * still reads. Batch norms and activations need no memory of their own where nothing else reads their
 * input, and a sum is written over one of its inputs where that is read no more (see `inPlace`);
 * `identity` and `flatten` never need any. A concatenation needs its inputs and its output, a pooling
 * likewise.
 *
 * @param graph The network.
 * @param options The rule, the bytes of a number, what may be overwritten.
 * @throws {GraphError} When the graph is not valid.
 * @throws {RangeError} When an option is not what it must be.
 *
 * @example An inverted bottleneck with a residual
 * ```ts
 * import { GraphBuilder, memoryProfile } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([8, 8, 4]);
 * let x = net.add("expand", { op: "conv", kernel: 1, channels: 24 }, net.input);
 * x = net.add("depthwise", { op: "depthwise", kernel: 3 }, x);
 * x = net.add("project", { op: "conv", kernel: 1, channels: 4 }, x);
 * const graph = net.build(net.add("sum", { op: "add" }, x, net.input));
 *
 * const { peak, at, steps } = memoryProfile(graph);
 * assertEquals([peak, at], [64 * (4 + 24 + 24), "depthwise"]);
 * assertEquals(steps[2]?.alive.map(({ node }) => node), ["input", "expand", "depthwise"]);
 * ```
 */
export function memoryProfile(graph: Graph, options: MemoryOptions = {}): MemoryProfile {
  checkMemoryOptions(options, "profile memory");
  const all = survey(graph);
  const steps = options.rule === "mcunet" ? mcunetSteps(all, options) : liveSteps(all, options);
  const first: MemoryStep | undefined = steps[0];
  const most = steps.reduce(
    (a, b) => b.bytes > a.bytes ? b : a,
    first as MemoryStep | undefined ??
      { node: graph.output, op: "input" as const, bytes: 0, alive: [] },
  );
  return { peak: most.bytes, at: most.node, steps };
}

/** The bytes in use at each node, by the rule asked for; 0 where the rule does not count. */
export function memoryOf(all: readonly Surveyed[], options: MemoryOptions): number[] {
  const { bytesPerElement = 1 } = options;
  if (options.rule === "mcunet") {
    return mcunetTerms(all).map((terms) =>
      terms === undefined ? 0 : (terms.input + terms.output + terms.residual) * bytesPerElement
    );
  }
  return aliveSizes(liveness(all, options)).map((size) => size * bytesPerElement);
}

/** Throws a `RangeError` when an option cannot be used. */
export function checkMemoryOptions(
  { rule = "liveness", bytesPerElement = 1 }: MemoryOptions,
  task: string,
): void {
  if (rule !== "liveness" && rule !== "mcunet") {
    throw new RangeError(
      `Cannot ${task}: rule must be "liveness" or "mcunet", got ${JSON.stringify(rule)}`,
    );
  }
  if (!(bytesPerElement > 0 && bytesPerElement < Infinity)) {
    throw new RangeError(
      `Cannot ${task}: bytesPerElement must be a positive number, got ${bytesPerElement}`,
    );
  }
}

function liveSteps(all: readonly Surveyed[], options: MemoryOptions): MemoryStep[] {
  const { bytesPerElement = 1 } = options;
  const live = liveness(all, options);
  let alive: Buffer[] = [];
  let next = 0;
  return all.map(({ node }, place) => {
    alive = alive.filter(({ last }) => last >= place);
    for (; live.buffers[next]?.first === place; next++) alive.push(live.buffers[next] as Buffer);
    const values = alive.map(({ values, size }) => {
      const holds = values.findLast((value) => value <= place) as number;
      return { node: (all[holds] as Surveyed).node.name, bytes: size * bytesPerElement };
    });
    const scratch = live.scratch[place] as number;
    if (scratch > 0) values.push({ node: "scratch", bytes: scratch * bytesPerElement });
    return step(node, values);
  });
}

function mcunetSteps(all: readonly Surveyed[], { bytesPerElement = 1 }: MemoryOptions) {
  return mcunetTerms(all).flatMap((terms, place) => {
    if (terms === undefined) return [];
    const { node } = all[place] as Surveyed;
    const values = [
      { node: "residual", bytes: terms.residual * bytesPerElement },
      { node: node.inputs[0] as string, bytes: terms.input * bytesPerElement },
      { node: node.name, bytes: terms.output * bytesPerElement },
    ];
    return [step(node, values.filter(({ bytes }) => bytes > 0))];
  });
}

function step({ name, op }: Surveyed["node"], alive: readonly AliveValue[]): MemoryStep {
  return { node: name, op, bytes: alive.reduce((sum, { bytes }) => sum + bytes, 0), alive };
}
