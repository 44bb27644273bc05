import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { compile } from "naskit/model/mod.ts";
import { loadFixture } from "../../support/fixture.ts";
import { relativeError } from "../../support/tape.ts";

const files = ["all_conv", "mixed", "sparse"];

for (const file of files) {
  const path = new URL(`../../fixtures/nasbench201/${file}.json`, import.meta.url);

  Deno.test(`a plan of ${file} gives what an independent program gives`, async () => {
    const { model, batch, expected } = await loadFixture(path);
    const plan = compile(model.graph, { batch: batch.labels.length, training: true });
    plan.load(model);
    const logits = plan.forward(batch.images, { statistics: "batch" });
    assertLess(relativeError(logits, expected.logits.flat()), 1e-4);
    const { loss, params } = plan.backward(batch);
    assertAlmostEquals(loss, expected.loss, 1e-4 * expected.loss);
    const largest = Math.max(...Object.values(expected.grad_norms));
    for (const [name, norm] of Object.entries(expected.grad_norms)) {
      const found = Math.hypot(...params.get(name)!);
      assertAlmostEquals(found, norm, 1e-4 * norm + 1e-7 * largest, name);
    }
    plan.dispose();
    model.dispose();
  });

  Deno.test(`GradSign of ${file} is that of an independent program`, async () => {
    const { model, batch, expected } = await loadFixture(path);
    const plan = compile(model.graph, { batch: batch.labels.length, training: true });
    plan.load(model);
    let sum = 0, count = 0;
    for (const [name, signs] of plan.sampleGradients(batch, "sign")) {
      assertEquals(signs.length, model.params.get(name)!.size);
      for (const sign of signs) sum += Math.abs(sign);
      count += signs.length;
    }
    const wanted = expected.gradsign_sum as number;
    const ambiguous = expected.gradsign_ambiguous_signs as number;
    assert(Math.abs(sum - wanted) <= 2 * ambiguous, `${sum} instead of ${wanted} ± 2*${ambiguous}`);
    assertAlmostEquals(sum / count, expected.gradsign_mean as number, 2 * ambiguous / count + 1e-9);
    plan.dispose();
    model.dispose();
  });

  Deno.test(`ZiCo of ${file} from per-image gradients is that of an independent program`, async () => {
    const { model, batch, expected } = await loadFixture(path);
    const plan = compile(model.graph, { batch: batch.labels.length, training: true });
    plan.load(model);
    const count = batch.labels.length;
    const absolute = plan.sampleGradients(batch, "abs"),
      squares = plan.sampleGradients(batch, "square");
    let score = 0;
    for (const [name, sums] of absolute) {
      let layer = 0;
      sums.forEach((sum, i) => {
        const mean = sum / count;
        // E|g|² - (E|g|)² in single precision: what is below its rounding is taken for 0.
        const variance = squares.get(name)![i]! / count - mean ** 2;
        if (variance > 1e-6 * mean ** 2) layer += mean / Math.sqrt(variance);
      });
      if (layer > 0) score += Math.log(layer);
    }
    assertAlmostEquals(score, expected.zico_per_sample as number, 0.05 * Math.abs(score));
    plan.dispose();
    model.dispose();
  });
}
