import { assertEquals, assertLess, assertNotEquals, assertThrows } from "@std/assert";
import { createRng, Sgd, type SgdOptions, tf } from "naskit/engine/mod.ts";
import { loadKernels } from "../../lib/engine/kernels.ts";
import { distance } from "../support/reference_ops.ts";
import { variableOf } from "../support/variable.ts";

function normals(size: number, seed: string): number[] {
  const rng = createRng(seed);
  return Array.from({ length: size }, () => rng.normal());
}

/** Three steps on one weight, written down as PyTorch documents them. */
function descend(w: number, grads: readonly number[], rate: number, options: SgdOptions): number {
  const { momentum = 0, weightDecay = 0, nesterov = false } = options;
  let velocity = 0;
  for (const grad of grads) {
    const g = grad + weightDecay * w;
    velocity = momentum * velocity + g;
    w -= rate * (nesterov ? g + momentum * velocity : velocity);
  }
  return w;
}

for (const build of ["simd", "relaxed"] as const) {
  Deno.test(`Sgd follows the scalar formula, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    const before = tf.memory().numTensors;
    for (
      const options of [
        {},
        { weightDecay: 0.1 },
        { momentum: 0.9 },
        { momentum: 0.9, weightDecay: 0.01 },
        { momentum: 0.8, weightDecay: 0.05, nesterov: true },
      ]
    ) {
      for (const size of [1, 2, 3, 4, 5, 7, 8, 33]) {
        const start = normals(size, `start ${size}`);
        const grads = [0, 1, 2].map((i) => normals(size, `grad ${i} ${size}`));
        const param = tf.tidy(() => tf.variable(tf.tensor1d(start)));
        const sgd = new Sgd(options);
        for (const grad of grads) tf.tidy(() => sgd.step([param], [tf.tensor1d(grad)], 0.1));
        const expected = start.map((w, i) =>
          descend(w, grads.map((grad) => grad[i] as number), 0.1, options)
        );
        assertLess(
          distance(param.dataSync(), expected),
          3e-7,
          `${JSON.stringify(options)} ${size}`,
        );
        sgd.dispose();
        param.dispose();
      }
    }
    assertEquals(tf.memory().numTensors, before);
    await loadKernels("relaxed");
  });
}

Deno.test("Sgd steps several variables of any shape at once, each with its own velocity", () => {
  const a = variableOf(tf.fill([2, 3], 1)), b = variableOf(tf.fill([5], 2));
  const sgd = new Sgd({ momentum: 0.5 });
  tf.tidy(() => {
    sgd.step([a, b], [tf.ones([2, 3]), tf.zeros([5])], 1);
    sgd.step([a, b], [tf.zeros([2, 3]), tf.ones([5])], 1);
  });
  assertEquals([...a.dataSync()], Array(6).fill(1 - 1 - 0.5));
  assertEquals([...b.dataSync()], Array(5).fill(2 - 1));
  tf.dispose([a, b]);
  sgd.dispose();
});

Deno.test("a step leaves clones and reshapes of a variable as they were", () => {
  const param = variableOf(tf.tensor1d([1, 2, 3, 4]));
  const clone = param.clone(), reshaped = tf.reshape(param, [2, 2]);
  const sgd = new Sgd();
  for (let i = 0; i < 2; i++) tf.tidy(() => sgd.step([param], [tf.ones([4])], 1));
  assertEquals([...param.dataSync()], [-1, 0, 1, 2]);
  assertEquals([...clone.dataSync()], [1, 2, 3, 4]);
  assertEquals([...reshaped.dataSync()], [1, 2, 3, 4]);
  tf.dispose([param, clone, reshaped]);
});

Deno.test("the backend's own kernels see the weights after a step, not those that they packed", () => {
  const image: tf.Tensor4D = tf.ones([1, 4, 4, 2]), rows: tf.Tensor2D = tf.ones([3, 2]);
  const uses: readonly [string, number[], (w: tf.Tensor) => tf.Tensor][] = [
    ["matMul", [2, 2], (w) => tf.matMul(rows, w as tf.Tensor2D)],
    ["fused matMul", [2, 2], (w) => tf.fused.matMul({ a: rows, b: w as tf.Tensor2D })],
    [
      "fused conv2d",
      [3, 3, 2, 2],
      (w) => tf.fused.conv2d({ x: image, filter: w as tf.Tensor4D, strides: 1, pad: "same" }),
    ],
    [
      "fused depthwise",
      [3, 3, 2, 1],
      (w) =>
        tf.fused.depthwiseConv2d({ x: image, filter: w as tf.Tensor4D, strides: 1, pad: "same" }),
    ],
    ["prelu", [2], (w) => tf.prelu(tf.neg(image), w)],
  ];
  for (const [name, shape, use] of uses) {
    const param = tf.tidy(() => tf.variable(tf.ones(shape)));
    const [before, after, fresh] = tf.tidy(() => {
      const before = use(param).dataSync();
      new Sgd().step([param], [tf.ones(shape)], 0.5);
      return [before, use(param).dataSync(), use(tf.fill(shape, 0.5)).dataSync()];
    });
    assertNotEquals([...before], [...after], name);
    assertEquals([...after], [...fresh], name);
    param.dispose();
  }
  tf.dispose([image, rows]);
});

Deno.test("Sgd says what is wrong with its arguments and then changes nothing", () => {
  const bad: [SgdOptions, string][] = [
    [{ momentum: 1 }, "momentum must be in [0, 1), got 1"],
    [{ weightDecay: -1 }, "weightDecay must be at least 0, got -1"],
    [{ nesterov: true }, "nesterov needs a momentum above 0, got 0"],
  ];
  for (const [options, message] of bad) assertThrows(() => new Sgd(options), RangeError, message);
  const a = variableOf(tf.ones([2])), b = variableOf(tf.ones([3]));
  const sgd = new Sgd({ momentum: 0.9 });
  tf.tidy(() => {
    const two = tf.ones([2]), whole = tf.ones([3], "int32");
    assertThrows(() => sgd.step([a, b], [two], 1), RangeError, "1 gradients for 2 variables");
    assertThrows(
      () => sgd.step([a, b], [two, two], 1),
      RangeError,
      "variable 1 is [3], but its gradient is [2]",
    );
    assertThrows(
      () => sgd.step([a], [two], NaN),
      RangeError,
      "learningRate must be at least 0, got NaN",
    );
    assertThrows(() => sgd.step([a, b], [two, whole], 1), TypeError, "both must be float32");
  });
  assertEquals([...a.dataSync(), ...b.dataSync()], [1, 1, 1, 1, 1]);
  tf.dispose([a, b]);
  sgd.dispose();
});
