import type { GraphBuilder } from "../../graph/mod.ts";
import type { Block, BlockChain } from "../blocks.ts";
import { type DeepLabArch, stemStride } from "./grid.ts";

/** The network around the paths. */
export interface DeepLabSkeleton {
  /** Channels at 1/4; each halving of the resolution doubles them. */
  readonly channels: number;
  /** Height and width of the images in pixels. */
  readonly size: number;
  /** Channels of the images. */
  readonly inputChannels: number;
  /** Classes to tell apart at each pixel. */
  readonly classes: number;
}

/** The network of a path: the stem, a cell for each layer, and the head. */
export function deepLabChain(path: DeepLabArch, skeleton: DeepLabSkeleton): BlockChain {
  const { channels, size, inputChannels } = skeleton;
  const channelsAt = (stride: number) => channels * stride / stemStride;
  let from = stemStride;
  const layers = path.map((stride, i) => {
    const layer = layerBlock(`layer${i + 1}`, { from, stride, channels: channelsAt(stride) });
    from = stride;
    return layer;
  });
  return {
    input: [size, size, inputChannels],
    blocks: [stemBlock(channels), ...layers, headBlock(from, skeleton)],
  };
}

function stemBlock(channels: number): Block {
  return {
    name: "stem",
    key: "stem",
    add: (net, [image]) => {
      let x = image as string;
      x = net.add("stem.conv1", { op: "conv", kernel: 3, channels, stride: 2 }, x);
      x = net.add("stem.bn1", { op: "batchNorm" }, x);
      x = net.add("stem.relu", { op: "relu" }, x);
      x = net.add("stem.conv2", { op: "conv", kernel: 3, channels, stride: 2 }, x);
      return [net.add("stem.bn2", { op: "batchNorm" }, x)];
    },
  };
}

/** ReLU, a convolution and a batch norm, and what changes the resolution. */
function layerBlock(
  name: string,
  { from, stride, channels }: {
    readonly from: number;
    readonly stride: number;
    readonly channels: number;
  },
): Block {
  const move = stride === from ? "keep" : stride > from ? "halve" : "double";
  return {
    name,
    key: `${move}, ${channels} channels`,
    add: (net, [source]) => {
      let x = net.add(`${name}.relu`, { op: "relu" }, source as string);
      // A convolution of 1x1 and an enlargement may change places: this way round it has less to do.
      x = net.add(`${name}.conv`, {
        op: "conv",
        kernel: move === "double" ? 1 : 3,
        channels,
        stride: move === "halve" ? 2 : 1,
      }, x);
      x = net.add(`${name}.bn`, { op: "batchNorm" }, x);
      return [move === "double" ? net.add(`${name}.up`, { op: "upsample", factor: 2 }, x) : x];
    },
  };
}

/** Looks at the last layer by windows of two sizes, as DeepLab's pyramid does, and classifies its pixels. */
function headBlock(stride: number, { channels, classes }: DeepLabSkeleton): Block {
  return {
    name: "head",
    key: `head, stride ${stride}`,
    add: (net, [source]) => {
      const x = net.add("head.relu1", { op: "relu" }, source as string);
      const branches = [
        branch(net, "head.near", { kernel: 1, channels, from: x }),
        branch(net, "head.far", { kernel: 3, dilation: 2, channels, from: x }),
      ];
      let y = net.add("head.concat", { op: "concat" }, ...branches);
      y = net.add("head.relu2", { op: "relu" }, y);
      y = net.add("head.logits", { op: "conv", kernel: 1, channels: classes, bias: true }, y);
      return [net.add("head.up", { op: "upsample", factor: stride }, y)];
    },
  };
}

function branch(
  net: GraphBuilder,
  name: string,
  { from, ...window }: {
    readonly kernel: number;
    readonly dilation?: number;
    readonly channels: number;
    readonly from: string;
  },
): string {
  const x = net.add(`${name}.conv`, { op: "conv", ...window }, from);
  return net.add(`${name}.bn`, { op: "batchNorm" }, x);
}
