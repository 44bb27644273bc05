import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { buildModel, compile, type Gates, type Plan } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import {
  darts,
  type DartsOptions,
  Logits,
  supernetOf,
  unrolledGradient,
} from "naskit/supernet/mod.ts";
import { batchFor } from "../model/plan/support/noise.ts";
import { referenceLoss, weightsOf } from "./support/reference_loss.ts";
import { recordStep, type StepSetting } from "./support/record_step.ts";
import { takeStep } from "./support/take_step.ts";

const { graph, choices } = supernetOf(nasBench201({ channels: 2, cellsPerStage: 1, size: 4 }));
const [train, other] = [batchFor(graph, 6, 1), batchFor(graph, 6, 2)];

function settingFor(options: DartsOptions): Omit<StepSetting, "isFrozen" | "progress"> {
  const { gating } = darts(options);
  const plan = compile(graph, { batch: 6, training: true });
  plan.initialise({ rng: createRng("weights") });
  const logits = new Logits(choices, { gating, rng: createRng("logits"), deviation: 0.5 });
  return { plan, choices, logits, train, other, rng: createRng("step") };
}

for (const gating of ["softmax", "sigmoid"] as const) {
  Deno.test(`a step moves the logits against the slope of their batch's loss, with ${gating}`, () => {
    const setting = settingFor({ gating }), { plan, logits } = setting;
    const { slopes } = recordStep(darts({ gating }), setting);
    // In double precision, so that steps of the differences are too short to meet a kink.
    const model = buildModel(graph, { rng: createRng("weights") }), weights = weightsOf(model);
    const lossAt = (values: Float64Array, place: number, by: number) => {
      const value = values[place]!;
      values[place] = value + by;
      const gates = logits.probabilities();
      values[place] = value;
      return referenceLoss(model, { batch: other, weights, gates });
    };
    for (const { name, options } of [choices[0]!, choices[4]!]) {
      const found = slopes!.gradient.get(name)!, values = logits.of(name), h = 1e-6;
      // Of `none`, the first, it is not 0 where it takes from the others.
      assertEquals(found[0] !== 0, gating === "softmax");
      options.forEach((_, place) => {
        const wanted = (lossAt(values, place, h) - lossAt(values, place, -h)) / (2 * h);
        assertAlmostEquals(found[place]!, wanted, 1e-4, `${name} ${place}`);
      });
      if (gating === "softmax") {
        assertAlmostEquals(Array.from(found).reduce((a, b) => a + b), 0, 1e-12);
      }
    }
    plan.dispose();
    model.dispose();
  });
}

Deno.test("the second order looks ahead by the step that the weights take next", () => {
  const setting = settingFor({ order: 2 }), { plan, logits } = setting;
  for (const far of [{}, { distance: 0.2 }]) {
    plan.initialise({ rng: createRng("weights") });
    const { slopes } = recordStep(darts({ order: 2, ...far }), setting);
    plan.initialise({ rng: createRng("weights") });
    plan.setGates(logits.probabilities());
    const found = unrolledGradient(plan, { train, validation: other, learningRate: 0.1, ...far });
    assertEquals(slopes, { loss: found.loss, gradient: logits.pullBack(found.gates) });
  }
  plan.dispose();
});

Deno.test("while weights warm up logits stay", () => {
  const setting = settingFor({}), { plan, logits } = setting;
  const { gates, slopes } = recordStep(darts(), { ...setting, isFrozen: true });
  assertEquals(slopes, undefined);
  assertEquals(gates, [logits.probabilities()]);
  plan.dispose();
});

Deno.test("gates of the weights' steps are moved by as much as the step asks for, and add up to 1", () => {
  const perturb = { from: 0, to: 0.2 },
    setting = settingFor({ perturb }),
    { plan, logits } = setting;
  const own = logits.probabilities();
  logits.of("edge 0→1").set([9, 0, 0, 0, 0]);
  const take = (progress: number): Gates =>
    recordStep(darts({ perturb }), { ...setting, progress }).gates[1]!;
  for (const [choice, gates] of take(0)) {
    const wanted = logits.probabilities().get(choice)!;
    Array.from(gates).forEach((gate, i) =>
      assertAlmostEquals(gate, Math.max(wanted[i]!, 1e-6), 1e-5)
    );
  }
  const moved = take(1);
  assertNotEquals(moved.get("edge 0→2"), own.get("edge 0→2"));
  for (const gates of moved.values()) {
    const all = Array.from(gates);
    assertAlmostEquals(all.reduce((a, b) => a + b), 1, 1e-12);
    assert(all.every((gate) => gate > 0));
  }
  plan.dispose();
});

Deno.test("sigmoids are moved each by itself, up to 1, and dropped options stay closed", () => {
  for (const gating of ["sigmoid", "softmax"] as const) {
    const logits = new Logits(choices, { gating, rng: createRng("own"), deviation: 1 });
    for (const { name } of choices) logits.of(name)[3] = 9;
    logits.drop(3);
    const { trained: [gates] } = takeStep(darts({ gating, perturb: { from: 0, to: 1 } }), {
      plan: {} as Plan,
      logits,
      isFrozen: true,
      progress: 1,
    });
    for (const [choice, each] of gates!) {
      Array.from(each).forEach((gate, i) => {
        assertEquals(gate > 0, logits.candidatesOf(choice).includes(i));
        assert(gate <= 1);
      });
    }
    const sums = [...gates!.values()].map((each) => Array.from(each).reduce((a, b) => a + b));
    assertEquals(sums.every((sum) => Math.abs(sum - 1) < 1e-9), gating === "softmax");
  }
});

Deno.test("weights are trained with the gates that the logits have after they moved", () => {
  const logits = new Logits(choices, { gating: "softmax", rng: createRng(1), deviation: 1 });
  const plan = { setGates: () => {}, backward: () => ({ loss: 1, gates: new Map() }) };
  const before = logits.probabilities();
  const { trained } = takeStep(darts(), {
    plan: plan as unknown as Plan,
    logits,
    move: () => choices.forEach(({ name }) => logits.of(name)[1]! += 1),
  });
  assertNotEquals(logits.probabilities(), before);
  assertEquals(trained, [logits.probabilities()]);
});

Deno.test("the zero-one loss pushes sigmoids from one half", () => {
  const method = darts({ gating: "sigmoid", zeroOne: 3 });
  const logits = new Logits(choices, { gating: "sigmoid", rng: createRng(1), deviation: 1 });
  const lossOf = () => {
    const gates = [...logits.probabilities().values()].flatMap((each) => [...each]);
    return -3 * gates.reduce((sum, gate) => sum + (gate - 0.5) ** 2, 0) / gates.length;
  };
  const found = method.penalty!(logits);
  for (const { name } of choices) {
    logits.of(name).forEach((value, place, values) => {
      const at = (by: number) => {
        values[place] = value + by;
        const loss = lossOf();
        values[place] = value;
        return loss;
      };
      assertAlmostEquals(found.get(name)![place]!, (at(1e-5) - at(-1e-5)) / 2e-5, 1e-9);
    });
  }
  assertEquals(darts().penalty, undefined);
});

Deno.test("variants that make no sense are refused", () => {
  const refused: readonly (readonly [DartsOptions, string])[] = [
    [{ order: 3 as 2 }, "Cannot make DARTS: order must be 1 or 2, got 3"],
    [{ order: 2, distance: 0 }, "distance must be above 0, got 0"],
    [{ distance: 0.1 }, "distance must be absent without order 2, got 0.1"],
    [{ gating: "none" as "softmax" }, 'gating must be "softmax" or "sigmoid", got none'],
    [{ zeroOne: 1 }, 'zeroOne must be absent without "sigmoid", got 1'],
    [{ gating: "sigmoid", zeroOne: -1 }, "zeroOne must be at least 0, got -1"],
    [{ perturb: { from: 0, to: 2 } }, "perturb.to must be in [0, 1], got 2"],
  ];
  for (const [options, message] of refused) assertThrows(() => darts(options), RangeError, message);
});
