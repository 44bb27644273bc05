import type { Graph, OpName } from "../graph/mod.ts";
import { checkDevice, type Device } from "./device.ts";
import { moved, survey } from "./survey.ts";

/** How long one node takes on a device. */
export interface NodeLatency {
  /** The node. */
  readonly node: string;
  /** Its op. */
  readonly op: OpName;
  /** Milliseconds for its multiply-accumulates. */
  readonly compute: number;
  /** Milliseconds to move its inputs, its weights and its value. */
  readonly memory: number;
  /** Milliseconds that it takes: the longer of the two, and the overhead. */
  readonly milliseconds: number;
  /** Which of the two is the longer. */
  readonly boundBy: "compute" | "memory" | "nothing";
}

/** How long a network takes on a device. */
export interface LatencyEstimate {
  /** Milliseconds for one image. */
  readonly milliseconds: number;
  /** Node by node. */
  readonly nodes: readonly NodeLatency[];
}

/** How to estimate latency. */
export interface EstimateLatencyOptions {
  /** Bytes of a number, value or weight; 1 (int8) when absent. */
  readonly bytesPerElement?: number;
}

/**
 * Estimates how long a network takes on a device for one image, from the device's figures alone: the
 * roofline model (Williams et al. 2009) op by op.
 *
 * An op takes as long as its multiply-accumulates at the speed that kernels reach, or as long as its
 * inputs, weights and value take to move once, whichever is longer, and a fixed overhead. Batch norms
 * and activations computed on the way out of the op before them take no time, nor do `identity` and
 * `flatten`; sums, products and pooling take the time to move their values. All ops reach the same
 * share of the device's speed, which flatters depthwise convolutions: the estimate of a MobileNetV2 on
 * an STM32H743 is a fifth below the published time. Use it to compare networks.
 *
 * @param graph The network.
 * @param device The device.
 * @param options The width of numbers.
 * @throws {GraphError} When the graph is not valid.
 * @throws {RangeError} When an option or a figure of the device is not a number that it can be.
 *
 * @example
 * ```ts
 * import { estimateLatency, nasBench201, stm32H743 } from "naskit";
 * import { assert } from "@std/assert";
 *
 * const space = nasBench201();
 * const slow = estimateLatency(space.lower(space.fromChoices([3, 3, 3, 3, 3, 3])), stm32H743);
 * const fast = estimateLatency(space.lower(space.fromChoices([2, 2, 2, 2, 2, 2])), stm32H743);
 * assert(slow.milliseconds > 4 * fast.milliseconds);
 * ```
 */
export function estimateLatency(
  graph: Graph,
  device: Device,
  { bytesPerElement = 1 }: EstimateLatencyOptions = {},
): LatencyEstimate {
  checkDevice(device, "estimate latency");
  if (!(bytesPerElement > 0 && bytesPerElement < Infinity)) {
    throw new RangeError(
      `Cannot estimate latency: bytesPerElement must be a positive number, got ${bytesPerElement}`,
    );
  }
  const macsPerSecond = device.clock * device.macsPerCycle * device.utilisation;
  const all = survey(graph);
  const nodes = all.map((each): NodeLatency => {
    const { node: { name, op }, macs = 0, weights } = each;
    const elements = moved(each, all);
    if (elements === 0) {
      const nothing = { compute: 0, memory: 0, milliseconds: 0, boundBy: "nothing" } as const;
      return { node: name, op, ...nothing };
    }
    const compute = 1000 * macs / macsPerSecond;
    const memory = 1000 * bytesPerElement *
      (elements / device.valueBandwidth + weights / device.weightBandwidth);
    return {
      node: name,
      op,
      compute,
      memory,
      milliseconds: Math.max(compute, memory) + device.overhead,
      boundBy: compute > memory ? "compute" : "memory",
    };
  });
  return { milliseconds: nodes.reduce((sum, node) => sum + node.milliseconds, 0), nodes };
}
