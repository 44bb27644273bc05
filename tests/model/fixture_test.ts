import { assert, assertAlmostEquals } from "@std/assert";
import { softmaxCrossEntropy } from "naskit/engine/ops.ts";
import { tf } from "naskit/engine/tf.ts";
import { loadFixture } from "../support/fixture.ts";

const files = ["all_conv", "mixed", "sparse"];

for (const file of files) {
  Deno.test(`logits, loss and gradient norms of ${file} are those of an independent program`, async () => {
    const before = tf.memory().numTensors;
    const path = new URL(`../fixtures/nasbench201/${file}.json`, import.meta.url);
    const { model, batch, expected } = await loadFixture(path);
    const norms = new Map<string, number>();
    let logits = new Float32Array();
    let loss = NaN;
    tf.tidy(() => {
      const x = tf.tensor4d(batch.images, [...batch.shape]);
      const y = tf.tensor1d(batch.labels, "int32");
      const variables = [...model.params.values()];
      const { value, grads } = tf.variableGrads(() => {
        const logits = model.forward(x, { statistics: "batch" }) as tf.Tensor2D;
        return softmaxCrossEntropy(logits, y);
      }, variables);
      for (const [name, variable] of model.params) {
        norms.set(name, grads[variable.name]?.norm().dataSync()[0] ?? 0);
      }
      logits = model.forward(x, { statistics: "batch" }).dataSync().slice() as Float32Array<
        ArrayBuffer
      >;
      loss = value.dataSync()[0] as number;
    });
    const wanted = expected.logits.flat();
    const scale = Math.hypot(...wanted);
    const error = Math.hypot(...wanted.map((v, i) => v - (logits[i] as number)));
    assert(error <= 1e-4 * scale, `logits differ by ${error / scale}`);
    assertAlmostEquals(loss, expected.loss, 1e-4 * expected.loss);
    const largest = Math.max(...Object.values(expected.grad_norms));
    for (const [name, norm] of Object.entries(expected.grad_norms)) {
      assertAlmostEquals(norms.get(name)!, norm, 1e-4 * norm + 1e-7 * largest, name);
    }
    model.dispose();
    assert(tf.memory().numTensors === before, "a tensor leaked");
  });
}
