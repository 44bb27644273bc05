/**
 * A device that a network is to run on, with the figures that its memory and its speed are judged by.
 * Plain data: a copy with other figures is another device.
 */
export interface Device {
  /** What it is called. */
  readonly name: string;
  /** Bytes of memory for values. */
  readonly sram: number;
  /** Bytes of memory for weights and code. */
  readonly flash: number;
  /** Cycles a second. */
  readonly clock: number;
  /** 8-bit multiply-accumulates a cycle that its instructions allow. */
  readonly macsPerCycle: number;
  /** The share of `macsPerCycle` that kernels reach, in (0, 1]. */
  readonly utilisation: number;
  /** Bytes of values that move between processor and memory each second. */
  readonly valueBandwidth: number;
  /** Bytes of weights that arrive each second. */
  readonly weightBandwidth: number;
  /** Milliseconds that each op takes beside its work: the call, its loops' ends. */
  readonly overhead: number;
}

const kB = 1024;
const MB = 1024 * kB;

// The Cortex-M7 and Cortex-M4 multiply two pairs of 16-bit numbers in one instruction (SMLAD), to which
// 8-bit numbers are widened first.
const macsPerCycle = 2;

/**
 * A Cortex-M microcontroller with 32-bit buses: a word of values from SRAM each cycle, a word of
 * weights every second cycle from flash, and a microsecond and a half at 200 MHz around each op.
 */
function cortexM(
  device: Pick<Device, "name" | "sram" | "flash" | "clock" | "utilisation">,
): Device {
  const { clock } = device;
  return {
    ...device,
    macsPerCycle,
    valueBandwidth: 4 * clock,
    weightBandwidth: 2 * clock,
    overhead: 300 / clock * 1000,
  };
}

/**
 * STM32F412: Cortex-M4 at 100 MHz, 256 kB of SRAM, 1 MB of flash. Its kernels reach half of what those
 * of a Cortex-M7 do, which issues two instructions a cycle: an assumption, not measured.
 */
export const stm32F412: Device = cortexM({
  name: "STM32F412",
  sram: 256 * kB,
  flash: 1 * MB,
  clock: 100e6,
  utilisation: 0.125,
});

/**
 * STM32F746: Cortex-M7 at 216 MHz, 320 kB of SRAM, 1 MB of flash: the board of MCUNet (Lin et al.
 * 2020). Speed is that of {@linkcode stm32H743} at its clock.
 */
export const stm32F746: Device = cortexM({
  name: "STM32F746",
  sram: 320 * kB,
  flash: 1 * MB,
  clock: 216e6,
  utilisation: 0.25,
});

/** STM32F765: Cortex-M7 at 216 MHz, 512 kB of SRAM, 1 MB of flash as MCUNet counts it. */
export const stm32F765: Device = cortexM({
  name: "STM32F765",
  sram: 512 * kB,
  flash: 1 * MB,
  clock: 216e6,
  utilisation: 0.25,
});

/**
 * STM32H743: Cortex-M7 at 480 MHz, 512 kB of SRAM, 2 MB of flash. With TinyEngine ten published
 * networks of 6 to 126 million MACs run at 190 to 272 million MACs a second on it, 0.4 to 0.57 a cycle;
 * a quarter of the two that its instructions allow lies in the middle.
 */
export const stm32H743: Device = cortexM({
  name: "STM32H743",
  sram: 512 * kB,
  flash: 2 * MB,
  clock: 480e6,
  utilisation: 0.25,
});

/**
 * One big core of a phone: a Cortex-A76 at 2.84 GHz with 6 GB of memory and 64 GB of storage. Two
 * 128-bit dot-product instructions a cycle are 32 MACs, of which kernels reach half; values and weights
 * come from DRAM at 15 GB a second, the half of a phone's memory bandwidth that one core can draw.
 * Assumptions, not measured.
 */
export const phoneCore: Device = {
  name: "phone core (Cortex-A76)",
  sram: 6 * 1024 * MB,
  flash: 64 * 1024 * MB,
  clock: 2.84e9,
  macsPerCycle: 32,
  utilisation: 0.5,
  valueBandwidth: 15e9,
  weightBandwidth: 15e9,
  overhead: 0.005,
};

/**
 * The devices that the kit knows, smallest first.
 *
 * @example
 * ```ts
 * import { devices } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const kilobytes = devices.slice(0, 4).map(({ name, sram }) => `${name} ${sram / 1024} kB`);
 * assertEquals(kilobytes, ["STM32F412 256 kB", "STM32F746 320 kB", "STM32F765 512 kB", "STM32H743 512 kB"]);
 * ```
 */
export const devices: readonly Device[] = [stm32F412, stm32F746, stm32F765, stm32H743, phoneCore];

/** Throws a `RangeError` when a figure of a device cannot be used. */
export function checkDevice(device: Device, task: string): void {
  const positive = [
    "sram",
    "flash",
    "clock",
    "macsPerCycle",
    "utilisation",
    "valueBandwidth",
    "weightBandwidth",
  ] as const;
  for (const figure of positive) {
    if (!(device[figure] > 0 && device[figure] < Infinity)) {
      throw new RangeError(
        `Cannot ${task}: device.${figure} must be a positive number, got ${device[figure]}`,
      );
    }
  }
  if (!(device.overhead >= 0 && device.overhead < Infinity)) {
    throw new RangeError(
      `Cannot ${task}: device.overhead must be a number from 0, got ${device.overhead}`,
    );
  }
}
