import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { conv2d, createRng, depthwiseConv2d, tf } from "naskit/engine/mod.ts";
import { convolutionWay, kernels, loadKernels } from "../../lib/engine/kernels.ts";
import {
  convReference,
  depthwiseReference,
  differences,
  distance,
  dot,
  type Geometry,
  outputSize,
  type Reference,
  square,
} from "../support/reference_ops.ts";

/** Builds and ways that a convolution can go, with the errors that they may make. */
const variants = [
  ["simd", "direct", 3e-6],
  ["simd", "winograd", 3e-5],
  ["relaxed", "direct", 3e-6],
  ["relaxed", "winograd", 3e-5],
  ["relaxed", "faster", 3e-5],
] as const;

function normals(size: number, seed: string): Float32Array {
  const rng = createRng(seed);
  return Float32Array.from({ length: size }, () => rng.normal());
}

/** Runs an op of x and filter and both its gradients on the engine and against the reference. */
function check(
  name: string,
  shapes: { readonly x: number[]; readonly filter: number[]; readonly y: number[] },
  op: (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor,
  reference: (x: Float32Array, filter: Float32Array, dy: Float32Array) => Reference,
  tolerance = 3e-6,
): void {
  const size = tf.util.sizeFromShape;
  const x = normals(size(shapes.x), `${name} x`),
    filter = normals(size(shapes.filter), `${name} w`);
  const dy = normals(size(shapes.y), `${name} dy`);
  const expected = reference(x, filter, dy);
  const before = tf.memory().numTensors;
  const [y, dx, dFilter, shape] = tf.tidy(() => {
    const inputs = [tf.tensor(x, shapes.x), tf.tensor(filter, shapes.filter)];
    const call = (a: tf.Tensor, b: tf.Tensor) => op(a as tf.Tensor4D, b as tf.Tensor4D);
    const { value, grads } = tf.valueAndGrads(call)(inputs, tf.tensor(dy, shapes.y));
    return [value.dataSync(), grads[0]?.dataSync(), grads[1]?.dataSync(), value.shape];
  });
  assertEquals(tf.memory().numTensors, before, name);
  assertEquals(shape, shapes.y, name);
  assertLess(distance(y, expected.y), tolerance, `${name}: y`);
  assertLess(distance(dx ?? [], expected.grads[0] ?? []), tolerance, `${name}: dx`);
  assertLess(distance(dFilter ?? [], expected.grads[1] ?? []), tolerance, `${name}: dFilter`);
}

function checkConv(
  g: Geometry,
  out: number,
  op: (x: tf.Tensor4D, w: tf.Tensor4D) => tf.Tensor,
  tolerance = 3e-5,
) {
  check(
    `conv ${JSON.stringify({ ...g, out })}`,
    {
      x: [g.batch, g.height, g.width, g.channels],
      filter: [g.kernelHeight, g.kernelWidth, g.channels, out],
      y: [g.batch, ...outputSize(g), out],
    },
    op,
    (x, filter, dy) => convReference(g, out, x, filter, dy),
    tolerance,
  );
}

function checkDepthwise(
  g: Geometry,
  multiplier: number,
  op: (x: tf.Tensor4D, w: tf.Tensor4D) => tf.Tensor,
) {
  check(
    `depthwise ${JSON.stringify({ ...g, multiplier })}`,
    {
      x: [g.batch, g.height, g.width, g.channels],
      filter: [g.kernelHeight, g.kernelWidth, g.channels, multiplier],
      y: [g.batch, ...outputSize(g), g.channels * multiplier],
    },
    op,
    (x, filter, dy) => depthwiseReference(g, multiplier, x, filter, dy),
  );
}

/** All windows worth trying on images of a few pixels. */
function* windows(): Generator<
  { kernel: number; stride: number; dilation: number; padding: number }
> {
  for (const kernel of [1, 2, 3, 5, 7]) {
    for (const dilation of kernel === 1 ? [1] : [1, 2]) {
      for (const stride of [1, 2, 3]) {
        for (const padding of [0, 1, 2, 3]) {
          if (7 + 2 * padding >= dilation * (kernel - 1) + 1) {
            yield { kernel, stride, dilation, padding };
          }
        }
      }
    }
  }
}

const pairs = [[1, 3], [3, 8], [5, 5], [8, 12], [12, 1], [8, 8], [16, 7], [4, 6]] as const;

for (const [build, way, tolerance] of variants) {
  Deno.test(`conv2d() and its gradients equal plain loops at any window, ${build} build, ${way}`, async () => {
    if (!await loadKernels(build)) return;
    kernels.chooseConvolution(convolutionWay[way]);
    let turn = 0;
    for (const { kernel, ...options } of windows()) {
      const [channels, out] = pairs[turn++ % pairs.length] as [number, number];
      const shape = [1 + turn % 3, 7, 9, channels] as const;
      const op = (x: tf.Tensor4D, w: tf.Tensor4D) => conv2d(x, w, options);
      checkConv(square(shape, kernel, options), out, op, tolerance);
    }
    await loadKernels("relaxed");
  });

  Deno.test(`conv2d() and its gradients equal plain loops at any channels, ${build} build, ${way}`, async () => {
    if (!await loadKernels(build)) return;
    kernels.chooseConvolution(convolutionWay[way]);
    for (const channels of [1, 3, 5, 8, 12]) {
      for (const out of [1, 3, 5, 8, 12, 16]) {
        for (const [kernel, stride] of [[1, 1], [1, 2], [3, 1], [3, 2]] as const) {
          const options = { stride, padding: (kernel - 1) / 2 };
          const op = (x: tf.Tensor4D, w: tf.Tensor4D) => conv2d(x, w, options);
          checkConv(square([2, 5, 6, channels], kernel, options), out, op, tolerance);
        }
      }
    }
    await loadKernels("relaxed");
  });

  Deno.test(`conv2d() and its gradients equal plain loops at any row length, ${build} build, ${way}`, async () => {
    if (!await loadKernels(build)) return;
    kernels.chooseConvolution(convolutionWay[way]);
    for (let width = 1; width <= 17; width++) {
      const op = (x: tf.Tensor4D, w: tf.Tensor4D) => conv2d(x, w);
      checkConv(square([3, 2, width, 4], 3, { padding: 1 }), 13, op, tolerance);
    }
    await loadKernels("relaxed");
  });

  Deno.test(`conv2d() and its gradients equal plain loops at any size, ${build} build, ${way}`, async () => {
    if (!await loadKernels(build)) return;
    kernels.chooseConvolution(convolutionWay[way]);
    const sizes = [[1, 1], [1, 5], [2, 3], [4, 4], [5, 9], [8, 8], [12, 7], [13, 17]] as const;
    for (const [i, [height, width]] of sizes.entries()) {
      for (const padding of [0, 1, 2]) {
        if (Math.min(height, width) + 2 * padding < 3) continue;
        for (
          const [channels, out] of [[1, 4], [3, 16], [5, 3], [8, 8], [12, 5], [16, 16]] as const
        ) {
          const op = (x: tf.Tensor4D, w: tf.Tensor4D) => conv2d(x, w, { padding });
          const batch = 1 + (i + channels) % 3;
          checkConv(square([batch, height, width, channels], 3, { padding }), out, op, tolerance);
        }
      }
    }
    await loadKernels("relaxed");
  });
}

for (const build of ["simd", "relaxed"] as const) {
  Deno.test(`depthwiseConv2d() and its gradients equal plain loops, ${build} build`, async () => {
    if (!await loadKernels(build)) return;
    let turn = 0;
    for (const { kernel, ...options } of windows()) {
      const channels = [1, 3, 5, 8, 12][turn % 5] as number, multiplier = 1 + turn % 3;
      const shape = [1 + turn++ % 2, 7, 9, channels] as const;
      const op = (x: tf.Tensor4D, w: tf.Tensor4D) => depthwiseConv2d(x, w, options);
      checkDepthwise(square(shape, kernel, options), multiplier, op);
      checkDepthwise(square([2, 8, 7, 8], kernel, options), 1, op);
    }
    await loadKernels("relaxed");
  });
}

const explicit = [[0, 0], [2, 0], [1, 3], [0, 0]] as Parameters<typeof tf.conv2d>[3];

Deno.test("tf.conv2d takes every padding of tfjs, unequal strides, dilations and sides", () => {
  const base = square([2, 8, 9, 3], 3);
  const sided = { ...base, top: 2, left: 1, right: 3 };
  checkConv(sided, 5, (x, w) => tf.conv2d(x, w, 1, explicit));
  checkConv(
    { ...sided, strideHeight: 2, strideWidth: 3 },
    5,
    (x, w) => tf.conv2d(x, w, [2, 3], explicit),
  );
  checkConv(
    { ...sided, dilationHeight: 3, dilationWidth: 2, kernelWidth: 2 },
    4,
    (x, w) => tf.conv2d(x, w, 1, explicit, "NHWC", [3, 2]),
  );
  checkConv(base, 4, (x, w) => tf.conv2d(x, w, 1, "valid"));
  checkConv({ ...base, top: 1, bottom: 1, left: 1, right: 1 }, 4, (x, w) => tf.conv2d(x, w, 1, 1));
  // "same" at stride 2 on an even side pads the far side alone.
  const same = { ...base, strideHeight: 2, strideWidth: 2, bottom: 1, left: 1, right: 1 };
  checkConv(same, 4, (x, w) => tf.conv2d(x, w, 2, "same"));
  checkDepthwise(same, 2, (x, w) => tf.depthwiseConv2d(x, w, 2, "same"));
  checkDepthwise(
    { ...base, dilationHeight: 2, dilationWidth: 2, top: 2, bottom: 2, left: 2, right: 2 },
    1,
    (x, w) => tf.depthwiseConv2d(x, w, 1, "same", "NHWC", 2),
  );
});

Deno.test("strides and dilations with a common divisor split into phases rightly", () => {
  for (const [stride, dilation] of [[2, 2], [2, 3], [3, 2], [4, 2], [2, 4], [3, 3]] as const) {
    const options = { stride, dilation, padding: 3 };
    const g = square([2, 11, 10, 4], 3, options);
    checkConv(g, 6, (x, w) => conv2d(x, w, options));
    checkDepthwise(g, 1, (x, w) => depthwiseConv2d(x, w, options));
  }
});

Deno.test("the reference's gradients agree with central differences", () => {
  const g = square([2, 5, 4, 2], 3, { stride: 2, dilation: 1, padding: 1 });
  for (
    const [reference, size] of [
      [
        (x: ArrayLike<number>, w: ArrayLike<number>, dy?: ArrayLike<number>) =>
          convReference(g, 3, x, w, dy),
        3,
      ],
      [
        (x: ArrayLike<number>, w: ArrayLike<number>, dy?: ArrayLike<number>) =>
          depthwiseReference(g, 3, x, w, dy),
        3,
      ],
    ] as const
  ) {
    const x = normals(80, "x"), w = normals(9 * 2 * size, "w");
    const dy = normals(reference(x, w).y.length, "dy");
    const [dx = [], dw = []] = reference(x, w, dy).grads;
    assertLess(distance(dx, differences((x) => dot(reference(x, w).y, dy), x)), 1e-8);
    assertLess(distance(dw, differences((w) => dot(reference(x, w).y, dy), w)), 1e-8);
  }
});

Deno.test("convolutions say what is wrong with their arguments", () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const x: tf.Tensor4D = tf.ones([1, 4, 4, 3]), w: tf.Tensor4D = tf.ones([3, 3, 3, 2]);
    const cases: [() => void, string][] = [
      [
        () => conv2d(x, tf.ones([3, 3, 2, 2])),
        "x has 3 channels, but the filter [3,3,2,2] takes 2",
      ],
      [() => conv2d(x, w, { stride: 0 }), "stride must be an integer of at least 1, got 0"],
      [() => conv2d(x, w, { dilation: 1.5 }), "dilation must be an integer of at least 1, got 1.5"],
      [() => conv2d(x, w, { padding: -1 }), "padding must be an integer of at least 0, got -1"],
      [() => conv2d(x, w, { dilation: 2, padding: 0 }), "a window of 5 pixels does not fit into 4"],
      [
        () => depthwiseConv2d(x, tf.ones([3, 1, 3, 1])),
        "padding must be given for a filter of 3x1",
      ],
      [
        () => tf.conv2d(tf.ones([1, 3, 4, 4]) as tf.Tensor4D, w, 1, "same", "NCHW"),
        'dataFormat must be "NHWC", got "NCHW"',
      ],
    ];
    for (const [call, message] of cases) assertThrows(call, RangeError, message);
    assertThrows(
      () => conv2d(x, tf.ones([3, 3, 3, 2], "int32")),
      TypeError,
      "float32 tensor of rank 4",
    );
  });
  assertEquals(tf.memory().numTensors, before);
});
