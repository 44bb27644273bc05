/**
 * The engine's ops written down once more as plain loops in float64, slow and easy to check: what the
 * kernels are compared with.
 */

import type { ConvSizes, DepthwiseSizes, PoolSizes } from "../../lib/engine/kernels.ts";

/** A convolution's or pool's sizes. `multiplier` for depthwise ones, `out` for the others. */
export interface Geometry {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** A square geometry with equal sides. */
export function square(
  shape: readonly [number, number, number, number],
  kernel: number,
  { stride = 1, dilation = 1, padding = 0 } = {},
): Geometry {
  const [batch, height, width, channels] = shape;
  return {
    batch,
    height,
    width,
    channels,
    kernelHeight: kernel,
    kernelWidth: kernel,
    strideHeight: stride,
    strideWidth: stride,
    dilationHeight: dilation,
    dilationWidth: dilation,
    top: padding,
    bottom: padding,
    left: padding,
    right: padding,
  };
}

/** Rows and columns of the output. */
export function outputSize(g: Geometry): [height: number, width: number] {
  const size = (all: number, kernel: number, stride: number, dilation: number): number =>
    Math.floor((all - dilation * (kernel - 1) - 1) / stride) + 1;
  return [
    size(g.height + g.top + g.bottom, g.kernelHeight, g.strideHeight, g.dilationHeight),
    size(g.width + g.left + g.right, g.kernelWidth, g.strideWidth, g.dilationWidth),
  ];
}

/** The geometry of a convolution in the order in which the kernels take it. */
export function convSizes(g: Geometry, out: number): ConvSizes {
  const [outHeight, outWidth] = outputSize(g);
  return [
    g.batch,
    g.height,
    g.width,
    g.channels,
    outHeight,
    outWidth,
    out,
    g.kernelHeight,
    g.kernelWidth,
    g.strideHeight,
    g.strideWidth,
    g.dilationHeight,
    g.dilationWidth,
    g.top,
    g.left,
  ];
}

/** The geometry of a depthwise convolution in the order in which the kernels take it. */
export function depthwiseSizes(g: Geometry, multiplier: number): DepthwiseSizes {
  const [n, h, w, c, oh, ow, , ...rest] = convSizes(g, 0);
  return [n, h, w, c, multiplier, oh, ow, ...rest];
}

/** The geometry of a pool in the order in which the kernels take it. */
export function poolSizes(g: Geometry): PoolSizes {
  const [n, h, w, c, oh, ow, , kh, kw, strideH, strideW, , , top, left] = convSizes(g, 0);
  return [n, h, w, c, oh, ow, kh, kw, strideH, strideW, top, left];
}

/** Visits each pixel of each window: indices of the input pixel, the tap and the output pixel. */
function visitWindows(
  g: Geometry,
  visit: (input: number, tap: number, output: number) => void,
): void {
  const [outHeight, outWidth] = outputSize(g);
  for (let n = 0; n < g.batch; n++) {
    for (let i = 0; i < outHeight; i++) {
      for (let j = 0; j < outWidth; j++) {
        for (let a = 0; a < g.kernelHeight; a++) {
          for (let b = 0; b < g.kernelWidth; b++) {
            const h = i * g.strideHeight + a * g.dilationHeight - g.top;
            const w = j * g.strideWidth + b * g.dilationWidth - g.left;
            if (h < 0 || h >= g.height || w < 0 || w >= g.width) continue;
            visit(
              (n * g.height + h) * g.width + w,
              a * g.kernelWidth + b,
              (n * outHeight + i) * outWidth + j,
            );
          }
        }
      }
    }
  }
}

/** A function's value and its gradients for a given slope of the value. */
export interface Reference {
  readonly y: Float64Array;
  readonly grads: readonly Float64Array[];
}

type Floats = ArrayLike<number>;
const at = (values: Floats, i: number): number => values[i] as number;

/** Convolution: x `[n, h, w, c]`, filter `[kh, kw, c, out]`; gradients of x and filter. */
export function convReference(
  g: Geometry,
  out: number,
  x: Floats,
  filter: Floats,
  dy?: Floats,
): Reference {
  const [outHeight, outWidth] = outputSize(g);
  const y = new Float64Array(g.batch * outHeight * outWidth * out);
  const dx = new Float64Array(x.length), dFilter = new Float64Array(filter.length);
  visitWindows(g, (input, tap, output) => {
    for (let c = 0; c < g.channels; c++) {
      for (let o = 0; o < out; o++) {
        const xi = input * g.channels + c, wi = (tap * g.channels + c) * out + o;
        const yi = output * out + o;
        y[yi] = at(y, yi) + at(x, xi) * at(filter, wi);
        if (!dy) continue;
        dx[xi] = at(dx, xi) + at(dy, yi) * at(filter, wi);
        dFilter[wi] = at(dFilter, wi) + at(dy, yi) * at(x, xi);
      }
    }
  });
  return { y, grads: [dx, dFilter] };
}

/** Depthwise convolution: x `[n, h, w, c]`, filter `[kh, kw, c, m]`; gradients of x and filter. */
export function depthwiseReference(
  g: Geometry,
  multiplier: number,
  x: Floats,
  filter: Floats,
  dy?: Floats,
): Reference {
  const [outHeight, outWidth] = outputSize(g);
  const out = g.channels * multiplier;
  const y = new Float64Array(g.batch * outHeight * outWidth * out);
  const dx = new Float64Array(x.length), dFilter = new Float64Array(filter.length);
  visitWindows(g, (input, tap, output) => {
    for (let c = 0; c < g.channels; c++) {
      for (let m = 0; m < multiplier; m++) {
        const xi = input * g.channels + c, wi = (tap * g.channels + c) * multiplier + m;
        const yi = output * out + c * multiplier + m;
        y[yi] = at(y, yi) + at(x, xi) * at(filter, wi);
        if (!dy) continue;
        dx[xi] = at(dx, xi) + at(dy, yi) * at(filter, wi);
        dFilter[wi] = at(dFilter, wi) + at(dy, yi) * at(x, xi);
      }
    }
  });
  return { y, grads: [dx, dFilter] };
}

/** The mean of each window over the pixels in it; gradient of x. */
export function avgPoolReference(g: Geometry, x: Floats, dy?: Floats): Reference {
  const [outHeight, outWidth] = outputSize(g);
  const y = new Float64Array(g.batch * outHeight * outWidth * g.channels);
  const dx = new Float64Array(x.length);
  const count = new Float64Array(g.batch * outHeight * outWidth);
  visitWindows(g, (_input, _tap, output) => count[output] = at(count, output) + 1);
  visitWindows(g, (input, _tap, output) => {
    for (let c = 0; c < g.channels; c++) {
      const xi = input * g.channels + c, yi = output * g.channels + c;
      y[yi] = at(y, yi) + at(x, xi) / at(count, output);
      if (dy) dx[xi] = at(dx, xi) + at(dy, yi) / at(count, output);
    }
  });
  return { y, grads: [dx] };
}

/** The maximum of each window; gradient of x, to the first maximum. */
export function maxPoolReference(g: Geometry, x: Floats, dy?: Floats): Reference {
  const [outHeight, outWidth] = outputSize(g);
  const y = new Float64Array(g.batch * outHeight * outWidth * g.channels).fill(-Infinity);
  const from = new Int32Array(y.length).fill(-1);
  const dx = new Float64Array(x.length);
  visitWindows(g, (input, _tap, output) => {
    for (let c = 0; c < g.channels; c++) {
      const xi = input * g.channels + c, yi = output * g.channels + c;
      if (at(x, xi) <= at(y, yi)) continue;
      y[yi] = at(x, xi);
      from[yi] = xi;
    }
  });
  if (dy) from.forEach((xi, yi) => dx[xi] = at(dx, xi) + at(dy, yi));
  return { y, grads: [dx] };
}

/** Batch norm of x `[m, c]` by its own statistics. */
export function batchNormReference(
  channels: number,
  epsilon: number,
  x: Floats,
  gamma: Floats,
  beta: Floats,
): { readonly y: Float64Array; readonly mean: Float64Array; readonly variance: Float64Array } {
  const rows = x.length / channels;
  const y = new Float64Array(x.length);
  const mean = new Float64Array(channels), variance = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += at(x, i * channels + c);
    mean[c] = sum / rows;
    let squares = 0;
    for (let i = 0; i < rows; i++) squares += (at(x, i * channels + c) - at(mean, c)) ** 2;
    variance[c] = squares / rows;
    for (let i = 0; i < rows; i++) {
      const k = i * channels + c;
      y[k] = (at(x, k) - at(mean, c)) / Math.sqrt(at(variance, c) + epsilon) * at(gamma, c) +
        at(beta, c);
    }
  }
  return { y, mean, variance };
}

/** Central differences of a scalar function of many values. */
export function differences(f: (x: Float64Array) => number, x: Floats, step = 1e-5): Float64Array {
  const moved = Float64Array.from(x);
  return Float64Array.from(x, (value, i) => {
    moved[i] = value + step;
    const high = f(moved);
    moved[i] = value - step;
    const low = f(moved);
    moved[i] = value;
    return (high - low) / (2 * step);
  });
}

/** The sum of the products of two lists. */
export function dot(a: Floats, b: Floats): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += at(a, i) * at(b, i);
  return sum;
}

/** The largest distance of two lists, relative to the largest value of the second. */
export function distance(actual: Floats, expected: Floats): number {
  if (actual.length !== expected.length) return Infinity;
  let most = 0, scale = 1e-30;
  for (let i = 0; i < actual.length; i++) {
    const d = Math.abs(at(actual, i) - at(expected, i));
    most = d <= most ? most : d; // a NaN sticks
    scale = Math.max(scale, Math.abs(at(expected, i)));
  }
  return most / scale;
}
