import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cost } from "naskit/cost/mod.ts";
import { digits } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import type { Graph } from "naskit/graph/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import {
  addCost,
  addLinearCost,
  type CostForm,
  costSweep,
  darts,
  expectedCost,
  expectedOf,
  Logits,
  mulLogCost,
  pathGates,
  proxyless,
  supernetOf,
} from "naskit/supernet/mod.ts";

const size = {
  channels: 2,
  size: 8,
  inputChannels: 1,
  operations: ["skip_connect", "nor_conv_3x3"] as const,
};
const space = nasBench201({ ...size, cellsPerStage: 1 });
const supernet = supernetOf(space);

function logitsFor(
  costs: ReadonlyMap<string, readonly number[]>,
  values: readonly number[][],
): Logits {
  const choices = [...costs].map(([name, own]) => ({ name, options: own.map(String) }));
  const logits = new Logits(choices, { gating: "softmax", rng: createRng("logits"), deviation: 0 });
  choices.forEach(({ name }, i) => logits.of(name).set(values[i]!));
  return logits;
}

const finite = { noNaN: true, noDefaultInfinity: true };
const someCosts = fc.array(
  fc.array(
    fc.record({
      cost: fc.double({ min: 0, max: 10, ...finite }),
      logit: fc.double({ min: -4, max: 4, ...finite }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  { minLength: 1, maxLength: 4 },
);

Deno.test("two options of 4 and 8 ms, of which the second is three times as likely, take 7 ms", () => {
  const costs = new Map([["layer", [4, 8]]]);
  const logits = logitsFor(costs, [[0, Math.log(3)]]);
  assertAlmostEquals(expectedOf({ costs }, logits.probabilities()), 7, 1e-12);
  const [first, second] = logits.pullBack(costs).get("layer")!;
  assertAlmostEquals(first!, -0.75, 1e-12);
  assertAlmostEquals(second!, 0.75, 1e-12);
});

Deno.test("an expected cost lies between the cheapest and the dearest, and its slope is that of differences", () => {
  fc.assert(
    fc.property(someCosts, (layers) => {
      const costs = new Map(layers.map((layer, i) => [`${i}`, layer.map(({ cost }) => cost)]));
      const values = layers.map((layer) => layer.map(({ logit }) => logit));
      const logits = logitsFor(costs, values);
      const at = () => expectedOf({ costs, constant: 3 }, logits.probabilities());
      const sumOf = (which: (...values: number[]) => number) =>
        [...costs.values()].reduce((sum, own) => sum + which(...own), 3);
      const value = at();
      assertEquals(value > sumOf(Math.min) - 1e-9 && value < sumOf(Math.max) + 1e-9, true);
      for (const [choice, slopes] of logits.pullBack(costs)) {
        assertAlmostEquals(slopes.reduce((a, b) => a + b), 0, 1e-9);
        const own = logits.of(choice);
        slopes.forEach((slope, place) => {
          own[place]! += 1e-5;
          const above = at();
          own[place]! -= 2e-5;
          assertAlmostEquals(slope, (above - at()) / 2e-5, 1e-6);
          own[place]! += 1e-5;
        });
        const equal = new Map([[choice, own.map(() => 5)]]);
        for (const slope of logits.pullBack(equal).get(choice)!) {
          assertAlmostEquals(slope, 0, 1e-12);
        }
      }
    }),
    { numRuns: 60, seed: 5 },
  );
});

Deno.test("an expected cost is the mean over all networks, each as likely as its options", () => {
  const macs = expectedCost(supernet, "macs", { bases: 1, checks: 0 });
  const rng = createRng("probabilities");
  const likely = new Map(supernet.choices.map(({ name }) => {
    const p = rng();
    return [name, [p, 1 - p]];
  }));
  let mean = 0;
  for (const arch of space.enumerate()) {
    const gates = pathGates(supernet.graph, supernet.pathOf(arch));
    const chance = [...gates].reduce(
      (product, [choice, taken]) =>
        product * (taken[0] === 1 ? likely.get(choice)![0]! : likely.get(choice)![1]!),
      1,
    );
    mean += chance * cost(space.lower(arch)).macs;
  }
  assertAlmostEquals(expectedOf(macs, likely) / mean, 1, 1e-9);
});

Deno.test("slopes of all forms are those of differences", () => {
  const forms: CostForm[] = [
    addCost(0.3),
    addLinearCost({ reference: 20, lambda: 0.7 }),
    mulLogCost({ reference: 20 }),
    mulLogCost({ reference: 1.5, alpha: 1, beta: 0.6 }),
  ];
  for (const form of forms) {
    for (const [crossEntropy, expected] of [[2, 30], [0.5, 1.2], [1, 20]] as const) {
      const { byCrossEntropy, byExpected } = form.at({ crossEntropy, expected });
      const lossAt = (dx: number, dy: number) =>
        form.at({ crossEntropy: crossEntropy + dx, expected: expected + dy }).loss;
      const h = 1e-6,
        of = (dx: number, dy: number) => (lossAt(dx, dy) - lossAt(-dx, -dy)) / (2 * h);
      assertAlmostEquals(byCrossEntropy, of(h, 0), 1e-7, form.name);
      assertAlmostEquals(byExpected, of(0, h), 1e-7, form.name);
    }
  }
});

Deno.test("at the reference cost, mul#log leaves alpha times the cross entropy, and add#linear all of it", () => {
  const at = { crossEntropy: 2, expected: 80 };
  assertAlmostEquals(mulLogCost({ reference: 80 }).at(at).loss, 0.4, 1e-12);
  assertAlmostEquals(addLinearCost({ reference: 80 }).at(at).loss, 2, 1e-12);
  // (ln 6400 / ln 80) is 2.
  const twice = mulLogCost({ reference: 80, alpha: 1, beta: 0.5 });
  assertAlmostEquals(twice.at({ crossEntropy: 2, expected: 6400 }).loss, 2 * Math.SQRT2, 1e-12);
});

Deno.test("costs whose logarithm is not positive are refused, with what to do", () => {
  assertThrows(
    () => mulLogCost({ reference: 0.8 }),
    RangeError,
    "Cannot weigh the cost: reference must be a finite number above 1, got 0.8",
  );
  const form = mulLogCost({ reference: 2 });
  for (const expected of [1, 0.4]) {
    assertThrows(
      () => form.at({ crossEntropy: 1, expected }),
      RangeError,
      "count it in a smaller unit",
    );
  }
  for (const beta of [0, -1, Infinity]) {
    assertThrows(() => mulLogCost({ reference: 2, beta }), RangeError, "beta must be");
  }
  assertThrows(() => addLinearCost({ reference: 0 }), RangeError, "reference must be");
  assertThrows(() => addLinearCost({ reference: 1, lambda: -1 }), RangeError, "lambda must be");
});

Deno.test("a cost that is worth more than all else leaves the cheapest network", async () => {
  const data = await digits({ train: 200, validation: 50 });
  const costs = expectedCost(supernet, "macs", { bases: 1, checks: 0 });
  const noted: string[] = [];
  for (const method of [darts(), proxyless({ every: 1 })]) {
    const [point] = await costSweep(supernet, method, data, {
      cost: costs,
      lambdas: [1e3],
      predict: (graph) => cost(graph).macs,
      measure: (graphs) => Promise.resolve(graphs.map(({ nodes }) => nodes.length)),
      logits: { learningRate: 0.05 },
      epochs: 4,
      seed: "nas",
      onProgress: ({ label, done, total, note }) =>
        void noted.push(`${label} ${done}/${total} ${note?.split(",")[0]}`),
    });
    assertEquals(new Set(point!.arch), new Set(["skip_connect"]));
    assertAlmostEquals(point!.summed, costs.constant, 1e-6);
    assertAlmostEquals(point!.predicted, costs.constant, 1e-6);
    assertEquals(point!.measured, space.lower(point!.arch).nodes.length);
    assertEquals(point!.expected > point!.summed, true);
  }
  assertEquals(noted.at(-1), "ProxylessNAS 4/4 lambda 1000");
});

Deno.test("what a sweep finds may be judged in deeper networks than those that it searches", async () => {
  const deep = nasBench201({ ...size, cellsPerStage: 3 });
  const measured: Graph[] = [];
  const [point] = await costSweep(supernet, darts(), await digits({ train: 50, validation: 50 }), {
    cost: { costs: new Map() },
    lambdas: [0],
    space: deep,
    predict: (graph) => cost(graph).macs,
    measure: (graphs) => {
      measured.push(...graphs);
      return Promise.resolve([1]);
    },
    epochs: 1,
    seed: "nas",
  });
  assertEquals(measured, [deep.lower(point!.arch)]);
  assertEquals(point!.predicted, cost(deep.lower(point!.arch)).macs);
});

Deno.test("a sweep without weights, or without a measurement for each network, is refused", async () => {
  const data = await digits({ train: 50, validation: 50 });
  const options = {
    cost: { costs: new Map() },
    lambdas: [0],
    predict: () => 0,
    epochs: 1,
    seed: "nas",
  };
  for (
    const [change, message] of [
      [{ lambdas: [] }, "Cannot sweep: lambdas is empty"],
      [{ lambdas: [-1] }, "lambda must be"],
      [{ measure: () => Promise.resolve([]) }, "measure must give 1 numbers"],
    ] as const
  ) {
    let error: unknown;
    await costSweep(supernet, darts(), data, { ...options, ...change }).catch((e) => error = e);
    assertEquals(error instanceof RangeError && error.message.includes(message), true, `${error}`);
  }
});
