import type { Graph } from "../graph/mod.ts";
import { atMost, type Limit } from "./constraint.ts";
import { cost, type CostOptions } from "./cost.ts";
import { checkDevice, type Device } from "./device.ts";
import { estimateLatency, type EstimateLatencyOptions } from "./estimate_latency.ts";

/** How a network uses something of which a device has only so much. */
export interface LimitUse {
  /** Of what: `sram` holds the values, `flash` the weights; `latency` is the time for one image. */
  readonly limit: "sram" | "flash" | "latency";
  /** Bytes, or milliseconds, that the network needs. */
  readonly used: number;
  /** Bytes that the device has for it, or milliseconds that it may take. */
  readonly available: number;
  /** Whether they suffice. */
  readonly fits: boolean;
  /** The node that needs most: where values peak, where the largest weights are, the slowest one. */
  readonly node: string;
  /** Bytes, or milliseconds, that this node needs. */
  readonly nodeUse: number;
}

/** Whether a network fits a device, and what breaks. */
export interface Fit {
  /** The device's name. */
  readonly device: string;
  /** Whether every limit is kept. */
  readonly fits: boolean;
  /** Values in SRAM. */
  readonly sram: LimitUse;
  /** Weights in flash. */
  readonly flash: LimitUse;
  /** The time for one image, where it was limited. */
  readonly latency?: LimitUse;
  /** The limits that break, the one that is exceeded by the larger factor first. */
  readonly broken: readonly LimitUse[];
}

/** How to judge whether a network fits. */
export interface FitsOptions extends CostOptions {
  /** Memory that something else takes, e.g. the runtime's buffers and code. */
  readonly reserve?: Reserve;
  /**
   * How long one image may take by {@linkcode estimateLatency}, in milliseconds or as a text such as
   * `"100 ms"`; not limited when absent.
   */
  readonly latency?: number | string;
}

/** Memory of a device that is not for the network, in bytes. */
export interface Reserve {
  /** Of the SRAM; 0 when absent. */
  readonly sram?: number;
  /** Of the flash; 0 when absent. */
  readonly flash?: number;
}

/**
 * Tells whether a network fits a device, which limit breaks, and at which node; in words by
 * {@linkcode describeFit}.
 *
 * Nothing is set aside for a runtime unless `reserve` says so. The MobileNetV2 of MCUNet's zoo, measured
 * on a board with TinyEngine, took 4 kB of SRAM and 114 kB of flash more than its values and weights.
 *
 * @param graph The network.
 * @param device The device.
 * @param options How memory is counted, what is set aside, and how long an image may take.
 * @throws {GraphError} When the graph is not valid.
 * @throws {RangeError} When an option or a figure of the device is not a number that it can be.
 * @throws {SyntaxError} When the latency is a text that is no time.
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
 *
 * @example MCUNet's rule for values, and a limit on time
 * ```ts
 * import { fits, nasBench201, stm32F746 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 8, cellsPerStage: 1 });
 * const graph = space.lower(space.fromChoices([3, 1, 1, 0, 1, 3]));
 * const { broken } = fits(graph, stm32F746, { rule: "mcunet", latency: "10 ms" });
 * assertEquals(broken.map(({ limit, node }) => [limit, node]), [
 *   ["latency", "stage0.cell0.edge0_1.conv"],
 * ]);
 * ```
 */
export function fits(graph: Graph, device: Device, options: FitsOptions = {}): Fit {
  const { reserve, latency: time, ...counting } = options;
  const [sramLimit, flashLimit] = deviceLimits(device, reserve);
  const { peakMemory, flash: stored, nodes } = cost(graph, counting);
  const sram: LimitUse = {
    ...use("sram", peakMemory, sramLimit),
    ...most(nodes.map(({ name, memory }) => [name, memory])),
  };
  const flash: LimitUse = {
    ...use("flash", stored, flashLimit),
    ...most(nodes.map(({ name, flash }) => [name, flash])),
  };
  const latency = time === undefined ? undefined : timeOf(graph, device, {
    limit: atMost("latency", time),
    ...(counting.bytesPerElement === undefined ? {} : {
      bytesPerElement: counting.bytesPerElement,
    }),
  });
  const all = latency === undefined ? [sram, flash] : [sram, flash, latency];
  const excess = ({ used, available }: LimitUse) => used / available;
  const broken = all.filter((each) => !each.fits).sort((a, b) => excess(b) - excess(a));
  return {
    device: device.name,
    fits: broken.length === 0,
    sram,
    flash,
    ...(latency === undefined ? {} : { latency }),
    broken,
  };
}

function use(name: LimitUse["limit"], used: number, { limit }: Limit) {
  return { limit: name, used, available: limit, fits: used <= limit };
}

/** The first of the nodes that need most. */
function most(nodes: readonly (readonly [name: string, use: number])[]) {
  const [node, nodeUse] = nodes.reduce((a, b) => b[1] > a[1] ? b : a);
  return { node, nodeUse };
}

function timeOf(
  graph: Graph,
  device: Device,
  { limit, ...options }: EstimateLatencyOptions & { readonly limit: Limit },
): LimitUse {
  const { milliseconds, nodes } = estimateLatency(graph, device, options);
  return {
    ...use("latency", milliseconds, limit),
    ...most(nodes.map(({ node, milliseconds }) => [node, milliseconds])),
  };
}

/**
 * Whether a network fits a device, in words: a line for each limit, with what is needed, what there
 * is, and the node that needs most. Numbers are rounded.
 *
 * @example
 * ```ts
 * import { describeFit, fits, nasBench201, stm32F746 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201();
 * const graph = space.lower(space.fromChoices([3, 3, 3, 3, 3, 3]));
 * const text = describeFit(fits(graph, stm32F746, { latency: "1.5 s" }));
 * assertEquals(text.split("\n"), [
 *   "STM32F746: does not fit",
 *   "- SRAM: 80 kB of 320 kB, most at stage0.cell0.edge1_2.conv",
 *   "- flash: 1.47 MB of 1 MB, 479 kB too much, most for reduce2.conv_b (36.3 kB)",
 *   "- latency: 2.04 s of 1.5 s, 541 ms too much, most in stage0.cell0.edge0_1.conv (21.8 ms)",
 * ]);
 * ```
 */
export function describeFit({ device, fits, sram, flash, latency }: Fit): string {
  const lines = [
    `- SRAM: ${amount(sram, roundedMemory)}, most at ${sram.node}`,
    `- flash: ${amount(flash, roundedMemory)}, most for ${flash.node} (${
      roundedMemory(flash.nodeUse)
    })`,
    ...(latency === undefined ? [] : [
      `- latency: ${amount(latency, roundedTime)}, most in ${latency.node} (${
        roundedTime(latency.nodeUse)
      })`,
    ]),
  ];
  return [`${device}: ${fits ? "fits" : "does not fit"}`, ...lines].join("\n");
}

function amount(
  { used, available, fits }: LimitUse,
  rounded: (amount: number) => string,
): string {
  const both = `${rounded(used)} of ${rounded(available)}`;
  return fits ? both : `${both}, ${rounded(used - available)} too much`;
}

function roundedMemory(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kilobytes = bytes / 1024;
  return kilobytes < 1024 ? `${three(kilobytes)} kB` : `${three(kilobytes / 1024)} MB`;
}

function roundedTime(milliseconds: number): string {
  return milliseconds < 1000 ? `${three(milliseconds)} ms` : `${three(milliseconds / 1000)} s`;
}

/** Three significant digits, but whole numbers of four in full. */
function three(value: number): string {
  return value >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
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
