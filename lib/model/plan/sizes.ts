import type { ConvSizes, DepthwiseSizes, PoolSizes } from "../../engine/kernels.ts";
import { fullWindow, type GraphNode, type Shape } from "../../graph/mod.ts";
import type { NodeOf } from "./lowering.ts";

/** Sizes that a kernel takes, less the batch, which comes first and is known only when it runs. */
export type WithoutBatch<T extends readonly number[]> = T extends
  readonly [number, ...infer Rest extends readonly number[]] ? Rest : never;

/** Knows the shapes of values, without the batch. */
export interface Shapes {
  /** That of the value that a node returns. */
  shapeOf(node: string): Shape;
  /** That of the value that a node reads, the first when there are more. */
  inputShape(node: GraphNode): Shape;
}

/** The sizes of a convolution. */
export function convSizes(node: NodeOf<"conv">, shapes: Shapes): WithoutBatch<ConvSizes> {
  const [height, width, channels] = imageOf(shapes.inputShape(node));
  const [outHeight, outWidth, outChannels] = imageOf(shapes.shapeOf(node.name));
  return [height, width, channels, outHeight, outWidth, outChannels, ...windowSizes(node)];
}

/** The sizes of a depthwise convolution. */
export function depthwiseSizes(
  node: NodeOf<"depthwise">,
  shapes: Shapes,
): WithoutBatch<DepthwiseSizes> {
  const [height, width, channels] = imageOf(shapes.inputShape(node));
  const [outHeight, outWidth] = imageOf(shapes.shapeOf(node.name));
  const { multiplier = 1 } = node;
  return [height, width, channels, multiplier, outHeight, outWidth, ...windowSizes(node)];
}

/** The sizes of a pool. */
export function poolSizes(node: NodeOf<"avgPool">, shapes: Shapes): WithoutBatch<PoolSizes> {
  const [height, width, channels] = imageOf(shapes.inputShape(node));
  const [outHeight, outWidth] = imageOf(shapes.shapeOf(node.name));
  const { kernel, stride, padding } = fullWindow(node);
  const window = [kernel, kernel, stride, stride, padding, padding] as const;
  return [height, width, channels, outHeight, outWidth, ...window];
}

type SquareWindow = readonly [number, number, number, number, number, number, number, number];

function windowSizes(node: NodeOf<"conv" | "depthwise">): SquareWindow {
  const { kernel, stride, dilation, padding } = fullWindow(node);
  return [kernel, kernel, stride, stride, dilation, dilation, padding, padding];
}

function imageOf(shape: Shape): readonly [height: number, width: number, channels: number] {
  return shape as readonly [number, number, number];
}
