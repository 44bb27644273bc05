import { floatsAt, heap } from "../../engine/heap.ts";
import { copyWithin } from "../../engine/machine.ts";
import type { Shape } from "../../graph/mod.ts";
import { sizeOf } from "../../graph/ops/rules.ts";
import type { Buffer, Buffers } from "./buffers.ts";

/**
 * A node's value on one image, and how it changes when all weights grow by a common factor: its derivative
 * by the logarithm of that factor. No number is negative. Both are held over a power of two, so that
 * neither a very deep network's values nor its weights' products run out of range.
 */
export interface Flow {
  /** The shape of the value. */
  readonly shape: Shape;
  /** The value, then its derivative, `[2, ...shape]`, each to be multiplied by 2 to the exponent. */
  readonly pair: Buffer;
  /** The power of two; -Infinity where all is 0. */
  readonly exponent: number;
}

/** What is to become of flows. */
export interface Outcome {
  /** The shape of the value. */
  readonly shape: Shape;
  /** Lends the memory for it. */
  readonly buffers: Buffers;
}

/** Wraps numbers up as a flow, bringing them near 1 if they are far from it. */
export function flowOf({ shape, pair, exponent }: Flow, buffers: Buffers): Flow {
  return { shape, pair, exponent: exponent + buffers.settle(pair) };
}

/** Where the derivative begins, and how many numbers there are of it. */
export function derivativeOf({ pair }: Flow): { readonly address: number; readonly size: number } {
  const size = pair.floats / 2;
  return { address: pair.address + 4 * size, size };
}

/** A flow that does not depend on any weight. */
export function constantFlow(
  { shape, buffers }: Outcome,
  valueAt: (index: number) => number,
): Flow {
  const size = sizeOf(shape), pair = buffers.take(2 * size);
  const values = floatsAt(pair.address, pair.floats).fill(0, size);
  for (let i = 0; i < size; i++) values[i] = valueAt(i);
  return flowOf({ shape, pair, exponent: 0 }, buffers);
}

/** The sum of flows of one shape. */
export function addFlows(flows: readonly Flow[], buffers: Buffers): Flow {
  const exponent = largestExponent(flows);
  const largest = flows.findIndex((flow) => flow.exponent === exponent);
  const { shape, pair: { address: from, floats: count } } = flows[largest] as Flow;
  const pair = buffers.take(count);
  copyWithin(heap, { from, to: pair.address, count });
  flows.forEach(({ pair: { address }, exponent: own }, i) => {
    if (i === largest || own === -Infinity) return;
    heap.kernels.scaleInto(address, 2 ** (own - exponent), pair.address, count);
  });
  return flowOf({ shape, pair, exponent }, buffers);
}

/** The mean of flows of one shape. */
export function meanOfFlows(flows: readonly Flow[], buffers: Buffers): Flow {
  const sum = addFlows(flows, buffers), { address, floats } = sum.pair;
  heap.kernels.scale(address, 1 / flows.length, address, floats);
  return sum;
}

/** Joins flows along their channels. */
export function concatFlows(flows: readonly Flow[], { shape, buffers }: Outcome): Flow {
  const exponent = largestExponent(flows), width = shape.at(-1) as number;
  const pair = buffers.take(2 * sizeOf(shape));
  const joined = floatsAt(pair.address, pair.floats);
  let start = 0;
  for (const { shape, pair: { address, floats }, exponent: own } of flows) {
    const factor = own === -Infinity ? 0 : 2 ** (own - exponent);
    const channels = shape.at(-1) as number, part = floatsAt(address, floats);
    for (let from = 0, to = start; from < floats; from += channels, to += width) {
      for (let c = 0; c < channels; c++) joined[to + c] = factor * (part[from + c] as number);
    }
    start += channels;
  }
  return flowOf({ shape, pair, exponent }, buffers);
}

/** The product of flows: of one shape, or of images and gates `[channels]`. */
export function multiplyFlows([first, ...others]: readonly Flow[], buffers: Buffers): Flow {
  let product = first as Flow;
  for (const other of others) {
    const before = product;
    product = multiply(before, other, buffers);
    if (before !== first) buffers.giveBack(before.pair);
  }
  return product;
}

function multiply(a: Flow, b: Flow, buffers: Buffers): Flow {
  const [image, gate] = a.pair.floats >= b.pair.floats ? [a, b] : [b, a];
  const { address: x, floats } = image.pair, { address: g } = gate.pair;
  const { address: dx, size } = derivativeOf(image);
  const { address: dg, size: channels } = derivativeOf(gate);
  const pair = buffers.take(floats), y = pair.address, dy = y + 4 * size;
  const { kernels } = heap, sizes = [1, size / channels, channels] as const;
  kernels.gate(x, g, y, ...sizes);
  kernels.gate(dx, g, dy, ...sizes);
  kernels.gateInto(x, dg, dy, ...sizes);
  const exponent = image.exponent + gate.exponent;
  return flowOf({ shape: image.shape, pair, exponent }, buffers);
}

function largestExponent(flows: readonly Flow[]): number {
  return Math.max(...flows.map(({ exponent }) => exponent));
}
