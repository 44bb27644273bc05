import { type Graph, GraphBuilder } from "../../graph/mod.ts";
import { addConv } from "../mobile/blocks.ts";
import { checkWhole } from "../mobile/skeleton.ts";
import { manualFrame, type ManualNetworkOptions } from "./frame.ts";

/** What a VGG-like network can be told. */
export interface VGGLikeOptions extends ManualNetworkOptions {
  /** Channels of each stage, before the width multiplier; 16, 32 and 64 when absent. */
  readonly channels?: readonly number[];
  /** Convolutions of each stage; two each when absent. */
  readonly depths?: readonly number[];
  /** Features of the linear layers before the classifier; one of 128 when absent. */
  readonly hidden?: readonly number[];
}

/**
 * A network in the manner of VGG (Simonyan & Zisserman 2015): stages of 3x3 convolutions, each with
 * batch norm and ReLU, the maximum of every 2x2 pixels at the end of each stage, and linear layers on all
 * pixels that are left, which have most of its parameters.
 *
 * @throws {RangeError} When an option makes no sense, or the image is too small to be halved so often.
 *
 * @example
 * ```ts
 * import { cost, vggLike } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { params, nodes } = cost(vggLike({ size: 28, inputChannels: 1 }));
 * const linear = nodes.filter(({ op }) => op === "linear").reduce((sum, node) => sum + node.params, 0);
 * assertEquals([params, linear], [147_162, 75_146]);
 * ```
 *
 * @example VGG-16, with batch norm in the place of biases
 * ```ts
 * import { cost, vggLike } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const vgg16 = vggLike({
 *   size: 224,
 *   classes: 1000,
 *   channels: [64, 128, 256, 512, 512],
 *   depths: [2, 2, 3, 3, 3],
 *   hidden: [4096, 4096],
 * });
 * assertEquals(cost(vgg16).params, 138_361_768);
 * ```
 */
export function vggLike(options: VGGLikeOptions = {}): Graph {
  const { channels = [16, 32, 64], depths = channels.map(() => 2), hidden = [128] } = options;
  const task = "Cannot make vggLike";
  const frame = manualFrame(task, { ...options, channels, depths });
  hidden.forEach((features, i) => checkWhole(task, { [`hidden[${i}]`]: features }));
  const { size, inputChannels, classes, stages, wide } = frame;
  const least = 2 ** stages.length;
  if (size < least) {
    throw new RangeError(
      `${task}: size must be at least ${least} for ${stages.length} stages, got ${size}`,
    );
  }
  const net = new GraphBuilder([size, size, inputChannels]);
  let x = net.input;
  stages.forEach(({ channels, depth }, s) => {
    for (let i = 0; i < depth; i++) {
      x = addConv(net, `stage${s}.layer${i}`, { kernel: 3, channels, activation: "relu", from: x });
    }
    x = net.add(`stage${s}.pool`, { op: "maxPool", kernel: 2, stride: 2 }, x);
  });
  x = net.add("head.flatten", { op: "flatten" }, x);
  hidden.forEach((features, i) => {
    x = net.add(`head.hidden${i}`, { op: "linear", features: wide(features) }, x);
    x = net.add(`head.hidden${i}.act`, { op: "relu" }, x);
  });
  return net.build(net.add("head.linear", { op: "linear", features: classes }, x));
}
