import { assertAlmostEquals, assertEquals, assertLess, assertRejects } from "@std/assert";
import { digits } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/rng.ts";
import { tf } from "naskit/engine/tf.ts";
import { evaluateModel } from "naskit/estimate/mod.ts";
import { buildModel } from "naskit/model/mod.ts";
import { nasBench201 } from "naskit/space/mod.ts";

const { test: images } = await digits({ test: 60 });
const space = nasBench201({ channels: 3, cellsPerStage: 1, size: 8, inputChannels: 1 });
const graph = space.lower(space.fromChoices([3, 1, 2, 4, 3, 3]));

Deno.test("accuracy, loss, predictions and confidence are those of the logits", async () => {
  const model = buildModel(graph, { rng: createRng("w"), init: "torchDefault" });
  const logits = tf.tidy(() =>
    model.forward(tf.tensor4d(images.images, [60, 8, 8, 1])).arraySync() as number[][]
  );
  const evaluation = await evaluateModel(model, images, { batchSize: 7 });
  let [hits, loss] = [0, 0];
  logits.forEach((row, i) => {
    const label = images.labels[i]!;
    const total = row.reduce((sum, v) => sum + Math.exp(v), 0);
    const best = row.indexOf(Math.max(...row));
    if (best === label) hits++;
    loss -= row[label]! - Math.log(total);
    assertEquals(evaluation.predictions[i], best);
    assertAlmostEquals(evaluation.confidence[i]!, Math.exp(row[best]!) / total, 1e-5);
  });
  assertLess(hits, 60);
  assertEquals(evaluation.accuracy, hits / 60);
  assertAlmostEquals(evaluation.loss, loss / 60, 1e-5);
  model.dispose();
});

Deno.test("an evaluation stops when its signal does", async () => {
  const model = buildModel(graph, { rng: createRng("w") });
  const signal = AbortSignal.abort(new Error("stop"));
  await assertRejects(() => evaluateModel(model, images, { signal }), Error, "stop");
  model.dispose();
});
