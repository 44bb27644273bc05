import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { batchNorm, createRng, tf } from "naskit/engine/mod.ts";
import { loadKernels } from "../../lib/engine/kernels.ts";
import { batchNormReference, differences, distance, dot } from "../support/reference_ops.ts";

function normals(size: number, seed: string): Float32Array {
  const rng = createRng(seed);
  return Float32Array.from({ length: size }, () => rng.normal());
}

function check(shape: readonly number[], epsilon = 1e-5): void {
  const channels = shape.at(-1) as number, size = tf.util.sizeFromShape([...shape]);
  const name = `[${shape}]`;
  const x = normals(size, `${name} x`), gamma = normals(channels, `${name} gamma`);
  const beta = normals(channels, `${name} beta`), dy = normals(size, `${name} dy`);
  const before = tf.memory().numTensors;
  const [y, mean, variance, dx, dgamma, dbeta] = tf.tidy(() => {
    const inputs = [tf.tensor(x, [...shape]), tf.tensor1d(gamma), tf.tensor1d(beta)] as const;
    const result = batchNorm(...inputs, { epsilon });
    const grads = tf.grads((x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
      batchNorm(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, { epsilon }).y
    )([...inputs], tf.tensor(dy, [...shape]));
    return [result.y, result.mean, result.variance, ...grads].map((t) => t.dataSync());
  }) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
  assertEquals(tf.memory().numTensors, before, name);
  const expected = batchNormReference(channels, epsilon, x, gamma, beta);
  assertLess(distance(y, expected.y), 3e-6, `${name}: y`);
  assertLess(distance(mean, expected.mean), 3e-6, `${name}: mean`);
  assertLess(distance(variance, expected.variance), 3e-6, `${name}: variance`);
  const value = (x: Float64Array | Float32Array, g: Float64Array | Float32Array, b: typeof g) =>
    dot(batchNormReference(channels, epsilon, x, g, b).y, dy);
  // Differences over all of a large x would take minutes: a few of its places stand for it.
  const places = size <= 400 ? [...x.keys()] : [0, 1, 17, size >> 1, size - 2, size - 1];
  const slopes = places.map((i) => {
    const moved = Float64Array.from(x), step = 1e-4;
    moved[i] = (x[i] as number) + step;
    const high = value(moved, gamma, beta);
    moved[i] = (x[i] as number) - step;
    return (high - value(moved, gamma, beta)) / (2 * step);
  });
  assertLess(distance(places.map((i) => dx[i] as number), slopes), 1e-5, `${name}: dx`);
  const byGamma = differences((g) => value(x, g, beta), gamma, 1e-3);
  const byBeta = differences((b) => value(x, gamma, b), beta, 1e-3);
  assertLess(distance(dgamma, byGamma), 1e-5, `${name}: dgamma`);
  assertLess(distance(dbeta, byBeta), 1e-5, `${name}: dbeta`);
}

for (const build of ["simd", "relaxed"] as const) {
  Deno.test(`batchNorm() and its gradients equal plain loops, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    for (const channels of [1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 24, 32]) {
      for (const rows of [[2, 1, 4], [1, 3, 5], [3, 4, 4]]) check([...rows, channels]);
      check([9, channels]);
      check([2, channels], 0.5);
    }
    check([20, 16, 16, 8]);
    check([7, 9, 11, 12], 1e-3);
    await loadKernels("relaxed");
  });
}

Deno.test("batchNorm() without gamma or beta scales by 1 and shifts by 0", () => {
  const x = normals(60, "x"), dy = normals(60, "dy"), vector = normals(3, "vector");
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const image = tf.tensor4d(x, [2, 5, 2, 3]), slope = tf.tensor4d(dy, [2, 5, 2, 3]);
    const ones = tf.ones([3]) as tf.Tensor1D, zeros = tf.zeros([3]) as tf.Tensor1D;
    const some = tf.tensor1d(vector);
    const cases = [
      [undefined, undefined, ones, zeros],
      [some, undefined, some, zeros],
      [undefined, some, ones, some],
    ] as const;
    for (const [gamma, beta, fullGamma, fullBeta] of cases) {
      const short = tf.valueAndGrad((x: tf.Tensor) => batchNorm(x, gamma, beta).y)(image, slope);
      const full = tf.valueAndGrad((x: tf.Tensor) => batchNorm(x, fullGamma, fullBeta).y)(
        image,
        slope,
      );
      assertEquals([...short.value.dataSync()], [...full.value.dataSync()]);
      assertEquals([...short.grad.dataSync()], [...full.grad.dataSync()]);
    }
  });
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("batchNorm() keeps its digits far from zero", () => {
  const rows = 64 * 16 * 16, channels = 3;
  // Sixteenths are exact in float32 at 256, so that only the kernel can lose anything.
  const x = normals(rows * channels, "far").map((v) => 256 + Math.round(v * 16) / 16);
  const ones = new Float32Array(channels).fill(1), zeros = new Float32Array(channels);
  const expected = batchNormReference(channels, 1e-5, x, ones, zeros);
  const [y, variance] = tf.tidy(() => {
    const result = batchNorm(tf.tensor2d(x, [rows, channels]), undefined, undefined);
    return [result.y.dataSync(), result.variance.dataSync()];
  });
  assertLess(distance(variance, expected.variance), 5e-6);
  assertLess(distance(y, expected.y), 2e-5);
});

Deno.test("batchNorm() passes no gradient through its statistics' outputs", () => {
  tf.tidy(() => {
    const x = tf.tensor2d(normals(12, "x"), [4, 3]);
    const grad = tf.grad((x: tf.Tensor) => batchNorm(x, undefined, undefined).mean.sum())(x);
    assertEquals([...grad.dataSync()], Array(12).fill(0));
  });
});

Deno.test("batchNorm() says what is wrong with its arguments", () => {
  tf.tidy(() => {
    const x = tf.ones([4, 3]), vector = tf.ones([2]) as tf.Tensor1D;
    assertThrows(
      () => batchNorm(x, vector, undefined),
      RangeError,
      "gamma must be of shape [3], got [2]",
    );
    assertThrows(
      () => batchNorm(x, undefined, vector),
      RangeError,
      "beta must be of shape [3], got [2]",
    );
    assertThrows(
      () => batchNorm(x, undefined, undefined, { epsilon: -1 }),
      RangeError,
      "epsilon must be at least 0, got -1",
    );
    assertThrows(() => batchNorm(tf.ones([3]), undefined, undefined), TypeError, "rank 2 or more");
    assertThrows(() => batchNorm(tf.ones([0, 3]), undefined, undefined), RangeError, "x is empty");
  });
});
