import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRng, tf } from "naskit/engine/mod.ts";
import { addCost, type Gating, Logits, supernetOf } from "naskit/supernet/mod.ts";
import { entropyOf, gatesOf, pullBackGates } from "naskit/supernet/gating.ts";
import { LogitAdam } from "naskit/supernet/logit_adam.ts";
import { archWithin, countSkips } from "naskit/supernet/skips.ts";
import {
  dartsCells,
  mobileNetwork,
  mobileSkeletons,
  nasBench201,
  nasBenchMacro,
  type SearchSpace,
} from "naskit/space/mod.ts";
import { variableOf } from "../support/variable.ts";

const numbers = (size: number) =>
  fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: size, maxLength: size });
const cases = fc.integer({ min: 2, max: 6 }).chain((size) =>
  fc.record({
    logits: numbers(size),
    slopes: numbers(size),
    temperature: fc.double({ min: 0.5, max: 10, noNaN: true }),
    candidates: fc.subarray(Array.from({ length: size }, (_, i) => i), { minLength: 1 }),
  })
);

for (const gating of ["softmax", "sigmoid"] as const) {
  Deno.test(`the slope by the logits of a ${gating} is that of differences`, () => {
    fc.assert(fc.property(cases, ({ logits, slopes, temperature, candidates }) => {
      const options = { gating, temperature, candidates };
      const of = (values: number[]) =>
        gatesOf(values, options).reduce((sum, gate, i) => sum + gate * slopes[i]!, 0);
      const found = pullBackGates(gatesOf(logits, options), slopes, options);
      logits.forEach((_, place) => {
        const moved = (by: number) => of(logits.map((each, i) => i === place ? each + by : each));
        const wanted = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        assertAlmostEquals(found[place]!, wanted, 1e-8);
      });
    }));
  });
}

Deno.test("shares add up to 1, their slopes to 0, and what is no candidate has neither", () => {
  fc.assert(fc.property(cases, ({ logits, slopes, candidates }) => {
    const gates = gatesOf(logits, { gating: "softmax", candidates });
    assertAlmostEquals(gates.reduce((a, b) => a + b), 1, 1e-12);
    const found = pullBackGates(gates, slopes, { gating: "softmax" });
    assertAlmostEquals(found.reduce((a, b) => a + b), 0, 1e-12);
    gates.forEach((gate, place) => {
      if (!candidates.includes(place)) assertEquals([gate, found[place]! + 0], [0, 0]);
    });
  }));
});

Deno.test("none has a slope by its logit though its gate has none", () => {
  const gates = gatesOf([0, 0, 0], { gating: "softmax", candidates: [0, 1, 2] });
  const [none, ...others] = pullBackGates(gates, [0, 3, 6], { gating: "softmax" });
  assertAlmostEquals(none!, -1);
  assertAlmostEquals(others[0]!, 0);
  assertAlmostEquals(others[1]!, 1);
});

Deno.test("large logits do not overflow", () => {
  const gates = gatesOf([1e4, -1e4, 0], { gating: "softmax", candidates: [0, 1, 2] });
  assertEquals([...gates], [1, 0, 0]);
  const open = gatesOf([1e4, -1e4], { gating: "sigmoid", candidates: [0, 1] });
  assertEquals([...open], [1, 0]);
});

Deno.test("entropy is the logarithm of how many options are as likely", () => {
  assertAlmostEquals(entropyOf([0.25, 0.25, 0.25, 0.25]), Math.log(4));
  assertAlmostEquals(entropyOf([0.6, 0.6, 0]), Math.log(2));
  assertEquals(entropyOf([0, 1, 0]), 0);
});

const choices = [{ name: "a", options: ["x", "y", "z"] }, { name: "b", options: ["x", "y"] }];
const logitsOf = (gating: Gating = "softmax", deviation = 1) =>
  new Logits(choices, { gating, rng: createRng("logits"), deviation });

Deno.test("logits are pulled on through the cost as the closed form says", () => {
  const logits = new Logits([{ name: "layer", options: ["cheap", "dear"] }], {
    gating: "softmax",
    rng: createRng(1),
    deviation: 0,
  });
  logits.of("layer").set([0, Math.log(3)]);
  const slopes = logits.pullBack(new Map([["layer", [4, 8]]])).get("layer")!;
  assertAlmostEquals(slopes[0]!, -0.75, 1e-12);
  assertAlmostEquals(slopes[1]!, 0.75, 1e-12);
  const same = logits.pullBack(new Map([["layer", [5, 5]]])).get("layer")!;
  for (const slope of same) assertAlmostEquals(slope, 0, 1e-12);
  assertEquals(addCost(0.5).at({ crossEntropy: 2, expected: 7 }), {
    loss: 5.5,
    byCrossEntropy: 1,
    byExpected: 0.5,
  });
});

Deno.test("of each choice the best candidates stay", () => {
  const logits = logitsOf();
  logits.of("a").set([0.1, 0.3, 0.2]);
  logits.of("b").set([1, 2]);
  logits.drop(2);
  assertEquals([logits.candidatesOf("a"), logits.candidatesOf("b")], [[1, 2], [0, 1]]);
  // What was dropped does not come back.
  logits.of("a")[0] = 9;
  logits.drop(1);
  assertEquals([logits.candidatesOf("a"), logits.candidatesOf("b")], [[1], [1]]);
  assertEquals([...logits.probabilities().get("a")!], [0, 1, 0]);
  assertThrows(() => logits.of("c"), RangeError, 'there is no choice "c"');
});

Deno.test("logits move as TensorFlow's Adam moves them, and those of what was dropped stay", () => {
  const logits = logitsOf();
  logits.of("b").set([0.4, -2]);
  logits.drop(2);
  const dropped = [0, 1, 2].find((place) => !logits.candidatesOf("a").includes(place))!;
  const before = logits.of("a")[dropped];
  const weightDecay = 0.1;
  const settings = { learningRate: 0.03, beta1: 0.5, beta2: 0.999, epsilon: 1e-8, weightDecay };
  const adam = new LogitAdam(logits, settings);
  const expected = variableOf(tf.tensor1d([...logits.of("b")]));
  const optimiser = tf.train.adam(0.03, 0.5, 0.999, 1e-8);
  const rng = createRng("slopes");
  for (let step = 0; step < 30; step++) {
    const slopes = [rng.normal(), rng.normal()];
    adam.step(logits, new Map([["a", [1, 1, 1]], ["b", slopes]]));
    tf.tidy(() => {
      const gradient = tf.tensor1d(slopes).add(expected.mul(weightDecay));
      optimiser.applyGradients([{ name: expected.name, tensor: gradient }]);
    });
  }
  expected.dataSync().forEach((value, i) => assertAlmostEquals(logits.of("b")[i]!, value, 2e-5));
  assertEquals(logits.of("a")[dropped], before);
  optimiser.dispose();
  expected.dispose();
});

Deno.test("an architecture with too many skip connections gives up the weakest", () => {
  const supernet = supernetOf(nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }));
  const [none, skip, conv] = [0, 1, 2].map((i) => supernet.choices[0]!.options[i]);
  assertEquals([none, skip, conv], ["none", "skip_connect", "nor_conv_1x1"]);
  const weights = new Map(supernet.choices.map(({ name }, i) => [
    name,
    i < 4 ? [0, 0.5 + i / 10, 0.3, 0, 0] : [0, 0.2, 0, 0.4, 0],
  ]));
  assertEquals(countSkips(supernet, supernet.archOf(weights)), 4);
  assertEquals(countSkips(supernet, archWithin(supernet, weights, 2)), 2);
  assertEquals(archWithin(supernet, weights, 2).slice(0, 4), [
    "nor_conv_1x1",
    "nor_conv_1x1",
    "skip_connect",
    "skip_connect",
  ]);
  assertEquals(archWithin(supernet, weights), supernet.archOf(weights));
  // Where there is nothing else they stay.
  const only = new Map(supernet.choices.map(({ name }) => [name, [0, 1, 0, 0, 0]]));
  assert(countSkips(supernet, archWithin(supernet, only, 0)) <= 6);
});

Deno.test("skip connections stay where options of no weight are all that is left", () => {
  const operations = ["skip_connect", "nor_conv_3x3"] as const;
  const supernet = supernetOf(
    nasBench201({ channels: 4, cellsPerStage: 1, size: 8, operations }),
  );
  const only = new Map(supernet.choices.map(({ name }) => [name, [1, 0]]));
  assertEquals(countSkips(supernet, archWithin(supernet, only, 2)), 6);
});

Deno.test("in networks of layers those that hand on their input count", () => {
  const macro = nasBenchMacro({ channels: 4, headChannels: 8, size: 8 });
  assertEquals(countSkips(supernetOf(macro), macro.decode("01020011")), 4);
  const stages = mobileSkeletons.small.stages.map((stage) => ({
    ...stage,
    channels: stage.channels.slice(0, 1),
    depths: [1, 3],
  }));
  const skeleton = { ...mobileSkeletons.small, stages };
  const mobile = mobileNetwork({ skeleton });
  const skips = (choices: (options: number) => number) =>
    countSkips(supernetOf(mobile), mobile.fromChoices(choicesFor(mobile, choices)));
  assertEquals(skips(() => 0), 2 * stages.length);
  assertEquals(skips((options) => options - 1), 0);
});

/** All choices of an architecture, each the first or the last that it may be. */
function choicesFor<A>(space: SearchSpace<A>, pick: (options: number) => number): number[] {
  const choices: number[] = [];
  for (const _ of space.decisions) {
    const allowed = space.allowed(choices);
    choices.push(allowed[pick(allowed.length)]!);
  }
  return choices;
}

Deno.test("skip connections of reduction cells do not count", () => {
  const supernet = supernetOf(dartsCells({ channels: 4, cells: 3, size: 8 }));
  const weights = (kind: string) =>
    new Map(supernet.choices.map(({ name, options }) => [
      name,
      options.map((option) => option === "skip_connect" && name.startsWith(kind) ? 1 : 0.1),
    ]));
  const normal = countSkips(supernet, supernet.archOf(weights("normal")));
  assertEquals(normal, 8);
  assertEquals(countSkips(supernet, archWithin(supernet, weights("normal"), 2)), 2);
  assertEquals(countSkips(supernet, supernet.archOf(weights("reduce"))) < 8, true);
});
