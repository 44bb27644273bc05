import type { GraphBuilder } from "../../graph/mod.ts";
import type { Block } from "../blocks.ts";
import { type MobileActivation, type MobileSkeleton, roundChannels } from "./skeleton.ts";

/** The convolution at the start. */
export function stemBlock({ channels, stride, activation }: MobileSkeleton["stem"]): Block {
  return {
    name: "stem",
    key: `stem ${channels}`,
    add: (
      net,
      [image],
    ) => [addConv(net, "stem", { kernel: 3, channels, stride, activation, from: image as string })],
  };
}

/** An inverted residual block with everything decided. */
export interface BlockSettings {
  readonly kernel: number;
  readonly stride: number;
  readonly activation: MobileActivation;
  /** Channels it reads, works on, and gives. */
  readonly inner: number;
  readonly expanded: number;
  readonly channels: number;
  /** Channels in the middle of its gate; 0 for no gate. */
  readonly squeezed: number;
}

/**
 * An inverted residual block (Sandler et al. 2018): 1x1 convolution to more channels (left out where
 * there are no more), depthwise convolution, gate, 1x1 convolution to the output channels; the input is
 * added where it has the output's shape.
 */
export function invertedResidual(name: string, settings: BlockSettings): Block {
  return {
    name,
    key: Object.values(settings).join(),
    add: (net, [from]) => [addInvertedResidual(net, name, { ...settings, from: from as string })],
  };
}

function addInvertedResidual(
  net: GraphBuilder,
  name: string,
  settings: BlockSettings & { readonly from: string },
): string {
  const { kernel, stride, activation, inner, expanded, channels, squeezed, from } = settings;
  let x = from;
  if (expanded !== inner) {
    x = addConv(net, `${name}.expand`, { kernel: 1, channels: expanded, activation, from: x });
  }
  x = net.add(`${name}.depthwise.conv`, { op: "depthwise", kernel, stride }, x);
  x = net.add(`${name}.depthwise.bn`, { op: "batchNorm" }, x);
  x = net.add(`${name}.depthwise.act`, { op: activation }, x);
  if (squeezed > 0) {
    x = addGate(net, `${name}.gate`, { channels: expanded, squeezed, from: x });
  }
  x = addConv(net, `${name}.project`, { kernel: 1, channels, from: x });
  return stride === 1 && inner === channels ? net.add(`${name}.sum`, { op: "add" }, x, from) : x;
}

/** Squeeze and excitation: a factor for each channel from the means of all (Hu et al. 2018). */
function addGate(
  net: GraphBuilder,
  name: string,
  { channels, squeezed, from }: {
    readonly channels: number;
    readonly squeezed: number;
    readonly from: string;
  },
): string {
  let gate = net.add(`${name}.pool`, { op: "globalAvgPool" }, from);
  gate = net.add(`${name}.squeeze`, { op: "linear", features: squeezed }, gate);
  gate = net.add(`${name}.act`, { op: "relu" }, gate);
  gate = net.add(`${name}.excite`, { op: "linear", features: channels }, gate);
  gate = net.add(`${name}.sigmoid`, { op: "sigmoid" }, gate);
  return net.add(`${name}.multiply`, { op: "multiply" }, from, gate);
}

/** Channels in the middle of a block's gate. */
export function squeezedChannels(
  squeeze: "input" | "expanded" | undefined,
  { inner, expanded, multiple }: {
    readonly inner: number;
    readonly expanded: number;
    readonly multiple: number;
  },
): number {
  if (squeeze === undefined) return 0;
  return squeeze === "input"
    ? Math.max(1, Math.floor(inner / 4))
    : roundChannels(Math.max(1, Math.floor(expanded / 4)), multiple);
}

/** What stands behind the last stage: convolution, mean, linear layers. */
export function headBlock(
  { channels, features, activation }: MobileSkeleton["head"],
  classes: number,
): Block {
  return {
    name: "head",
    key: `head ${channels}, ${features}`,
    add: (net, [from]) => {
      let x = from as string;
      if (channels !== undefined) {
        x = addConv(net, "head", { kernel: 1, channels, activation, from: x });
      }
      x = net.add("head.pool", { op: "globalAvgPool" }, x);
      if (features !== undefined) {
        x = net.add("head.mix", { op: "linear", features, bias: false }, x);
        x = net.add("head.mix.act", { op: activation }, x);
      }
      return [net.add("head.linear", { op: "linear", features: classes }, x)];
    },
  };
}

/** A convolution with batch norm and, where there is one, activation. */
export function addConv(
  net: GraphBuilder,
  name: string,
  { kernel, channels, stride = 1, activation, from }: {
    readonly kernel: number;
    readonly channels: number;
    readonly stride?: number;
    readonly activation?: MobileActivation;
    readonly from: string;
  },
): string {
  let x = net.add(`${name}.conv`, { op: "conv", kernel, channels, stride }, from);
  x = net.add(`${name}.bn`, { op: "batchNorm" }, x);
  return activation === undefined ? x : net.add(`${name}.act`, { op: activation }, x);
}
