import { type Graph, GraphBuilder } from "../../graph/mod.ts";
import { addConv } from "../mobile/blocks.ts";
import { manualFrame, type ManualNetworkOptions } from "./frame.ts";

/** What a ResNet-like network can be told. */
export interface ResNetLikeOptions extends ManualNetworkOptions {
  /** Channels of each stage, before the width multiplier; 16, 32 and 64 when absent. */
  readonly channels?: readonly number[];
  /** Residual blocks of each stage; one each when absent. */
  readonly depths?: readonly number[];
  /** Whether blocks add their input, which is what makes it a residual network; `true` when absent. */
  readonly shortcuts?: boolean;
}

/**
 * A network in the manner of the ResNets for small images (He et al. 2016): a 3x3 convolution, stages of
 * residual blocks of two 3x3 convolutions each, and the mean of all pixels before the classifier. All
 * stages but the first halve the image in their first block, whose shortcut is a 1x1 convolution with
 * batch norm, as it is wherever a block changes the channels.
 *
 * @throws {RangeError} When an option makes no sense.
 *
 * @example ResNet-20 for CIFAR
 * ```ts
 * import { cost, resNetLike } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { params, macs } = cost(resNetLike({ depths: [3, 3, 3] }), { countBias: false });
 * assertEquals([params, macs], [272_474, 40_813_184]);
 * ```
 */
export function resNetLike(options: ResNetLikeOptions = {}): Graph {
  const { channels = [16, 32, 64], depths = channels.map(() => 1), shortcuts = true } = options;
  const frame = manualFrame("Cannot make resNetLike", { ...options, channels, depths });
  const { size, inputChannels, classes, stages } = frame;
  const net = new GraphBuilder([size, size, inputChannels]);
  const activation = "relu";
  let inner = (stages[0] as typeof stages[number]).channels;
  let x = addConv(net, "stem", { kernel: 3, channels: inner, activation, from: net.input });
  stages.forEach(({ channels, depth }, s) => {
    for (let b = 0; b < depth; b++) {
      const name = `stage${s}.block${b}`;
      const stride = s > 0 && b === 0 ? 2 : 1;
      const isSame = stride === 1 && channels === inner;
      const from = x;
      x = addConv(net, `${name}.a`, { kernel: 3, channels, stride, activation, from });
      x = addConv(net, `${name}.b`, { kernel: 3, channels, from: x });
      if (shortcuts) {
        const shortcut = isSame
          ? from
          : addConv(net, `${name}.shortcut`, { kernel: 1, channels, stride, from });
        x = net.add(`${name}.sum`, { op: "add" }, x, shortcut);
      }
      x = net.add(`${name}.act`, { op: activation }, x);
      inner = channels;
    }
  });
  x = net.add("head.pool", { op: "globalAvgPool" }, x);
  return net.build(net.add("head.linear", { op: "linear", features: classes }, x));
}
