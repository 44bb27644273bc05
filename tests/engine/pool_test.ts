import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { avgPool, createRng, maxPool, tf } from "naskit/engine/mod.ts";
import { loadKernels } from "../../lib/engine/kernels.ts";
import {
  avgPoolReference,
  differences,
  distance,
  dot,
  type Geometry,
  maxPoolReference,
  outputSize,
  type Reference,
  square,
} from "../support/reference_ops.ts";

function normals(size: number, seed: string): Float32Array {
  const rng = createRng(seed);
  return Float32Array.from({ length: size }, () => rng.normal());
}

type Pool = (x: tf.Tensor4D) => tf.Tensor;
type PoolReference = (g: Geometry, x: ArrayLike<number>, dy?: ArrayLike<number>) => Reference;

function check(g: Geometry, op: Pool, reference: PoolReference, values?: Float32Array): void {
  const shape = [g.batch, g.height, g.width, g.channels];
  const out = [g.batch, ...outputSize(g), g.channels];
  const name = JSON.stringify(g);
  const x = values ?? normals(tf.util.sizeFromShape(shape), `${name} x`);
  const dy = normals(tf.util.sizeFromShape(out), `${name} dy`);
  const expected = reference(g, x, dy);
  const before = tf.memory().numTensors;
  const [y, dx, outShape] = tf.tidy(() => {
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => op(x as tf.Tensor4D))(
      tf.tensor(x, shape),
      tf.tensor(dy, out),
    );
    return [value.dataSync(), grad.dataSync(), value.shape];
  });
  assertEquals(tf.memory().numTensors, before, name);
  assertEquals(outShape, out, name);
  assertLess(distance(y, expected.y), 1e-6, `${name}: y`);
  assertLess(distance(dx, expected.grads[0] ?? []), 1e-6, `${name}: dx`);
}

function* windows(): Generator<{ kernel: number; stride: number; padding: number }> {
  for (const kernel of [1, 2, 3, 5, 7]) {
    for (const stride of [1, 2, 3]) {
      for (let padding = 0; padding < Math.min(kernel, 4); padding++) {
        yield { kernel, stride, padding };
      }
    }
  }
}

for (const build of ["simd", "relaxed"] as const) {
  Deno.test(`pools and their gradients equal plain loops at any window, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    for (const channels of [1, 3, 5, 8, 12]) {
      for (const options of windows()) {
        for (const [height, width] of [[7, 9], [8, 8]] as const) {
          const g = square([2, height, width, channels], options.kernel, options);
          check(g, (x) => avgPool(x, options), avgPoolReference);
          check(g, (x) => maxPool(x, options), maxPoolReference);
        }
      }
    }
    await loadKernels("relaxed");
  });
}

Deno.test("tfjs's pools and their gradients equal plain loops at every padding of tfjs", () => {
  const base = square([2, 7, 8, 3], 3);
  const same = { ...base, top: 1, bottom: 1, left: 1, right: 1 };
  const halved = { ...same, strideHeight: 2, strideWidth: 2, left: 0 };
  check(same, (x) => tf.avgPool(x, 3, 1, "same"), avgPoolReference);
  check(same, (x) => tf.maxPool(x, 3, 1, "same"), maxPoolReference);
  check(halved, (x) => tf.avgPool(x, 3, 2, "same"), avgPoolReference);
  check(halved, (x) => tf.maxPool(x, 3, 2, "same"), maxPoolReference);
  check(base, (x) => tf.avgPool(x, 3, 1, "valid"), avgPoolReference);
  check(base, (x) => tf.maxPool(x, 3, 1, 0), maxPoolReference);
  const wide = { ...base, kernelWidth: 2, strideHeight: 2 };
  check(wide, (x) => tf.avgPool(x, [3, 2], [2, 1], "valid"), avgPoolReference);
  check(wide, (x) => tf.maxPool(x, [3, 2], [2, 1], "valid"), maxPoolReference);
  // A rounding mode of "ceil" adds a window that hangs over the edge.
  const over = { ...base, strideHeight: 2, strideWidth: 2, right: 1 };
  check(over, (x) => tf.avgPool(x, 3, 2, 0, "ceil"), avgPoolReference);
  check(over, (x) => tf.maxPool(x, 3, 2, 0, "ceil"), maxPoolReference);
});

Deno.test("maxPool() gives a tie's gradient to the first maximum", () => {
  const options = { kernel: 3, stride: 1, padding: 1 };
  const g = square([1, 6, 6, 4], 3, options);
  const steps = normals(144, "ties").map((v) => Math.round(v));
  check(g, (x) => maxPool(x, options), maxPoolReference, steps);
  check(g, (x) => maxPool(x, options), maxPoolReference, new Float32Array(144));
});

Deno.test("an image of ones stays one under avgPool() at any padding", () => {
  for (const { kernel, stride, padding } of windows()) {
    const y = tf.tidy(() => avgPool(tf.ones([1, 9, 8, 5]), { kernel, stride, padding }).dataSync());
    assertLess(distance(y, new Float32Array(y.length).fill(1)), 2e-7);
  }
});

Deno.test("maxPool() hands a NaN on", () => {
  const x = new Float32Array(16).fill(1);
  x[5] = NaN;
  const y = tf.tidy(() =>
    maxPool(tf.tensor4d(x, [1, 4, 4, 1]), { kernel: 2, stride: 2 }).dataSync()
  );
  assertEquals([...y].map(Number.isNaN), [true, false, false, false]);
});

Deno.test("the reference pools' gradients agree with central differences", () => {
  const g = square([1, 5, 4, 2], 3, { stride: 2, padding: 1 });
  for (const reference of [avgPoolReference, maxPoolReference]) {
    const x = normals(40, "x"), dy = normals(reference(g, x).y.length, "dy");
    const [dx = []] = reference(g, x, dy).grads;
    assertLess(distance(dx, differences((x) => dot(reference(g, x).y, dy), x)), 1e-8);
  }
});

Deno.test("pools say what is wrong with their arguments", () => {
  const x: tf.Tensor4D = tf.ones([1, 4, 4, 1]);
  const cases: [() => void, string][] = [
    [() => avgPool(x, { kernel: 0 }), "kernel must be an integer of at least 1, got 0"],
    [() => avgPool(x, { kernel: 2, padding: 2 }), "padding must be below kernel (2), got 2"],
    [
      () => maxPool(x, { kernel: 2, stride: -1 }),
      "stride must be an integer of at least 1, got -1",
    ],
    [() => maxPool(x, { kernel: 5, padding: 0 }), "a window of 5 pixels does not fit into 4"],
  ];
  for (const [call, message] of cases) assertThrows(call, RangeError, message);
  x.dispose();
});
