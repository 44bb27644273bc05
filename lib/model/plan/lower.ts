import type { GraphNode } from "../../graph/mod.ts";
import type { Analysis } from "./analyse.ts";
import { lowerActivation } from "./lower_activation.ts";
import { lowerBatchNorm } from "./lower_batch_norm.ts";
import { lowerAdd, lowerConcat } from "./lower_combine.ts";
import { type Codes, lowerCodes } from "./lower_codes.ts";
import { lowerConv } from "./lower_conv.ts";
import { lowerCopy } from "./lower_copy.ts";
import { lowerLinear } from "./lower_dense.ts";
import { lowerMixed } from "./lower_mixed.ts";
import { lowerMultiply } from "./lower_multiply.ts";
import { lowerAvgPool, lowerGlobalAvgPool, lowerMaxPool } from "./lower_pool.ts";
import { lowerUpsample } from "./lower_upsample.ts";
import type { Backward, Lowering, Value } from "./lowering.ts";
import type { Region } from "./region.ts";

/** The ends of a lowered graph. */
export interface Lowered {
  /** The images; none where the output does not depend on them. */
  readonly images: Value | undefined;
  /** The output. */
  readonly output: Value;
  /** Which numbers are above zero of the nodes of which that is wanted. */
  readonly codes: ReadonlyMap<string, Codes>;
}

/**
 * Turns a graph into steps: forward in the order of its nodes, backward in the reverse order, so that
 * a node's gradient is whole when its turn comes.
 */
export function lower(
  { live, graph, rootOf }: Analysis,
  { to, slope }: { readonly to: Lowering; readonly slope: Region },
): Lowered {
  const codes = new Map<string, Codes>(), packed = new Map<Value, Codes>();
  const backwards = live.map((node) => {
    // The value of what it reads, in the same place.
    const handsOn = rootOf(node.name) !== node.name;
    const backward = handsOn ? undefined : lowerNode(node, to);
    if (to.isCoded(node)) codes.set(node.name, lowerCodes(node, to, packed));
    return { node, backward };
  });
  const output = to.value(graph.output);
  output.gradient = slope;
  for (const { node, backward } of backwards.toReversed()) {
    if (backward === undefined) continue;
    const { gradient, differentiable } = to.value(node.name);
    if (gradient && differentiable) backward(gradient);
  }
  const input = live.find(({ op }) => op === "input");
  return { images: input && to.value(input.name), output, codes };
}

/** Adds a node's forward steps, and returns what adds its backward ones. */
function lowerNode(node: GraphNode, to: Lowering): Backward | undefined {
  switch (node.op) {
    case "input":
      to.define(node, { differentiable: to.imageGradient || to.wantsGradient(node) });
      return undefined;
    case "conv":
    case "depthwise":
      return lowerConv(node, to);
    case "batchNorm":
      return lowerBatchNorm(node, to);
    case "relu":
    case "relu6":
    case "hswish":
    case "swish":
    case "sigmoid":
    case "hsigmoid":
    case "tanh":
      return lowerActivation(node, to);
    case "avgPool":
      return lowerAvgPool(node, to);
    case "maxPool":
      return lowerMaxPool(node, to);
    case "globalAvgPool":
      return lowerGlobalAvgPool(node, to);
    case "upsample":
      return lowerUpsample(node, to);
    case "linear":
      return lowerLinear(node, to);
    case "add":
      return lowerAdd(node, to);
    case "multiply":
      return lowerMultiply(node, to);
    case "mixed":
      return lowerMixed(node, to);
    case "concat":
      return lowerConcat(node, to);
    case "flatten":
    case "identity":
      return lowerCopy(node, to); // as its value is kept
    case "zero": {
      const differentiable = to.wantsGradient(node);
      to.define(node, { region: to.zerosFor(node.name), differentiable });
      return undefined;
    }
    default:
      return node satisfies never;
  }
}
