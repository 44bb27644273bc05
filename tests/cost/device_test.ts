import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  cost,
  type Device,
  deviceLimits,
  devices,
  estimateLatency,
  fits,
  memoryProfile,
  stm32F412,
  stm32F746,
  stm32H743,
  violated,
} from "naskit/cost/mod.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { publishedTable } from "../support/data_folder.ts";
import { mobileNetV2 } from "./support/mobile_nets.ts";

/** One MAC a second, one byte of values a second, half a byte of weights, 7 s around each op. */
const slow: Device = {
  name: "slow",
  sram: 1000,
  flash: 1000,
  clock: 1,
  macsPerCycle: 2,
  utilisation: 0.5,
  valueBandwidth: 1,
  weightBandwidth: 0.5,
  overhead: 7000,
};

function small(): Graph {
  const net = new GraphBuilder([4, 4, 2]);
  let x = net.add("conv", { op: "conv", kernel: 3, channels: 2 }, net.input);
  x = net.add("bn", { op: "batchNorm" }, x);
  x = net.add("relu", { op: "relu" }, x);
  x = net.add("sum", { op: "add" }, x, net.input);
  x = net.add("flatten", { op: "flatten" }, x);
  return net.build(net.add("head", { op: "linear", features: 5 }, x));
}

Deno.test("a latency estimate is the longer of computing and moving, and an overhead, op by op", () => {
  const { milliseconds, nodes } = estimateLatency(small(), slow);
  assertEquals(
    nodes.map((node) => [node.node, node.compute / 1000, node.memory / 1000, node.boundBy]),
    [
      ["input", 0, 0, "nothing"],
      ["conv", 16 * 9 * 4, 32 + 32 + 2 * 36, "compute"],
      ["bn", 0, 0, "nothing"],
      ["relu", 0, 0, "nothing"],
      ["sum", 0, 3 * 32, "memory"],
      ["flatten", 0, 0, "nothing"],
      ["head", 160, 32 + 5 + 2 * 160, "memory"],
    ],
  );
  assertEquals(milliseconds / 1000, 16 * 36 + 7 + 96 + 7 + 357 + 7);
  const wide = estimateLatency(small(), slow, { bytesPerElement: 4 });
  assertEquals(wide.nodes[4]!.memory, 4 * nodes[4]!.memory);
  assertEquals(wide.nodes[1]!.compute, nodes[1]!.compute);
});

Deno.test("a published network on a published board is estimated within a quarter", () => {
  // TinyEngine runs this MobileNetV2 in 124 ms on an STM32H743.
  const graph = mobileNetV2({ width: 0.35, size: 144, classes: 1000 });
  const { milliseconds } = estimateLatency(graph, stm32H743);
  assert(Math.abs(milliseconds / 124 - 1) < 0.25, `${milliseconds} ms`);
  const smaller = mobileNetV2({ width: 0.35, size: 96, classes: 1000 });
  for (const device of devices) {
    assert(
      estimateLatency(smaller, device).milliseconds < estimateLatency(graph, device).milliseconds,
    );
  }
});

Deno.test("fits() tells which memory breaks and where", () => {
  const graph = mobileNetV2({ width: 0.35, size: 144, classes: 1000 });
  const costs = cost(graph);
  const on = fits(graph, stm32F746);
  assertEquals([on.fits, on.broken], [true, []]);
  assertEquals(on.sram.used, costs.peakMemory);
  assertEquals(on.sram.node, memoryProfile(graph).at);
  assertEquals(on.sram.available, 320 * 1024);
  assertEquals([on.flash.node, on.flash.nodeBytes], ["head", 448 * 1000 + 4 * 1000]);

  const off = fits(graph, stm32F412);
  assertEquals([off.fits, off.broken], [false, [off.sram]]);
  // The flash is exceeded by the larger factor.
  const tight = fits(graph, { ...stm32F412, flash: 300 * 1024 });
  assertEquals(tight.broken, [tight.flash, tight.sram]);
  const reserved = fits(graph, stm32F746, { reserve: { sram: 20 * 1024 } });
  assertEquals(reserved.broken, [reserved.sram]);
  // The rule and the width of numbers are the caller's.
  assertEquals(fits(graph, stm32F746, { bytesPerElement: 4 }).sram.used, 4 * costs.peakMemory);
});

Deno.test({
  name: "the limits of a board admit the published networks that run on it and no other",
  ignore: publishedTable("mcunet_model_zoo.csv") === undefined,
  fn: () => {
    const [, ...rows] = Deno.readTextFileSync(publishedTable("mcunet_model_zoo.csv") as string)
      .trim().split("\n").map((line) => line.split(","));
    const admitted = (device: Device) =>
      rows.filter(([, , , , sram, flash]) =>
        violated(deviceLimits(device), {
          peakMemory: Number(sram) * 1024,
          flash: Number(flash) * 1024,
        }) === undefined
      ).map(([id]) => id);
    const all = rows.map(([id]) => id);
    assertEquals(admitted(stm32F746), all.filter((id) => id !== "mcunet-in4"));
    assertEquals(admitted(stm32H743), all);
    assertEquals(admitted(stm32F412), ["mcunet-in2", "mcunet-vww0", "mcunet-vww1"]);
  },
});

Deno.test("devices have the memory that their data sheets give, and speeds in their order", () => {
  const kilobytes = devices.slice(0, 4).map(({ sram, flash }) => [sram / 1024, flash / 1024]);
  assertEquals(kilobytes, [[256, 1024], [320, 1024], [512, 1024], [512, 2048]]);
  const graph = mobileNetV2({ width: 0.35, size: 96, classes: 2 });
  const times = devices.map((device) => estimateLatency(graph, device).milliseconds);
  assertEquals(times, times.toSorted((a, b) => b - a));
  assertAlmostEquals(times[1]! / times[3]!, 480 / 216, 1e-9);
});

Deno.test("devices and reserves that cannot be are refused", () => {
  assertThrows(
    () => estimateLatency(small(), { ...slow, clock: 0 }),
    RangeError,
    "Cannot estimate latency: device.clock must be a positive number, got 0",
  );
  assertThrows(
    () => estimateLatency(small(), slow, { bytesPerElement: -1 }),
    RangeError,
    "Cannot estimate latency: bytesPerElement must be a positive number, got -1",
  );
  assertThrows(
    () => fits(small(), slow, { reserve: { flash: 1001 } }),
    RangeError,
    "Cannot limit memory: reserve.flash must be from 0 to the 1000 bytes of slow, got 1001",
  );
});
