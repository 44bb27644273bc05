import { assertAlmostEquals, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { createRng, type Rng } from "naskit/engine/mod.ts";
import { compile, type Gates, type Plan } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { chiSquareTail } from "naskit/stats/mod.ts";
import { drawGumbel, gdas, Logits, supernetOf } from "naskit/supernet/mod.ts";
import { batchFor } from "../model/plan/support/noise.ts";
import { recordStep } from "./support/record_step.ts";
import { takeStep, type TakeStepOptions } from "./support/take_step.ts";

const logits = [0.3, -1, 1.2, 0, -0.4];
const sum = logits.reduce((total, each) => total + Math.exp(each), 0);
const probabilities = logits.map((each) => Math.exp(each) / sum);

for (const temperature of [10, 1, 0.1]) {
  Deno.test(`options are drawn as often as the logits say at temperature ${temperature}`, () => {
    const rng = createRng(`gumbel ${temperature}`), draws = 20_000;
    const counts = logits.map(() => 0);
    for (let i = 0; i < draws; i++) counts[drawGumbel(logits, { temperature, rng }).place]!++;
    const chiSquare = counts.reduce((total, count, i) => {
      const wanted = draws * probabilities[i]!;
      return total + (count - wanted) ** 2 / wanted;
    }, 0);
    assertGreater(chiSquareTail(chiSquare, logits.length - 1), 1e-3);
  });
}

Deno.test("the colder, the closer the softmax is to its draw", () => {
  const softest = [10, 1, 0.1, 0.001].map((temperature) => {
    const rng = createRng("cold");
    const highest = Array.from({ length: 300 }, () => {
      const { place, soft } = drawGumbel(logits, { temperature, rng });
      assertEquals(soft.every((each) => each <= soft[place]!), true);
      assertAlmostEquals(soft.reduce((a, b) => a + b), 1, 1e-12);
      return soft[place]!;
    });
    return highest.reduce((a, b) => a + b) / highest.length;
  });
  assertEquals(softest.toSorted((a, b) => a - b), softest);
  assertAlmostEquals(softest[0]!, 0.25, 0.05);
  assertAlmostEquals(softest[3]!, 1, 2e-3);
});

Deno.test("noise that is not finite is drawn again", () => {
  // A draw of 0 has a Gumbel number of minus infinity.
  const values = [0.5, 0, 0.9, 0.2];
  let calls = 0;
  const rng = (() => values[calls++]) as unknown as Rng;
  const { place } = drawGumbel([0, 0], { temperature: 1, rng });
  assertEquals([calls, place], [4, 0]);
  assertThrows(
    () => drawGumbel([0, NaN], { temperature: 1, rng: createRng(1) }),
    RangeError,
    "Cannot draw: logits must be finite, got NaN at 1",
  );
});

Deno.test("of candidates alone is drawn, however unlikely they are", () => {
  const rng = createRng("few");
  const { place, soft } = drawGumbel([900, -900, 900], { candidates: [1], temperature: 1, rng });
  assertEquals([place, [...soft]], [1, [0, 1, 0]]);
});

Deno.test("a step runs one path, and the option that ran pulls on all logits of its choice", () => {
  const { graph, choices } = supernetOf(nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }));
  const plan = compile(graph, { batch: 6, training: true });
  plan.initialise({ rng: createRng("weights") });
  const own = new Logits(choices, { gating: "softmax", rng: createRng("own"), deviation: 1 });
  const [train, other] = [batchFor(graph, 6, 1), batchFor(graph, 6, 2)];
  const temperature = 2;
  const method = gdas({ temperature: { from: temperature, to: temperature } });
  const seen = recordStep(method, {
    plan,
    choices,
    logits: own,
    train,
    other,
    rng: createRng("path 3"),
  });
  const paths = seen.gates.map((gates) => [...gates.values()].map((each) => [...each]));
  for (const path of paths) {
    for (const each of path) {
      assertEquals(each.toSorted(), [0, 0, 0, 0, 1]);
    }
  }
  // The logits' path, and another one for the weights.
  assertEquals(paths.length, 2);
  plan.initialise({ rng: createRng("weights") });
  plan.setGates(seen.gates[0]!);
  const { loss, gates } = plan.backward(other, { weights: false });
  assertEquals(seen.slopes?.loss, loss);
  const draws = createRng("path 3").split("logits");
  assertGreater(Math.hypot(...[...gates!.values()].flatMap((each) => [...each])), 1e-3);
  for (const { name } of choices) {
    const { place, soft } = drawGumbel(own.of(name), { temperature, rng: draws });
    assertEquals(seen.gates[0]!.get(name)![place], 1);
    const slope = gates!.get(name)![place]!, found = Array.from(seen.slopes!.gradient.get(name)!);
    const wanted = [...soft].map((share, i) =>
      slope * soft[place]! * (Number(i === place) - share) / temperature
    );
    found.forEach((each, i) => assertAlmostEquals(each, wanted[i]!, 1e-12));
    assertAlmostEquals(found.reduce((a, b) => a + b), 0, 1e-12);
  }
  plan.dispose();
});

Deno.test("weights of options that were not drawn do not move", () => {
  const { graph, choices } = supernetOf(nasBench201({ channels: 4, cellsPerStage: 1, size: 8 }));
  const optimiser = { kind: "sgd", momentum: 0.9, weightDecay: 1e-2 } as const;
  const plan = compile(graph, { batch: 6, training: true, optimiser });
  plan.initialise({ rng: createRng("weights") });
  const logits = new Logits(choices, { gating: "softmax", rng: createRng("own"), deviation: 0 });
  const [train, other] = [batchFor(graph, 6, 1), batchFor(graph, 6, 2)];
  const names = [...plan.params.keys()].filter((name) => /^stage0.*weight$/.test(name));
  const before = names.map((name) => plan.weights(name));
  const rng = createRng("draws");
  const { gates } = recordStep(gdas(), { plan, choices, logits, train, other, rng });
  names.forEach((name, i) => {
    const [, from, to, option] = name.match(/edge(\d)_(\d)\.(\w+)\./)!;
    const choice = `edge ${from}→${to}`;
    const place = choices.find((each) => each.name === choice)!.options.indexOf(option!);
    const isOpen = gates[1]!.get(choice)![place] === 1;
    const moved = plan.weights(name).some((each, k) => each !== before[i]![k]);
    if (!isOpen) assertEquals(moved, false, name);
  });
  plan.dispose();
});

const pair = [{ name: "a", options: ["0", "1", "2"] }, { name: "b", options: ["0", "1", "2"] }];

/** A step on a plan whose slopes by the open gates are 1 and 2, and the gates that it was given. */
function stepOn(own: Logits, options: Partial<TakeStepOptions>, method = gdas()) {
  const given: Gates[] = [];
  const plan = {
    setGates: (gates: Gates) => given.push(gates),
    backward: () => ({
      loss: 1,
      gates: new Map(
        [...given.at(-1)!].map(([name, each], i) =>
          [name, Array.from(each, (gate) => (1 + i) * gate)] as const
        ),
      ),
    }),
  } as unknown as Plan;
  return { given, ...takeStep(method, { plan, logits: own, ...options }) };
}

const evenLogits = () =>
  new Logits(pair, { gating: "softmax", rng: createRng("even"), deviation: 0 });

Deno.test("the temperature falls evenly from the first step to the last", () => {
  for (const [progress, temperature] of [[0, 8], [0.25, 6.5], [0.5, 5], [1, 2]] as const) {
    const own = evenLogits(), rng = createRng("cooling");
    const { slopes } = stepOn(own, { progress, rng }, gdas({ temperature: { from: 8, to: 2 } }));
    const draws = createRng("cooling").split("logits");
    pair.forEach(({ name }, i) => {
      const { place, soft } = drawGumbel(own.of(name), { temperature, rng: draws });
      const wanted = [...soft].map((share, j) =>
        (1 + i) * soft[place]! * (Number(j === place) - share) / temperature
      );
      Array.from(slopes!.gradient.get(name)!).forEach((slope, j) =>
        assertAlmostEquals(slope, wanted[j]!, 1e-12)
      );
    });
  }
});

Deno.test("the path of the weights is drawn by itself, from the logits as they are then, and never a dropped option", () => {
  let same = 0;
  for (let i = 0; i < 60; i++) {
    const own = evenLogits();
    own.of("b")[2] = -1;
    own.drop(2);
    const { given: [first], trained: [path] } = stepOn(own, { rng: createRng(i) });
    for (const gates of [first!, path!]) {
      for (const [choice, each] of gates) {
        assertEquals(own.candidatesOf(choice).includes(Array.from(each).indexOf(1)), true);
      }
    }
    same += Number([...path!].every(([name, each]) => String(each) === String(first!.get(name))));
    const moved = stepOn(own, { rng: createRng(i), move: () => own.of("a")[1]! += 100 });
    assertEquals(Array.from(moved.trained[0]!.get("a")!), [0, 1, 0]);
  }
  // Of two choices of two each, a quarter by chance.
  assertEquals(same > 3 && same < 30, true, `${same}`);
});

Deno.test("temperatures that make no sense are refused", () => {
  assertThrows(
    () => gdas({ temperature: { from: 1, to: 0 } }),
    RangeError,
    "Cannot make GDAS: temperature.to must be above 0, got 0",
  );
});
