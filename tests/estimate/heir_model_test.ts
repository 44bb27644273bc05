import { assert, assertEquals, assertLess } from "@std/assert";
import { digits } from "naskit/data/mod.ts";
import { createRng } from "naskit/engine/mod.ts";
import { tf } from "naskit/engine/tf.ts";
import { heirModel, trainModel } from "naskit/estimate/mod.ts";
import { GraphBuilder } from "naskit/graph/mod.ts";
import { buildModel, deepen, type Model, modelWith, weightsOf, widen } from "naskit/model/mod.ts";

const data = await digits({ train: 300, validation: 100 });
const net = new GraphBuilder([8, 8, 1]);
net.add("conv", { op: "conv", kernel: 3, channels: 6 }, net.input);
net.add("relu", { op: "relu" }, net.add("bn", { op: "batchNorm" }, "conv"));
net.add("pool", { op: "globalAvgPool" }, "relu");
const graph = net.build(net.add("head", { op: "linear", features: 10 }, "pool"));

async function trained(): Promise<Model> {
  const model = buildModel(graph, { rng: createRng("weights") });
  await trainModel(model, data, { epochs: 2, rng: createRng("order") });
  return model;
}

/** The largest difference of two models' logits by a batch's statistics, over the first images. */
function apart(a: Model, b: Model): number {
  const { images, shape } = data.train;
  return tf.tidy(() => {
    const x = tf.tensor4d(images.slice(0, 256 * 64), [256, ...shape]);
    const run = (model: Model) => model.forward(x, { statistics: "batch" });
    return run(a).sub(run(b)).abs().max().dataSync()[0] as number;
  });
}

Deno.test("an heir computes what its parent does in training too, which weights alone do not", async () => {
  const parent = await trained(), weights = weightsOf(parent);
  const deeper = deepen(graph, { after: "relu", batchNorm: true });
  const heir = heirModel(deeper, weights, data.train);
  const unsettled = modelWith(deeper.graph, deeper.inherit(weights));
  assertLess(apart(parent, heir), 1e-4);
  assert(apart(parent, unsettled) > 0.01);
  for (const model of [parent, heir, unsettled]) model.dispose();
});

Deno.test("an heir without inserted batch norms has the weights of the morphism", async () => {
  const parent = await trained(), weights = weightsOf(parent);
  const wider = widen(graph, { node: "conv", channels: 9, rng: createRng("copies") });
  const count = tf.memory().numTensors;
  const heir = heirModel(wider, weights, data.train);
  assertEquals(weightsOf(heir), wider.inherit(weights));
  heir.dispose();
  assertEquals(tf.memory().numTensors, count);
  parent.dispose();
});
