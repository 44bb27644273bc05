import { assertLess } from "@std/assert";
import { convolutionWay, kernels, loadKernels, sampleMode } from "../../lib/engine/kernels.ts";
import { normals, withMemory } from "../support/kernel_memory.ts";
import {
  convReference,
  convSizes,
  depthwiseReference,
  depthwiseSizes,
  distance,
  dot,
  type Geometry,
  square,
} from "../support/reference_ops.ts";

const measures: Readonly<Record<keyof typeof sampleMode, (value: number) => number>> = {
  sign: Math.sign,
  absolute: Math.abs,
  square: (value) => value * value,
  sum: (value) => value,
};

/** The kernels of a family against each sample's gradient by the reference, `[samples][weights]`. */
function check(
  name: string,
  x: Float32Array,
  dy: Float32Array,
  grads: readonly ArrayLike<number>[],
  addGrads: (x: number, dy: number, acc: number, mode: number) => void,
  addDots: (x: number, dy: number, gram: number) => void,
): void {
  const size = grads[0]?.length ?? 0, samples = grads.length;
  const old = normals(size, `${name} old`);
  const oldGram = Float32Array.from(
    { length: samples * samples },
    (_, i) => Math.floor(i / samples) + i % samples,
  );
  withMemory(({ put, get }) => {
    const xAt = put(x), dyAt = put(dy);
    for (const [mode, measure] of Object.entries(measures)) {
      const accAt = put(old);
      addGrads(xAt, dyAt, accAt, sampleMode[mode as keyof typeof sampleMode]);
      const expected = Array.from(
        old,
        (value, i) => grads.reduce((sum, grad) => sum + measure(grad[i] as number), value),
      );
      assertLess(distance(get(accAt), expected), 3e-5, `${name}: ${mode}`);
    }
    const gramAt = put(oldGram);
    addDots(xAt, dyAt, gramAt);
    const expected = Array.from(oldGram, (value, i) => {
      const a = grads[Math.floor(i / samples)] ?? [], b = grads[i % samples] ?? [];
      return value + dot(a, b);
    });
    assertLess(distance(get(gramAt), expected), 3e-5, `${name}: dots`);
  });
}

/** A batch's samples one by one. */
function each(values: Float32Array, batch: number): Float32Array[] {
  const size = values.length / batch;
  return Array.from({ length: batch }, (_, i) => values.subarray(i * size, (i + 1) * size));
}

function checkConv(g: Geometry, out: number, relu: boolean): void {
  const name = `conv ${JSON.stringify({ ...g, out, relu })}`;
  const x = normals(g.batch * g.height * g.width * g.channels, `${name} x`);
  const filter = new Float32Array(g.kernelHeight * g.kernelWidth * g.channels * out);
  const dy = normals(convReference(g, out, x, filter).y.length, `${name} dy`);
  const seen = relu ? x.map((value) => Math.max(value, 0)) : x;
  const slopes = each(dy, g.batch), one = { ...g, batch: 1 };
  const grads = each(seen, g.batch).map((image, i) =>
    convReference(one, out, image, filter, slopes[i]).grads[1] ?? []
  );
  const sizes = convSizes(g, out), flag = relu ? 1 : 0;
  check(
    name,
    x,
    dy,
    grads,
    (x, dy, acc, mode) => kernels.convSampleGrads(x, dy, acc, mode, flag, ...sizes),
    (x, dy, gram) => kernels.convSampleDots(x, dy, gram, flag, ...sizes),
  );
}

function checkDepthwise(g: Geometry, multiplier: number, relu: boolean): void {
  const name = `depthwise ${JSON.stringify({ ...g, multiplier, relu })}`;
  const x = normals(g.batch * g.height * g.width * g.channels, `${name} x`);
  const filter = new Float32Array(g.kernelHeight * g.kernelWidth * g.channels * multiplier);
  const dy = normals(depthwiseReference(g, multiplier, x, filter).y.length, `${name} dy`);
  const seen = relu ? x.map((value) => Math.max(value, 0)) : x;
  const slopes = each(dy, g.batch), one = { ...g, batch: 1 };
  const grads = each(seen, g.batch).map((image, i) =>
    depthwiseReference(one, multiplier, image, filter, slopes[i]).grads[1] ?? []
  );
  const sizes = depthwiseSizes(g, multiplier), flag = relu ? 1 : 0;
  check(
    name,
    x,
    dy,
    grads,
    (x, dy, acc, mode) => kernels.depthwiseSampleGrads(x, dy, acc, mode, flag, ...sizes),
    (x, dy, gram) => kernels.depthwiseSampleDots(x, dy, gram, flag, ...sizes),
  );
}

const windows = [
  [1, { stride: 1, padding: 0 }],
  [1, { stride: 2, padding: 0 }],
  [3, { stride: 1, padding: 1 }],
  [3, { stride: 2, padding: 1 }],
  [3, { stride: 1, dilation: 2, padding: 2 }],
  [5, { stride: 1, padding: 2 }],
] as const;

for (
  const [build, way] of [
    ["simd", "direct"],
    ["simd", "winograd"],
    ["relaxed", "direct"],
    ["relaxed", "winograd"],
  ] as const
) {
  Deno.test(`sums and products of each sample's gradients equal plain loops, ${build} build, ${way}`, async () => {
    if (!await loadKernels(build)) return;
    kernels.chooseConvolution(convolutionWay[way]);
    for (const [kernel, options] of windows) {
      for (
        const [batch, channels, out] of [[1, 1, 3], [3, 3, 8], [2, 5, 5], [3, 8, 12], [2, 16, 16]]
      ) {
        for (const relu of [false, true]) {
          const shape = [batch, 5, 6, channels] as [number, number, number, number];
          checkConv(square(shape, kernel, options), out as number, relu);
        }
      }
      // A tile of Winograd's each, and a whole number of fours of them.
      for (const [size, channels, out] of [[4, 3, 5], [4, 8, 12], [8, 5, 8], [13, 4, 4]] as const) {
        if (size > 8 && kernel !== 3) continue;
        checkConv(square([2, size, size, channels], kernel, options), out, channels > 4);
      }
      for (const [batch, channels, times] of [[1, 1, 1], [3, 3, 2], [2, 8, 1], [3, 12, 1]]) {
        for (const relu of [false, true]) {
          const shape = [batch, 5, 6, channels] as [number, number, number, number];
          checkDepthwise(square(shape, kernel, options), times as number, relu);
        }
      }
    }
    for (const [rows, inner, outer] of [[1, 1, 1], [3, 5, 4], [5, 8, 10], [2, 16, 3]] as const) {
      const name = `linear ${rows} ${inner} ${outer}`;
      const x = normals(rows * inner, `${name} x`), dy = normals(rows * outer, `${name} dy`);
      const slopes = each(dy, rows);
      const grads = each(x, rows).map((row, n) =>
        Array.from(
          { length: inner * outer },
          (_, i) => (row[Math.floor(i / outer)] as number) * (slopes[n]?.[i % outer] as number),
        )
      );
      check(
        name,
        x,
        dy,
        grads,
        (x, dy, acc, mode) => kernels.linearSampleGrads(x, dy, acc, mode, rows, inner, outer),
        (x, dy, gram) => kernels.linearSampleDots(x, dy, gram, rows, inner, outer),
      );
    }
    await loadKernels("relaxed");
  });
}
