import { floatsAt, heap } from "../../engine/heap.ts";
import { fullWindow, type Shape } from "../../graph/mod.ts";
import { sizeOf } from "../../graph/ops/rules.ts";
import type { NodeOf } from "../../model/plan/lowering.ts";
import { convSizes, depthwiseSizes, poolSizes, type Shapes } from "../../model/plan/sizes.ts";
import type { Buffer, Buffers } from "./buffers.ts";
import { derivativeOf, type Flow, flowOf, type Outcome } from "./flow.ts";

type Image = readonly [height: number, width: number, channels: number];

/** Images that kernels are given: a value and its derivative. */
const PAIR = 2;

/**
 * A flow through a convolution or linear layer, whose weights are part of what grows. Of the weights the
 * absolute values count.
 */
export function weighFlow(
  node: NodeOf<"conv" | "depthwise" | "linear">,
  flow: Flow,
  { weight, shape, buffers }: Outcome & { readonly weight: Float32Array },
): Flow {
  const { filter, exponent } = filterOf(weight, buffers);
  const pair = buffers.take(PAIR * sizeOf(shape));
  const at = [flow.pair.address, filter.address] as const, y = pair.address;
  const { kernels } = heap, shapes = shapesOf(flow, shape);
  if (node.op === "conv") kernels.conv(...at, y, PAIR, ...convSizes(node, shapes));
  else if (node.op === "depthwise") {
    kernels.depthwise(...at, y, PAIR, ...depthwiseSizes(node, shapes));
  } else kernels.linear(...at, 0, y, PAIR, sizeOf(flow.shape), node.features);
  buffers.giveBack(filter);
  const weighed = { shape, pair, exponent: flow.exponent + exponent };
  // The derivative of a product of layer and value: the value comes in once more.
  const { address, size } = derivativeOf(weighed);
  kernels.addInto(y, address, size);
  return flowOf(weighed, buffers);
}

/** Absolute weights, each to be multiplied by 2 to the exponent. */
function filterOf(weight: Float32Array, buffers: Buffers): { filter: Buffer; exponent: number } {
  const { length } = weight, filter = buffers.take(length);
  const values = floatsAt(filter.address, length);
  for (let i = 0; i < length; i++) values[i] = Math.abs(weight[i] as number);
  return { filter, exponent: buffers.settle(filter) };
}

/** A flow through the mean of each window. */
export function averageFlow(
  node: NodeOf<"avgPool">,
  flow: Flow,
  { shape, buffers }: Outcome,
): Flow {
  const pair = buffers.take(PAIR * sizeOf(shape));
  const sizes = poolSizes(node, shapesOf(flow, shape));
  heap.kernels.avgPool(flow.pair.address, pair.address, PAIR, ...sizes);
  return flowOf({ shape, pair, exponent: flow.exponent }, buffers);
}

/** A flow that is enlarged. */
export function enlargeFlow(
  { factor, mode }: NodeOf<"upsample">,
  flow: Flow,
  { shape, buffers }: Outcome,
): Flow {
  const pair = buffers.take(PAIR * sizeOf(shape));
  const sizes = [PAIR, ...flow.shape as Image, factor] as const;
  heap.kernels.upsample(flow.pair.address, pair.address, mode === "nearest" ? 0 : 1, ...sizes);
  return flowOf({ shape, pair, exponent: flow.exponent }, buffers);
}

/** The mean of each channel of a flow. */
export function meanFlow(flow: Flow, { shape, buffers }: Outcome): Flow {
  const [height, width, channels] = flow.shape as Image;
  const pair = buffers.take(PAIR * channels);
  heap.kernels.globalAvgPool(flow.pair.address, pair.address, PAIR, height * width, channels);
  return flowOf({ shape, pair, exponent: flow.exponent }, buffers);
}

/** The maximum of each window of a flow, and the derivative of the first value that is it. */
export function maximumFlow(
  node: NodeOf<"maxPool">,
  flow: Flow,
  { shape, buffers }: Outcome,
): Flow {
  const { kernel, stride, padding } = fullWindow(node);
  const [height, width, channels] = flow.shape as Image, [rows, columns] = shape as Image;
  const pair = buffers.take(PAIR * sizeOf(shape)), to = pair.floats / 2;
  const values = floatsAt(flow.pair.address, flow.pair.floats), from = values.length / 2;
  const result = floatsAt(pair.address, pair.floats);
  for (let row = 0, at = 0; row < rows; row++) {
    const [top, bottom] = within(row * stride - padding, kernel, height);
    for (let column = 0; column < columns; column++) {
      const [left, right] = within(column * stride - padding, kernel, width);
      for (let c = 0; c < channels; c++, at++) {
        let best = (top * width + left) * channels + c;
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < right; x++) {
            const next = (y * width + x) * channels + c;
            if ((values[next] as number) > (values[best] as number)) best = next;
          }
        }
        result[at] = values[best] as number;
        result[to + at] = values[from + best] as number;
      }
    }
  }
  return flowOf({ shape, pair, exponent: flow.exponent }, buffers);
}

/** The part of a window that lies within so many pixels. */
function within(start: number, kernel: number, size: number): [from: number, to: number] {
  return [Math.max(start, 0), Math.min(start + kernel, size)];
}

/** The shapes that go into and come out of a layer. */
function shapesOf(flow: Flow, shape: Shape): Shapes {
  return { inputShape: () => flow.shape, shapeOf: () => shape };
}
