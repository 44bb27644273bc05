import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  fitLatency,
  type LatencyTable,
  latencyUnits,
  parseLatencyTable,
  predictLatency,
} from "naskit/cost/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import { type Graph, GraphBuilder } from "naskit/graph/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { nonNegativeLeastSquares } from "../../lib/cost/non_negative_least_squares.ts";

const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
const some = (count: number): Graph[] => {
  const rng = createRng("latency");
  return Array.from({ length: count }, () => space.lower(space.sample(rng)));
};

/** A table in which an op takes what a rule says of its features. */
function tableOf(
  graphs: readonly Graph[],
  time: (features: { readonly [name: string]: number }, key: string) => number,
): LatencyTable {
  const entries = Object.fromEntries(
    graphs.flatMap((graph) => latencyUnits(graph)).map(({ key, features }) => [
      key,
      { milliseconds: time(features, key), spread: 0, samples: 1, features },
    ]),
  );
  return { device: "synthetic", batch: 1, overhead: 0.5, entries };
}

Deno.test("a predicted latency is the overhead and the sum of the ops that run", () => {
  const net = new GraphBuilder([8, 8, 4]);
  const conv = net.add("conv", { op: "conv", kernel: 3, channels: 4, bias: true }, net.input);
  const same = net.add("same", { op: "identity" }, conv);
  net.add("unread", { op: "tanh" }, conv);
  const relu = net.add("relu", { op: "relu" }, same);
  const again = net.add("again", { op: "conv", kernel: 3, channels: 4 }, relu);
  const zero = net.add("zero", { op: "zero" }, again);
  const graph = net.build(net.add("sum", { op: "add" }, relu, zero));
  assertEquals(latencyUnits(graph).map(({ key }) => key), [
    "conv 3x3, 4, with bias on [8, 8, 4]",
    "relu on [8, 8, 4]",
    "add on [8, 8, 4] and [8, 8, 4]",
  ]);
  let next = 0;
  const table = tableOf([graph], () => 2 ** next++);
  assertEquals(predictLatency(graph, table), 0.5 + 1 + 2 + 4);
});

Deno.test("an activation that convolutions alone read is an op of another key, and so are they", () => {
  const net = new GraphBuilder([8, 8, 4]);
  const conv = net.add("conv", { op: "conv", kernel: 1, channels: 4 }, net.input);
  const relu = net.add("relu", { op: "relu" }, conv);
  const next = net.add("next", { op: "depthwise", kernel: 3 }, relu);
  assertEquals(latencyUnits(net.build(next)).map(({ key, features }) => [key, features]), [
    ["conv 1x1, 4 on [8, 8, 4]", {
      "conv count": 1,
      "conv elements": 512,
      "conv macs": 1024,
      "conv weights": 16,
    }],
    ["relu on [8, 8, 4] before convolutions", {
      "relu before convolutions count": 1,
      "relu before convolutions elements": 512,
    }],
    ["depthwise 3x3 on [8, 8, 4] behind relu", {
      "depthwise behind relu count": 1,
      "depthwise behind relu elements": 512,
      "depthwise macs": 64 * 9 * 4,
      "depthwise weights": 36,
    }],
  ]);
});

Deno.test("latencies of a network add up over any table", () => {
  const rng = createRng("table");
  const table = tableOf(some(20), () => rng());
  for (const graph of some(20)) {
    const sum = latencyUnits(graph).reduce(
      (total, { key }) => total + table.entries[key]!.milliseconds,
      0,
    );
    assertAlmostEquals(predictLatency(graph, table), table.overhead + sum, 1e-12);
  }
});

Deno.test("ops that a table lacks are named, or told by the fallback", () => {
  const [small, large] = [
    space.lower(space.fromChoices([1, 1, 1, 1, 1, 1])),
    space.lower(space.fromChoices([3, 3, 2, 2, 4, 4])),
  ];
  const table = tableOf([small], () => 1);
  assertThrows(
    () => predictLatency(large, table),
    RangeError,
    'Cannot predict latency: the table of "synthetic" has no "conv 3x3, 4 on [8, 8, 4] behind relu"',
  );
  const price = 1e-3;
  const priced = (features: { readonly [name: string]: number }) =>
    Object.values(features).reduce((sum, value) => sum + price * value, 0);
  const fallback = fitLatency(tableOf([small, large], priced), { rng: createRng("fit") });
  const missing = latencyUnits(large).filter(({ key }) => !Object.hasOwn(table.entries, key));
  const known = latencyUnits(large).length - missing.length;
  const expected = 0.5 + known + missing.reduce((sum, { features }) => sum + priced(features), 0);
  assertAlmostEquals(predictLatency(large, table, { fallback }), expected, 1e-4);
});

Deno.test("a fit recovers the prices that a table was made with", () => {
  const prices: { readonly [name: string]: number } = {
    "a count": 0.2,
    "a macs": 3e-6,
    "a elements": 0,
    "b count": 0.01,
    "b elements": 1e-5,
  };
  const rng = createRng("recover");
  const entries = Object.fromEntries(Array.from({ length: 40 }, (_, i) => {
    const features: { [name: string]: number } = i % 2 === 0
      ? { "a count": 1, "a macs": 1000 * rng.int(1000), "a elements": 10 * rng.int(1000) }
      : { "b count": 1, "b elements": rng.int(10_000) };
    const milliseconds = Object.entries(features).reduce(
      (sum, [name, value]) => sum + prices[name]! * value,
      0,
    );
    return [`entry ${i}`, { milliseconds, spread: 0, samples: 1, features }];
  }));
  const table = { device: "synthetic", batch: 1, overhead: 0, entries };
  const { coefficients, heldOut } = fitLatency(table, { rng: createRng("fit"), holdOut: 0.5 });
  for (const [name, price] of Object.entries(prices)) {
    assertAlmostEquals(coefficients[name]!, price, 1e-6 * Math.max(1e-3, price), name);
  }
  assertEquals(heldOut?.entries, 20);
  assert(heldOut!.meanRelative < 1e-5 && heldOut!.medianRelative < 1e-5);
});

Deno.test("the error held out is of a fit that has not seen the entries", () => {
  // Half of the entries take twice what the other half's price says.
  const entries = Object.fromEntries(Array.from({ length: 20 }, (_, i) => {
    const features = { "a macs": 1000 * (i + 1) };
    return [`${i}`, { milliseconds: (i % 2 + 1) * (i + 1), spread: 0, samples: 1, features }];
  }));
  const table = { device: "synthetic", batch: 1, overhead: 0, entries };
  const fit = (seed: string) => fitLatency(table, { rng: createRng(seed) });
  assertEquals(fit("a"), fit("a"));
  assert(fit("a").heldOut!.meanRelative > 0.1);
  assertEquals(fit("a").coefficients, fit("b").coefficients);
  assertEquals(fitLatency(table, { rng: createRng("a"), holdOut: 0 }).heldOut, undefined);
});

Deno.test("what takes no time has no price", () => {
  const features = { "relu before convolutions count": 1, "relu before convolutions elements": 64 };
  const entries = {
    free: { milliseconds: 0, spread: 0, samples: 1, features },
    conv: { milliseconds: 2, spread: 0, samples: 1, features: { "conv count": 1 } },
  };
  const table = { device: "synthetic", batch: 1, overhead: 0, entries };
  const { coefficients } = fitLatency(table, { rng: createRng("fit"), holdOut: 0 });
  assertEquals(coefficients, {
    "relu before convolutions count": 0,
    "relu before convolutions elements": 0,
    "conv count": 2,
  });
});

Deno.test("non-negative least squares meets its optimality conditions", () => {
  const value = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(fc.array(value, { minLength: 3, maxLength: 3 }), { minLength: 4, maxLength: 8 }),
      fc.array(value, { minLength: 8, maxLength: 8 }),
      (rows, aims) => {
        const targets = aims.slice(0, rows.length);
        const x = nonNegativeLeastSquares(rows, targets);
        const residuals = rows.map((row, i) =>
          row.reduce((sum, a, j) => sum + a * x[j]!, 0) - targets[i]!
        );
        for (const [j, each] of x.entries()) {
          const length = Math.hypot(...rows.map((row) => row[j]!));
          if (length < 1e-3) continue;
          const slope = rows.reduce((sum, row, i) => sum + row[j]! * residuals[i]!, 0) / length;
          assert(each >= 0);
          assert(slope > -1e-5, `could grow: ${slope}`);
          if (each > 1e-6) assert(Math.abs(slope) < 1e-5, `is not at the bottom: ${slope}`);
        }
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("a table survives JSON, and what is none is refused with its fault", () => {
  const table = tableOf(some(3), () => 0.25);
  assertEquals(parseLatencyTable(JSON.stringify(table)), table);
  const cases: [unknown, string][] = [
    [[], "device must be a text, got undefined"],
    [null, "it is not a JSON object"],
    [{ ...table, batch: 0 }, "batch must be a positive integer, got 0"],
    [{ ...table, overhead: -1 }, "overhead must be a number from 0, got -1"],
    [{ ...table, entries: 3 }, "entries must be an object"],
    [
      { ...table, entries: { x: { milliseconds: 1 } } },
      'entry "x" must have milliseconds, spread, samples and features',
    ],
  ];
  for (const [value, fault] of cases) {
    assertThrows(() => parseLatencyTable(JSON.stringify(value)), SyntaxError, fault);
  }
  assertThrows(() => parseLatencyTable("{"), SyntaxError, "Cannot read latency table: ");
});

Deno.test("a fit refuses what it cannot fit", () => {
  const rng = createRng("fit");
  const table = tableOf(some(2), () => 1);
  assertThrows(
    () => fitLatency(table, { rng, holdOut: 1 }),
    RangeError,
    "Cannot fit latency: holdOut must be in [0, 1), got 1",
  );
  assertThrows(
    () => fitLatency(tableOf(some(2), () => 0), { rng }),
    RangeError,
    'Cannot fit latency: the table of "synthetic" has no time above 0',
  );
  const predictor = fitLatency(
    tableOf([space.lower(space.fromChoices([1, 1, 1, 1, 1, 1]))], () => 1),
    {
      rng,
    },
  );
  const net = new GraphBuilder([8, 8, 3]);
  const tanh = net.build(net.add("tanh", { op: "tanh" }, net.input));
  assertThrows(
    () => predictLatency(tanh, predictor),
    RangeError,
    'Cannot predict latency: the predictor was fitted without "tanh count"',
  );
});
