import type { GraphBuilder } from "../../graph/mod.ts";
import type { Block } from "../blocks.ts";
import {
  type MobileActivation,
  type MobileSkeleton,
  type MobileStage,
  roundChannels,
} from "./skeleton.ts";

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
  /** Its gate. */
  readonly gate?: GateSettings;
}

/** A gate with everything decided. */
export interface GateSettings {
  /** Channels in its middle. */
  readonly squeezed: number;
  /** The activation of these. */
  readonly activation: MobileActivation;
  /** What makes factors of its outputs. */
  readonly factor: "sigmoid" | "hsigmoid";
}

/**
 * An inverted residual block (Sandler et al. 2018): 1x1 convolution to more channels (left out where
 * there are no more), depthwise convolution, gate, 1x1 convolution to the output channels; the input is
 * added where it has the output's shape.
 */
export function invertedResidual(name: string, settings: BlockSettings): Block {
  return {
    name,
    key: JSON.stringify(settings),
    add: (net, [from]) => [addInvertedResidual(net, name, { ...settings, from: from as string })],
  };
}

function addInvertedResidual(
  net: GraphBuilder,
  name: string,
  settings: BlockSettings & { readonly from: string },
): string {
  const { kernel, stride, activation, inner, expanded, channels, gate, from } = settings;
  let x = from;
  if (expanded !== inner) {
    x = addConv(net, `${name}.expand`, { kernel: 1, channels: expanded, activation, from: x });
  }
  x = net.add(`${name}.depthwise.conv`, { op: "depthwise", kernel, stride }, x);
  x = net.add(`${name}.depthwise.bn`, { op: "batchNorm" }, x);
  x = net.add(`${name}.depthwise.act`, { op: activation }, x);
  if (gate !== undefined) {
    x = addGate(net, `${name}.gate`, { ...gate, channels: expanded, from: x });
  }
  x = addConv(net, `${name}.project`, { kernel: 1, channels, from: x });
  return stride === 1 && inner === channels ? net.add(`${name}.sum`, { op: "add" }, x, from) : x;
}

/** Squeeze and excitation: a factor for each channel from the means of all (Hu et al. 2018). */
function addGate(
  net: GraphBuilder,
  name: string,
  { channels, squeezed, activation, factor, from }: GateSettings & {
    readonly channels: number;
    readonly from: string;
  },
): string {
  let gate = net.add(`${name}.pool`, { op: "globalAvgPool" }, from);
  gate = net.add(`${name}.squeeze`, { op: "linear", features: squeezed }, gate);
  gate = net.add(`${name}.act`, { op: activation }, gate);
  gate = net.add(`${name}.excite`, { op: "linear", features: channels }, gate);
  gate = net.add(`${name}.${factor}`, { op: factor }, gate);
  return net.add(`${name}.multiply`, { op: "multiply" }, from, gate);
}

/** The gate of a block in a stage, where it has one. */
export function gateOf(
  { squeeze, activation }: Pick<MobileStage, "squeeze" | "activation">,
  { inner, expanded, multiple }: {
    readonly inner: number;
    readonly expanded: number;
    readonly multiple: number;
  },
): { readonly gate?: GateSettings } {
  if (squeeze === undefined) return {};
  const quarter = (channels: number) => Math.max(1, Math.floor(channels / 4));
  const gate: GateSettings = squeeze === "input"
    ? { squeezed: quarter(inner), activation, factor: "sigmoid" }
    : {
      squeezed: roundChannels(quarter(expanded), multiple),
      activation: "relu",
      factor: "hsigmoid",
    };
  return { gate };
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
