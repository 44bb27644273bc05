import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRng } from "naskit/engine/mod.ts";
import { compile } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";
import { keepWeights, shiftWeights, supernetOf } from "naskit/supernet/mod.ts";
import { batchFor } from "../model/plan/support/noise.ts";

const { graph } = supernetOf(nasBench201({ channels: 2, cellsPerStage: 1, size: 8 }));
const batch = batchFor(graph, 8, "noise", 10);

Deno.test("the loss changes along a gradient by its length, and the weights come back to the bit", () => {
  const plan = compile(graph, { batch: 8, training: true });
  plan.initialise({ rng: createRng("weights") });
  const before = new Map([...plan.params.keys()].map((name) => [name, plan.weights(name)]));
  const restore = keepWeights(plan);
  const { params } = plan.backward(batch);
  const norm = Math.hypot(...[...params.values()].flatMap((g) => [...g]));
  const lossAt = (distance: number) => {
    restore();
    shiftWeights(plan, params, distance / norm);
    return plan.backward(batch).loss;
  };
  assertAlmostEquals((lossAt(2e-3) - lossAt(-2e-3)) / 4e-3, norm, 0.02 * norm);
  plan.trainStep(batch, { learningRate: 0.1 });
  restore();
  for (const [name, values] of before) assertEquals(plan.weights(name), values, name);
  assertEquals(plan.weights("stem.bn.mean"), new Float32Array(2));
  plan.dispose();
});

Deno.test("a direction that does not fit is refused by name", () => {
  const plan = compile(graph, { batch: 1 });
  assertThrows(
    () => shiftWeights(plan, new Map([["head.linear.bias", [1]]]), 1),
    RangeError,
    'Cannot shift weights: "head.linear.bias" has 10 numbers, got 1',
  );
  assertThrows(() => shiftWeights(plan, new Map([["other", [1]]]), 1), RangeError, '"other"');
  plan.dispose();
});
