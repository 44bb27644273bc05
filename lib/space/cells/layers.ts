import type { GraphBuilder } from "../../graph/mod.ts";

/**
 * All operations that a cell can have: a ReLU, a convolution (`conv`; `sep`: depthwise separable,
 * applied twice; `dil`: depthwise separable with a dilation of 2) and a batch norm; pooling; or
 * nothing.
 */
export const cellOps = [
  "skip_connect",
  "conv_1x1",
  "conv_3x3",
  "conv_5x5",
  "sep_conv_3x3",
  "sep_conv_5x5",
  "sep_conv_7x7",
  "dil_conv_3x3",
  "dil_conv_5x5",
  "avg_pool_3x3",
  "max_pool_3x3",
  "max_pool_5x5",
  "max_pool_7x7",
] as const;

/** An operation of a cell. */
export type CellOp = typeof cellOps[number];

/** What the operations do, and the side of their window in pixels. */
const layers: {
  readonly [op in CellOp]: {
    readonly kind: "skip" | "conv" | "separable" | "dilated" | "avgPool" | "maxPool";
    readonly kernel: number;
  };
} = {
  skip_connect: { kind: "skip", kernel: 1 },
  conv_1x1: { kind: "conv", kernel: 1 },
  conv_3x3: { kind: "conv", kernel: 3 },
  conv_5x5: { kind: "conv", kernel: 5 },
  sep_conv_3x3: { kind: "separable", kernel: 3 },
  sep_conv_5x5: { kind: "separable", kernel: 5 },
  sep_conv_7x7: { kind: "separable", kernel: 7 },
  dil_conv_3x3: { kind: "dilated", kernel: 3 },
  dil_conv_5x5: { kind: "dilated", kernel: 5 },
  avg_pool_3x3: { kind: "avgPool", kernel: 3 },
  max_pool_3x3: { kind: "maxPool", kernel: 3 },
  max_pool_5x5: { kind: "maxPool", kernel: 5 },
  max_pool_7x7: { kind: "maxPool", kernel: 7 },
};

/** A value in a network: `[size, size, channels]`. */
export interface CellValue {
  /** The node that computes it. */
  readonly name: string;
  /** Height and width in pixels. */
  readonly size: number;
  /** Its channels. */
  readonly channels: number;
}

/** Height and width of what a stride of 2 leaves. */
export function halfOf(size: number): number {
  return Math.ceil(size / 2);
}

/** Adds an operation that keeps the channels; at stride 2 it halves the size. */
export function addCellOp(
  net: GraphBuilder,
  name: string,
  { op, stride, from }: {
    readonly op: CellOp;
    readonly stride: 1 | 2;
    readonly from: CellValue;
  },
): CellValue {
  const { kind, kernel } = layers[op];
  const { channels } = from;
  const size = stride === 2 ? halfOf(from.size) : from.size;
  if (kind === "skip") {
    return stride === 1 ? from : addProjection(net, name, { channels, size, from });
  }
  if (kind === "avgPool" || kind === "maxPool") {
    return {
      name: net.add(`${name}.pool`, { op: kind, kernel, stride }, from.name),
      size,
      channels,
    };
  }
  if (kind === "conv") {
    const relu = net.add(`${name}.relu`, { op: "relu" }, from.name);
    const conv = net.add(`${name}.conv`, { op: "conv", kernel, channels, stride }, relu);
    return { name: net.add(`${name}.bn`, { op: "batchNorm" }, conv), size, channels };
  }
  const once = (part: string, before: string, stride: 1 | 2, dilation: 1 | 2) => {
    let x = net.add(`${name}.${part}relu`, { op: "relu" }, before);
    x = net.add(`${name}.${part}depthwise`, { op: "depthwise", kernel, stride, dilation }, x);
    x = net.add(`${name}.${part}pointwise`, { op: "conv", kernel: 1, channels }, x);
    return net.add(`${name}.${part}bn`, { op: "batchNorm" }, x);
  };
  const last = kind === "dilated"
    ? once("", from.name, stride, 2)
    : once("b.", once("a.", from.name, stride, 1), 1, 1);
  return { name: last, size, channels };
}

/**
 * Adds what gives a value other channels, and half the size where one is asked for: a ReLU, a
 * convolution of 1x1 and a batch norm; in front of the convolution, the mean of each 2x2 pixels
 * (of 3x3 around each second one where the size is odd).
 */
export function addProjection(
  net: GraphBuilder,
  name: string,
  { channels, size, from }: {
    readonly channels: number;
    readonly size: number;
    readonly from: CellValue;
  },
): CellValue {
  let x = net.add(`${name}.relu`, { op: "relu" }, from.name);
  if (size < from.size) {
    const window = from.size % 2 === 0 ? { kernel: 2, padding: 0 } : { kernel: 3 };
    x = net.add(`${name}.pool`, { op: "avgPool", stride: 2, ...window }, x);
  }
  x = net.add(`${name}.conv`, { op: "conv", kernel: 1, channels }, x);
  return { name: net.add(`${name}.bn`, { op: "batchNorm" }, x), size, channels };
}

/** Adds the first layer of a network: a convolution of 3x3 and a batch norm. */
export function addStem(
  net: GraphBuilder,
  { channels, size }: { readonly channels: number; readonly size: number },
): CellValue {
  const conv = net.add("stem.conv", { op: "conv", kernel: 3, channels }, net.input);
  return { name: net.add("stem.bn", { op: "batchNorm" }, conv), size, channels };
}

/** Adds the mean of each channel and the logits, and returns their node. */
export function addHead(
  net: GraphBuilder,
  { classes, relu, from }: {
    readonly classes: number;
    readonly relu: boolean;
    readonly from: CellValue;
  },
): string {
  const x = relu ? net.add("head.relu", { op: "relu" }, from.name) : from.name;
  const pool = net.add("head.pool", { op: "globalAvgPool" }, x);
  return net.add("head.linear", { op: "linear", features: classes }, pool);
}
