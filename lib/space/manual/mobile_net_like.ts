import { type Graph, GraphBuilder } from "../../graph/mod.ts";
import { addConv } from "../mobile/blocks.ts";
import { checkWhole } from "../mobile/skeleton.ts";
import { manualFrame, type ManualNetworkOptions } from "./frame.ts";

/** What a MobileNet-like network can be told. */
export interface MobileNetLikeOptions extends ManualNetworkOptions {
  /** Channels of each stage, before the width multiplier; 32, 64 and 128 when absent. */
  readonly channels?: readonly number[];
  /** Separable convolutions of each stage; 1, 2 and 2 when absent. */
  readonly depths?: readonly number[];
  /** Channels of the convolution at the start; half of the first stage's when absent. */
  readonly stem?: number;
  /** Its step in pixels; 1 when absent. */
  readonly stemStride?: number;
}

/**
 * A network in the manner of MobileNet (Howard et al. 2017): a 3x3 convolution and then separable ones,
 * a depthwise convolution of 3x3 and one of 1x1, each with batch norm and ReLU, and the mean of all
 * pixels before the classifier. All stages but the first halve the image in their first layer.
 *
 * @throws {RangeError} When an option makes no sense.
 *
 * @example The same network at several widths
 * ```ts
 * import { cost, mobileNetLike } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const params = [0.5, 1, 2].map((width) => cost(mobileNetLike({ width })).params);
 * assertEquals(params, [10_778, 37_162, 136_778]);
 * ```
 *
 * @example The published network
 * ```ts
 * import { cost, mobileNetLike } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const published = mobileNetLike({
 *   size: 224,
 *   classes: 1000,
 *   channels: [64, 128, 256, 512, 1024],
 *   depths: [1, 2, 2, 6, 2],
 *   stemStride: 2,
 * });
 * const { params, macs } = cost(published, { countBias: false });
 * assertEquals([params, macs], [4_231_976, 568_740_352]);
 * ```
 */
export function mobileNetLike(options: MobileNetLikeOptions = {}): Graph {
  const { channels = [32, 64, 128], stemStride = 1 } = options;
  const { depths = channels.map((_, i) => i === 0 ? 1 : 2) } = options;
  const task = "Cannot make mobileNetLike";
  const frame = manualFrame(task, { ...options, channels, depths });
  const { stem = Math.max(1, Math.floor((channels[0] as number) / 2)) } = options;
  checkWhole(task, { stem, stemStride });
  const { size, inputChannels, classes, stages, wide } = frame;
  const net = new GraphBuilder([size, size, inputChannels]);
  const activation = "relu";
  let x = addConv(net, "stem", {
    kernel: 3,
    channels: wide(stem),
    stride: stemStride,
    activation,
    from: net.input,
  });
  stages.forEach(({ channels, depth }, s) => {
    for (let i = 0; i < depth; i++) {
      const name = `stage${s}.layer${i}`;
      const stride = s > 0 && i === 0 ? 2 : 1;
      x = net.add(`${name}.depthwise.conv`, { op: "depthwise", kernel: 3, stride }, x);
      x = net.add(`${name}.depthwise.bn`, { op: "batchNorm" }, x);
      x = net.add(`${name}.depthwise.act`, { op: activation }, x);
      x = addConv(net, `${name}.pointwise`, { kernel: 1, channels, activation, from: x });
    }
  });
  x = net.add("head.pool", { op: "globalAvgPool" }, x);
  return net.build(net.add("head.linear", { op: "linear", features: classes }, x));
}
