import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  cost,
  fitLatency,
  type LatencyEntry,
  type LatencyTable,
  latencyUnits,
  predictLatency,
} from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import {
  dartsCells,
  mobileNetwork,
  mobileSkeletons,
  nasBench201,
  nasBenchMacro,
  type SearchSpace,
} from "naskit/space/mod.ts";
import { type CostMeasure, expectedCost, pathCost, supernetOf } from "naskit/supernet/mod.ts";

const skeleton = {
  ...mobileSkeletons.small,
  resolution: 16,
  stages: mobileSkeletons.small.stages.slice(0, 2).map((stage) => ({
    ...stage,
    channels: stage.channels.slice(0, 1),
    depths: [1, 2],
  })),
};
const spaces = {
  "NAS-Bench-201": nasBench201({ channels: 4, cellsPerStage: 2, size: 8 }),
  "DARTS cells": dartsCells({ nodes: 2, channels: 4, cells: 3, size: 8 }),
  "NAS-Bench-Macro": nasBenchMacro({ channels: 4, headChannels: 16, size: 8 }),
  "mobile networks": mobileNetwork({ skeleton }),
};

for (const [name, space] of Object.entries(spaces) as [string, SearchSpace<unknown>][]) {
  const supernet = supernetOf(space);

  Deno.test(`counts of networks of ${name} are sums over their choices`, () => {
    const rng = createRng(name);
    for (const measure of ["macs", "params", "activations"] as const) {
      const sums = expectedCost(supernet, measure, { bases: 1, checks: 2 });
      assertEquals(sums.error < 1e-9, true, measure);
      for (let i = 0; i < 10; i++) {
        const arch = space.sample(rng), expected = cost(space.lower(arch))[measure];
        assertAlmostEquals(pathCost(sums, supernet.pathOf(arch)) / expected, 1, 1e-9, measure);
      }
      for (const own of sums.costs.values()) assertEquals(Math.min(...own), 0);
    }
  });
}

/** A table with a made-up time for each op and shape, the same for the same. */
function tableFor<A>(space: SearchSpace<A>, count: number): LatencyTable {
  const rng = createRng("table"), entries: { [key: string]: LatencyEntry } = {};
  for (let i = 0; i < count; i++) {
    for (const { key, features } of latencyUnits(space.lower(space.sample(rng)))) {
      entries[key] ??= { milliseconds: createRng(key)(), spread: 0, samples: 1, features };
    }
  }
  return { device: "an example", batch: 1, overhead: 0.5, entries };
}

Deno.test("times add up where options are whole blocks, and nearly in cells", () => {
  for (const [name, space] of Object.entries(spaces) as [string, SearchSpace<unknown>][]) {
    if (name === "DARTS cells") continue; // whose supernet has sums of more terms than its networks
    const { costs, constant, error } = expectedCost(supernetOf(space), tableFor(space, 300), {
      bases: 8,
    });
    assertEquals(constant > 0 && costs.size > 0, true);
    if (name === "NAS-Bench-201") assertEquals(error > 1e-3 && error < 0.2, true, `${error}`);
    else assertEquals(error < 1e-9, true, `${name}: ${error}`);
  }
});

Deno.test("a network's time is predicted from what its options take", () => {
  const space = spaces["NAS-Bench-Macro"], table = tableFor(space, 300);
  const supernet = supernetOf(space), arch = space.sample(createRng("arch"));
  const sums = expectedCost(supernet, table, { bases: 1 });
  const expected = predictLatency(space.lower(arch), table);
  assertAlmostEquals(pathCost(sums, supernet.pathOf(arch)), expected, 1e-9);
});

Deno.test("what a table does not hold its fallback tells", () => {
  const space = spaces["NAS-Bench-Macro"], supernet = supernetOf(space);
  const options = { bases: 1, checks: 0 },
    fallback = fitLatency(tableFor(space, 100), { rng: createRng("fit") });
  const { device, batch, overhead } = fallback;
  const empty: LatencyTable = { device, batch, overhead, entries: {} };
  assertEquals(
    expectedCost(supernet, empty, { ...options, fallback }),
    expectedCost(supernet, fallback, options),
  );
});

Deno.test("costs that are no sums, and options out of range, are refused", () => {
  const space = spaces["NAS-Bench-Macro"], supernet = supernetOf(space);
  for (
    const [measure, options, message] of [
      ["peakMemory", {}, 'params, macs, activations, flash, energy, got "peakMemory"'],
      [() => NaN, {}, "costs must be finite, got NaN"],
      ["macs", { bases: 0 }, "bases must be a whole number from 1, got 0"],
      ["macs", { checks: 0.5 }, "checks must be a whole number from 0, got 0.5"],
      [{ device: "mine", batch: 1, overhead: 0, entries: {} }, {}, 'the table of "mine" has no'],
    ] as const
  ) {
    const find = () => expectedCost(supernet, measure as CostMeasure, options);
    assertThrows(find, RangeError, message);
  }
  const path = supernet.pathOf(space.sample(createRng("arch")));
  const sums = expectedCost(supernet, "macs", { bases: 1, checks: 0 });
  assertEquals(sums.error, NaN);
  const missing = new Map([...path].slice(1));
  assertThrows(
    () => pathCost(sums, missing),
    RangeError,
    "Cannot add up costs: the path must take",
  );
});
