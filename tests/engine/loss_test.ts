import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { createRng, softmaxCrossEntropy, tf } from "naskit/engine/mod.ts";
import { differences, distance } from "../support/reference_ops.ts";

/** The definition, in float64. */
function crossEntropy(
  logits: ArrayLike<number>,
  labels: readonly number[],
  classes: number,
  smoothing: number,
): number {
  let total = 0;
  labels.forEach((label, i) => {
    const row = Array.from({ length: classes }, (_, k) => logits[i * classes + k] as number);
    const sum = row.reduce((all, value) => all + Math.exp(value), 0);
    row.forEach((value, k) => {
      const target = smoothing / classes + (k === label ? 1 - smoothing : 0);
      total -= target * Math.log(Math.exp(value) / sum);
    });
  });
  return total / labels.length;
}

Deno.test("softmaxCrossEntropy() and its gradient equal the definition", () => {
  const rng = createRng("loss");
  for (const classes of [2, 3, 10]) {
    for (const batch of [1, 5]) {
      for (const smoothing of [0, 0.1, 1]) {
        const logits = Float32Array.from({ length: batch * classes }, () => 2 * rng.normal());
        const labels = Array.from({ length: batch }, () => rng.int(classes));
        const before = tf.memory().numTensors;
        const [loss, grad] = tf.tidy(() => {
          const { value, grad } = tf.valueAndGrad((x: tf.Tensor) =>
            softmaxCrossEntropy(x as tf.Tensor2D, tf.tensor1d(labels, "int32"), { smoothing })
          )(tf.tensor2d(logits, [batch, classes]), tf.scalar(3));
          return [value.dataSync()[0] as number, grad.dataSync()];
        });
        assertEquals(tf.memory().numTensors, before);
        const expected = (x: ArrayLike<number>) => crossEntropy(x, labels, classes, smoothing);
        assertAlmostEquals(loss, expected(logits), 1e-6);
        const slope = differences((x) => 3 * expected(x), logits);
        assertLess(distance(grad, slope), 1e-6);
      }
    }
  }
});

Deno.test("softmaxCrossEntropy() takes huge logits without overflow", () => {
  const labels = tf.tensor1d([0, 1], "int32");
  const [loss, grad] = tf.tidy(() => {
    const f = (x: tf.Tensor) => softmaxCrossEntropy(x as tf.Tensor2D, labels);
    const { value, grad } = tf.valueAndGrad(f)(tf.tensor2d([[3e4, -3e4], [3e4, -3e4]]));
    return [value.dataSync()[0], [...grad.dataSync()]];
  });
  assertEquals(loss, 3e4); // the second row is wrong by 6e4
  assertEquals(grad, [0, 0, 0.5, -0.5]);
  labels.dispose();
});

Deno.test("softmaxCrossEntropy() says what is wrong with its arguments", () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const logits: tf.Tensor2D = tf.zeros([2, 3]);
    const labels = (values: number[]) => tf.tensor1d(values, "int32");
    assertThrows(
      () => softmaxCrossEntropy(logits, labels([0, 3])),
      RangeError,
      "label 1 must be in [0, 3), got 3",
    );
    assertThrows(() => softmaxCrossEntropy(logits, labels([-1, 0])), RangeError, "got -1");
    assertThrows(() => softmaxCrossEntropy(logits, labels([0])), RangeError, "got [2,3] and [1]");
    assertThrows(
      () => softmaxCrossEntropy(logits, labels([0, 1]), { smoothing: 2 }),
      RangeError,
      "smoothing must be in [0, 1], got 2",
    );
    assertThrows(
      () => softmaxCrossEntropy(logits, tf.tensor1d([0, 1])),
      TypeError,
      "labels must be a int32 tensor of rank 1, got float32",
    );
  });
  assertEquals(tf.memory().numTensors, before);
});
