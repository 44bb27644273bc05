import type { Graph } from "../graph/mod.ts";
import { atMost, type Limit } from "./constraint.ts";
import { cost, type CostOptions } from "./cost.ts";
import { checkDevice, type Device } from "./device.ts";

/** How a network uses one kind of a device's memory. */
export interface MemoryUse {
  /** Which memory: `sram` holds the values, `flash` the weights. */
  readonly memory: "sram" | "flash";
  /** Bytes that the network needs. */
  readonly used: number;
  /** Bytes that the device has for it. */
  readonly available: number;
  /** Whether they suffice. */
  readonly fits: boolean;
  /** The node that needs most: where values peak, or where the largest weights are. */
  readonly node: string;
  /** Bytes that this node needs. */
  readonly nodeBytes: number;
}

/** Whether a network fits a device, and what breaks. */
export interface Fit {
  /** Whether both memories suffice. */
  readonly fits: boolean;
  /** Values in SRAM. */
  readonly sram: MemoryUse;
  /** Weights in flash. */
  readonly flash: MemoryUse;
  /** The memories that do not suffice, the one that is exceeded by the larger factor first. */
  readonly broken: readonly MemoryUse[];
}

/** How to judge whether a network fits. */
export interface FitsOptions extends CostOptions {
  /** Memory that something else takes, e.g. the runtime's buffers and code. */
  readonly reserve?: Reserve;
}

/** Memory of a device that is not for the network, in bytes. */
export interface Reserve {
  /** Of the SRAM; 0 when absent. */
  readonly sram?: number;
  /** Of the flash; 0 when absent. */
  readonly flash?: number;
}

/**
 * Tells whether a network fits a device, which limit breaks, and at which node.
 *
 * Nothing is set aside for a runtime unless `reserve` says so. The MobileNetV2 of MCUNet's zoo, measured
 * on a board with TinyEngine, took 4 kB of SRAM and 114 kB of flash more than its values and weights.
 *
 * @param graph The network.
 * @param device The device.
 * @param options How memory is counted, and what is set aside.
 * @throws {GraphError} When the graph is not valid.
 * @throws {RangeError} When an option or a figure of the device is not a number that it can be.
 *
 * @example
 * ```ts
 * import { fits, nasBench201, stm32F746 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201();
 * const graph = space.lower(space.fromChoices([3, 3, 3, 3, 3, 3]));
 * const { sram, flash, broken } = fits(graph, stm32F746);
 * assertEquals(sram.fits, true);
 * assertEquals(broken, [flash]);
 * assertEquals(flash.node, "reduce2.conv_b");
 * ```
 */
export function fits(graph: Graph, device: Device, options: FitsOptions = {}): Fit {
  const { reserve, ...counting } = options;
  const [sramLimit, flashLimit] = deviceLimits(device, reserve);
  const { peakMemory, flash: stored, nodes } = cost(graph, counting);
  const most = (size: (node: (typeof nodes)[number]) => number) => {
    const node = nodes.reduce((a, b) => size(b) > size(a) ? b : a);
    return { node: node.name, nodeBytes: size(node) };
  };
  const use = (memory: "sram" | "flash", used: number, { limit }: Limit) => ({
    memory,
    used,
    available: limit,
    fits: used <= limit,
  });
  const sram = { ...use("sram", peakMemory, sramLimit), ...most(({ memory }) => memory) };
  const flash = { ...use("flash", stored, flashLimit), ...most(({ flash }) => flash) };
  const excess = ({ used, available }: MemoryUse) => used / available;
  const broken = [sram, flash].filter((each) => !each.fits)
    .sort((a, b) => excess(b) - excess(a));
  return { fits: broken.length === 0, sram, flash, broken };
}

/**
 * A device's memory as constraints on `peakMemory` and `flash`, for a search.
 *
 * @param device The device.
 * @param reserve Memory that is not for the network.
 * @throws {RangeError} When a figure of the device is not a number that it can be, or more is set
 * aside than there is.
 *
 * @example
 * ```ts
 * import { describeConstraint, deviceLimits, stm32F412 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const limits = deviceLimits(stm32F412, { flash: 128 * 1024 });
 * assertEquals(limits.map(describeConstraint), ["peakMemory ≤ 256 kB", "flash ≤ 896 kB"]);
 * ```
 */
export function deviceLimits(device: Device, reserve: Reserve = {}): [sram: Limit, flash: Limit] {
  checkDevice(device, "limit memory");
  const left = (memory: "sram" | "flash") => {
    const taken = reserve[memory] ?? 0;
    if (!(taken >= 0 && taken <= device[memory])) {
      throw new RangeError(
        `Cannot limit memory: reserve.${memory} must be from 0 to the ${device[memory]} bytes of ` +
          `${device.name}, got ${taken}`,
      );
    }
    return device[memory] - taken;
  };
  return [atMost("peakMemory", left("sram")), atMost("flash", left("flash"))];
}
