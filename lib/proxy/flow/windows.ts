import { avgPool, conv2d, depthwiseConv2d } from "../../engine/ops.ts";
import type { Tensor, Tensor4D } from "../../engine/tensor.ts";
import { tf } from "../../engine/tf.ts";
import { fullWindow, type GraphNode, type Shape, type Window } from "../../graph/mod.ts";
import { sizeOf } from "../../graph/ops/rules.ts";
import { upsample } from "../../model/upsample.ts";
import { type Flow, flowOf } from "./flow.ts";

type NodeOf<K extends GraphNode["op"]> = Extract<GraphNode, { readonly op: K }>;
type Image = readonly [height: number, width: number, channels: number];

/** A flow through a convolution or linear layer, whose weights are part of what grows. */
export function weighFlow(
  node: NodeOf<"conv" | "depthwise" | "linear">,
  flow: Flow,
  { weight, shape }: { readonly weight: Float32Array; readonly shape: Shape },
): Flow {
  const { pair, exponent } = flow, size = pair.length / 2;
  // The derivative of a product of layer and value: the value comes in once more.
  const input = pair.slice();
  for (let i = 0; i < size; i++) input[size + i] = (pair[size + i] as number) + (pair[i] as number);
  const inner = flow.shape.at(-1) as number, outer = shape.at(-1) as number;
  const result = onTape(() => {
    const x = tf.tensor(input, [2, ...flow.shape]);
    if (node.op === "linear") return tf.matMul(x, tf.tensor2d(weight, [inner, outer]));
    const { kernel } = node, window = fullWindow(node);
    if (node.op === "conv") {
      return conv2d(x as Tensor4D, tf.tensor4d(weight, [kernel, kernel, inner, outer]), window);
    }
    const filter = tf.tensor4d(weight, [kernel, kernel, inner, outer / inner]);
    return depthwiseConv2d(x as Tensor4D, filter, window);
  });
  return flowOf(shape, result, exponent);
}

/** A flow through the mean of each window. */
export function averageFlow(node: Window, { pair, ...flow }: Flow, shape: Shape): Flow {
  const average = () => avgPool(tf.tensor4d(pair, [2, ...flow.shape as Image]), fullWindow(node));
  return flowOf(shape, onTape(average), flow.exponent);
}

/** A flow that is enlarged. */
export function enlargeFlow(node: NodeOf<"upsample">, { pair, ...flow }: Flow, shape: Shape): Flow {
  const enlarge = () => upsample(tf.tensor4d(pair, [2, ...flow.shape as Image]), node);
  return flowOf(shape, onTape(enlarge), flow.exponent);
}

/** The mean of each channel of a flow. */
export function meanFlow({ shape, pair, exponent }: Flow): Flow {
  const [height, width, channels] = shape as Image, pixels = height * width;
  const mean = new Float64Array(2 * channels);
  for (let i = 0; i < pair.length; i++) {
    const at = (i < pixels * channels ? 0 : channels) + i % channels;
    mean[at] = (mean[at] as number) + (pair[i] as number) / pixels;
  }
  return flowOf([channels], Float32Array.from(mean), exponent);
}

/** The maximum of each window of a flow, and the derivative of the first value that is it. */
export function maximumFlow(node: Window, flow: Flow, shape: Shape): Flow {
  const { kernel, stride, padding } = fullWindow(node), { pair } = flow, from = pair.length / 2;
  const [height, width, channels] = flow.shape as Image, [rows, columns] = shape as Image;
  const to = sizeOf(shape), result = new Float32Array(2 * to);
  for (let row = 0, at = 0; row < rows; row++) {
    const [top, bottom] = within(row * stride - padding, kernel, height);
    for (let column = 0; column < columns; column++) {
      const [left, right] = within(column * stride - padding, kernel, width);
      for (let c = 0; c < channels; c++, at++) {
        let best = (top * width + left) * channels + c;
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < right; x++) {
            const next = (y * width + x) * channels + c;
            if ((pair[next] as number) > (pair[best] as number)) best = next;
          }
        }
        result[at] = pair[best] as number;
        result[to + at] = pair[from + best] as number;
      }
    }
  }
  return flowOf(shape, result, flow.exponent);
}

/** The part of a window that lies within so many pixels. */
function within(start: number, kernel: number, size: number): [from: number, to: number] {
  return [Math.max(start, 0), Math.min(start + kernel, size)];
}

/** What some tfjs code returns, as plain numbers. */
function onTape(compute: () => Tensor): Float32Array {
  const result = tf.tidy(compute);
  const values = result.dataSync() as Float32Array; // not from within: tidy walks over what it returns
  result.dispose();
  return values;
}
