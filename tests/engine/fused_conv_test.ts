import { assertLess } from "@std/assert";
import { convolutionWay, kernels, loadKernels } from "../../lib/engine/kernels.ts";
import { normals, withMemory } from "../support/kernel_memory.ts";
import {
  convReference,
  convSizes,
  depthwiseReference,
  depthwiseSizes,
  distance,
  type Geometry,
  square,
} from "../support/reference_ops.ts";

/** What a kernel family is called with, and its reference. */
interface Family {
  readonly forward: (x: number, filter: number, y: number) => void;
  readonly inputGrad: (
    dy: number,
    filter: number,
    dx: number,
    mask: number,
    accumulate: number,
  ) => void;
  readonly filterGrad: (x: number, dy: number, g: number) => void;
  readonly reference: (
    x: ArrayLike<number>,
    filter: ArrayLike<number>,
    dy?: ArrayLike<number>,
  ) => { readonly y: Float64Array; readonly grads: readonly Float64Array[] };
  readonly filterSize: number;
}

function convFamily(g: Geometry, out: number): Family {
  const sizes = convSizes(g, out);
  return {
    forward: (x, filter, y) => kernels.reluConv(x, filter, y, ...sizes),
    inputGrad: (dy, filter, dx, mask, accumulate) =>
      kernels.convInputGradInto(dy, filter, dx, mask, accumulate, ...sizes),
    filterGrad: (x, dy, dFilter) => kernels.reluConvFilterGrad(x, dy, dFilter, ...sizes),
    reference: (x, filter, dy) => convReference(g, out, x, filter, dy),
    filterSize: g.kernelHeight * g.kernelWidth * g.channels * out,
  };
}

function depthwiseFamily(g: Geometry, multiplier: number): Family {
  const sizes = depthwiseSizes(g, multiplier);
  return {
    forward: (x, filter, y) => kernels.reluDepthwise(x, filter, y, ...sizes),
    inputGrad: (dy, filter, dx, mask, accumulate) =>
      kernels.depthwiseInputGradInto(dy, filter, dx, mask, accumulate, ...sizes),
    filterGrad: (x, dy, dFilter) => kernels.reluDepthwiseFilterGrad(x, dy, dFilter, ...sizes),
    reference: (x, filter, dy) => depthwiseReference(g, multiplier, x, filter, dy),
    filterSize: g.kernelHeight * g.kernelWidth * g.channels * multiplier,
  };
}

function check(name: string, g: Geometry, family: Family): void {
  // Zeros among them, where a ReLU passes nothing back.
  const x = normals(g.batch * g.height * g.width * g.channels, `${name} x`)
    .map((value, i) => i % 5 === 2 ? 0 : value);
  const filter = normals(family.filterSize, `${name} filter`);
  const old = normals(x.length, `${name} old`);
  const rectified = x.map((value) => Math.max(value, 0));
  const dy = normals(family.reference(x, filter).y.length, `${name} dy`);
  const { y, grads: [dx = [], dFilter = []] } = family.reference(rectified, filter, dy);
  withMemory(({ put, room, get }) => {
    const xAt = put(x), filterAt = put(filter), dyAt = put(dy);
    const yAt = room(y.length), dFilterAt = room(filter.length);
    family.forward(xAt, filterAt, yAt);
    assertLess(distance(get(yAt), y), 3e-5, `${name}: y`);
    family.filterGrad(xAt, dyAt, dFilterAt);
    // A filter of one weight may happen to have next to no gradient: it is no better known than one of 1.
    assertLess(distance([...get(dFilterAt), 1], [...dFilter, 1]), 3e-5, `${name}: filter`);
    for (const masked of [false, true]) {
      for (const accumulate of [0, 1]) {
        const dxAt = accumulate ? put(old) : room(x.length);
        family.inputGrad(dyAt, filterAt, dxAt, masked ? xAt : 0, accumulate);
        const expected = Array.from(
          dx,
          (value, i) =>
            (masked && (x[i] as number) <= 0 ? 0 : value) +
            (accumulate ? old[i] as number : 0),
        );
        assertLess(distance(get(dxAt), expected), 3e-5, `${name}: dx, ${masked} ${accumulate}`);
      }
    }
  });
}

const windows = [
  [1, { stride: 1, padding: 0 }],
  [1, { stride: 2, padding: 0 }],
  [3, { stride: 1, padding: 1 }],
  [3, { stride: 1, padding: 0 }],
  [3, { stride: 2, padding: 1 }],
  [3, { stride: 1, dilation: 2, padding: 2 }],
  [5, { stride: 1, padding: 2 }],
  [5, { stride: 2, dilation: 2, padding: 4 }],
] as const;

for (
  const [build, way] of [
    ["simd", "direct"],
    ["simd", "winograd"],
    ["relaxed", "direct"],
    ["relaxed", "winograd"],
  ] as const
) {
  Deno.test(`convolutions of a ReLU and masked, added gradients equal plain loops, ${build} build, ${way}`, async () => {
    if (!await loadKernels(build)) return;
    kernels.chooseConvolution(convolutionWay[way]);
    let turn = 0;
    for (const [kernel, options] of windows) {
      for (
        const [batch, channels, out] of [[1, 1, 3], [2, 3, 8], [3, 5, 5], [1, 8, 12], [2, 16, 16]]
      ) {
        const shape = [batch, 7, turn++ % 2 ? 5 : 12, channels] as [number, number, number, number];
        const g = square(shape, kernel, options);
        check(`conv ${JSON.stringify({ ...g, out })}`, g, convFamily(g, out as number));
      }
      for (
        const [batch, channels, times] of [[1, 1, 1], [2, 3, 2], [1, 8, 1], [2, 12, 1], [1, 4, 3]]
      ) {
        const shape = [batch, 7, turn++ % 2 ? 5 : 12, channels] as [number, number, number, number];
        const g = square(shape, kernel, options), multiplier = times as number;
        check(`depthwise ${JSON.stringify({ ...g, times })}`, g, depthwiseFamily(g, multiplier));
      }
    }
    await loadKernels("relaxed");
  });
}
