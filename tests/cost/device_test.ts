import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  cost,
  describeFit,
  type Device,
  deviceLimits,
  devices,
  estimateLatency,
  fits,
  type FitsOptions,
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
  assertEquals([on.flash.node, on.flash.nodeUse], ["head", 448 * 1000 + 4 * 1000]);

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

Deno.test("fits() names the node at fault by either rule for memory, and for time", () => {
  // Values of 128 bytes; side by side they are 256, which MCUNet's rule does not count.
  const net = new GraphBuilder([4, 4, 2]);
  const wide = net.add("wide", { op: "conv", kernel: 1, channels: 8 }, net.input);
  const deep = net.add("deep", { op: "depthwise", kernel: 5 }, wide);
  const both = net.add("both", { op: "concat" }, wide, deep);
  const pool = net.add("pool", { op: "globalAvgPool" }, both);
  const graph = net.build(net.add("head", { op: "linear", features: 100 }, pool));
  const device = { ...slow, sram: 400, flash: 900 };

  const live = fits(graph, device);
  assertEquals([live.sram.used, live.sram.node, live.fits], [2 * 128 + 256, "both", false]);
  const mcunet = fits(graph, device, { rule: "mcunet" });
  assertEquals([mcunet.sram.used, mcunet.sram.node], [2 * 128, "deep"]);
  assertEquals([live.flash.node, live.flash.nodeUse], ["head", 1600 + 400]);
  assertEquals(live.latency, undefined);

  const { milliseconds, nodes } = estimateLatency(graph, device);
  const slowest = Math.max(...nodes.map(({ milliseconds }) => milliseconds));
  const { latency, broken } = fits(graph, device, { latency: "1 s" });
  assertEquals(latency, {
    limit: "latency",
    used: milliseconds,
    available: 1000,
    fits: false,
    node: "head",
    nodeUse: slowest,
  });
  assertEquals(broken.map(({ limit }) => limit), ["latency", "flash", "sram"]);
  const narrow = fits(graph, { ...device, macsPerCycle: 1e9 }, { latency: 1, bytesPerElement: 2 });
  assertEquals(
    narrow.latency!.used,
    estimateLatency(graph, { ...device, macsPerCycle: 1e9 }, { bytesPerElement: 2 }).milliseconds,
  );
  assertThrows(
    () => fits(graph, device, { latency: "3 kB" }),
    RangeError,
    'quantity of "latency": unit must be one of',
  );
});

Deno.test("describeFit() tells each limit, what is too much, and where", () => {
  const graph = mobileNetV2({ width: 0.35, size: 144, classes: 1000 });
  const text = (device: Device, options: FitsOptions) =>
    describeFit(fits(graph, device, options)).split("\n");
  assertEquals(text(stm32F746, { rule: "mcunet" }), [
    "STM32F746: fits",
    "- SRAM: 304 kB of 320 kB, most at stage1.0.depthwise",
    "- flash: 748 kB of 1 MB, most for head (441 kB)",
  ]);
  assertEquals(text(stm32F412, { latency: 100, reserve: { sram: 512 } }), [
    "STM32F412: does not fit",
    "- SRAM: 304 kB of 256 kB, 48.3 kB too much, most at stage1.0.depthwise",
    "- flash: 748 kB of 1 MB, most for head (441 kB)",
    "- latency: 940 ms of 100 ms, 840 ms too much, most in stem.conv (89.6 ms)",
  ]);
  // By a single byte.
  const { used } = fits(graph, stm32F746).flash;
  const [, , tight] = text({ ...stm32F746, flash: used - 1 }, {});
  assert(tight!.includes(", 1 B too much, "));
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
