import type { Shape } from "../../graph/mod.ts";
import { sizeOf } from "../../graph/ops/rules.ts";

/**
 * A node's value on one image, and how it changes when all weights grow by a common factor: its derivative
 * by the logarithm of that factor. No number is negative. Both are held over a power of two, so that
 * neither a very deep network's values nor its weights' products run out of range.
 */
export interface Flow {
  /** The shape of the value. */
  readonly shape: Shape;
  /** The value, then its derivative, `[2, ...shape]`, each to be multiplied by 2 to the exponent. */
  readonly pair: Float32Array;
  /** The power of two; -Infinity where all is 0. */
  readonly exponent: number;
}

/** Wraps numbers up as a flow, bringing the largest of them near 1 if it is far from it. */
export function flowOf(shape: Shape, pair: Float32Array, exponent: number): Flow {
  let most = 0;
  for (let i = 0; i < pair.length; i++) if ((pair[i] as number) > most) most = pair[i] as number;
  if (most === 0) return { shape, pair, exponent: -Infinity };
  const shift = Math.floor(Math.log2(most));
  if (Math.abs(shift) < 8) return { shape, pair, exponent };
  const factor = 2 ** -shift;
  for (let i = 0; i < pair.length; i++) pair[i] = (pair[i] as number) * factor;
  return { shape, pair, exponent: exponent + shift };
}

/** A flow that does not depend on any weight. */
export function constantFlow(shape: Shape, valueAt: (index: number) => number): Flow {
  const size = sizeOf(shape), pair = new Float32Array(2 * size);
  for (let i = 0; i < size; i++) pair[i] = valueAt(i);
  return flowOf(shape, pair, 0);
}

/** The sum of flows of one shape. */
export function addFlows(flows: readonly Flow[]): Flow {
  const { shape, pair: { length } } = flows[0] as Flow;
  const exponent = largestExponent(flows);
  const sum = new Float32Array(length);
  for (const { pair, exponent: own } of flows) {
    if (own === -Infinity) continue;
    const factor = 2 ** (own - exponent);
    for (let i = 0; i < length; i++) sum[i] = (sum[i] as number) + factor * (pair[i] as number);
  }
  return flowOf(shape, sum, exponent);
}

/** Joins flows along their channels. */
export function concatFlows(flows: readonly Flow[], shape: Shape): Flow {
  const exponent = largestExponent(flows), width = shape.at(-1) as number;
  const joined = new Float32Array(2 * sizeOf(shape));
  let start = 0;
  for (const { shape, pair, exponent: own } of flows) {
    const factor = own === -Infinity ? 0 : 2 ** (own - exponent);
    const channels = shape.at(-1) as number;
    for (let from = 0, to = start; from < pair.length; from += channels, to += width) {
      for (let c = 0; c < channels; c++) joined[to + c] = factor * (pair[from + c] as number);
    }
    start += channels;
  }
  return flowOf(shape, joined, exponent);
}

/** The product of two flows: of one shape, or of an image and a gate `[channels]`. */
export function multiplyFlows(a: Flow, b: Flow): Flow {
  const [image, gate] = a.pair.length >= b.pair.length ? [a, b] : [b, a];
  const size = image.pair.length / 2, period = gate.pair.length / 2;
  const product = new Float32Array(2 * size);
  for (let i = 0; i < size; i++) {
    const x = image.pair[i] as number, g = gate.pair[i % period] as number;
    product[i] = x * g;
    product[size + i] = (image.pair[size + i] as number) * g +
      x * (gate.pair[period + i % period] as number);
  }
  return flowOf(image.shape, product, image.exponent + gate.exponent);
}

function largestExponent(flows: readonly Flow[]): number {
  return Math.max(...flows.map(({ exponent }) => exponent));
}
