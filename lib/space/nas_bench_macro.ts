import { GraphBuilder } from "../graph/mod.ts";
import type { Block, BlockChain } from "./blocks.ts";
import { defineSpace } from "./define.ts";
import { choice } from "./parts/choice.ts";
import { product } from "./parts/product.ts";
import {
  addMixed,
  type Branch,
  likeliest,
  type Relaxed,
  type RelaxOptions,
  weightsOf,
  withoutAffine,
} from "./relaxed.ts";
import type { SearchSpace } from "./space.ts";

/**
 * The layers of NAS-Bench-Macro, in the order of its digits: nothing, or an inverted bottleneck with
 * a kernel of 3 and an expansion of 3, or a kernel of 5 and an expansion of 6.
 */
export const nasBenchMacroOps = ["identity", "mb_k3_e3", "mb_k5_e6"] as const;

/** One layer of a NAS-Bench-Macro network. */
export type NasBenchMacroOp = typeof nasBenchMacroOps[number];

/** A NAS-Bench-Macro network: its eight layers. */
export type NasBenchMacroArch = readonly NasBenchMacroOp[];

/** The network around the layers. The defaults are those of the published benchmark. */
export interface NasBenchMacroOptions {
  /** Channels of the stem; the stages have 2, 4 and 8 times as many. 32 when absent. */
  readonly channels?: number;
  /** Channels of the last convolution; 1280 when absent. */
  readonly headChannels?: number;
  /** Height and width of the images in pixels; 32 when absent. */
  readonly size?: number;
  /** Channels of the images; 3 when absent. */
  readonly inputChannels?: number;
  /** Classes to tell apart; 10 when absent. */
  readonly classes?: number;
}

/** The stage of each layer; the first of a stage halves the image. */
const stages = [0, 0, 1, 1, 1, 2, 2, 2];

/**
 * The space of NAS-Bench-Macro (Su et al., "Prioritized Architecture Sampling with Monto-Carlo Tree
 * Search", 2021): eight layers in three stages, each an inverted bottleneck of one of two sizes or
 * nothing, 6,561 networks.
 *
 * A layer of nothing at the start of a stage still halves the image and doubles the channels, by a
 * convolution of 1x1. Architectures encode as the benchmark's own eight digits. Its published MACs
 * leave additions of a bias out: `cost(graph, { countBias: false })`.
 *
 * @throws {RangeError} When an option is not a positive whole number.
 *
 * @example
 * ```ts
 * import { cost, nasBenchMacro } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBenchMacro();
 * assertEquals(space.size, 6_561n);
 * const graph = space.lower(space.decode("00000000"));
 * const { params, macs } = cost(graph, { countBias: false });
 * assertEquals([params, macs], [387_882, 7_713_280]);
 * ```
 */
export function nasBenchMacro(options: NasBenchMacroOptions = {}): SearchSpace<NasBenchMacroArch> {
  const { channels = 32, headChannels = 1280, size = 32, inputChannels = 3, classes = 10 } =
    options;
  const skeleton = { channels, headChannels, size, inputChannels, classes };
  for (const [name, value] of Object.entries(skeleton)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot make nasBenchMacro: ${name} must be a positive whole number, got ${value}`,
      );
    }
  }
  const name = `nas-bench-macro (channels ${channels}, head ${headChannels}, ` +
    `input ${size}x${size}x${inputChannels}, classes ${classes})`;
  return defineSpace<NasBenchMacroArch>({
    name,
    part: product(stages.map(() => choice(nasBenchMacroOps))),
    encode: (arch) => arch.map((op) => nasBenchMacroOps.indexOf(op)).join(""),
    decode: (text) => {
      if (!/^[0-2]{8}$/.test(text)) {
        throw new SyntaxError(
          `Cannot decode "${text}" as NAS-Bench-Macro: expected 8 digits from 0 to 2`,
        );
      }
      return [...text].map((digit) => nasBenchMacroOps[Number(digit)] as NasBenchMacroOp);
    },
    chain: (arch) => chain(arch, skeleton),
    relax: (options) => relax(skeleton, options),
    recipe: { module: import.meta.url, factory: "nasBenchMacro", args: [skeleton] },
  });
}

/** All layers in one: each is a mixture of its three kinds. */
function relax(
  skeleton: Required<NasBenchMacroOptions>,
  { affine = true }: RelaxOptions = {},
): Relaxed<NasBenchMacroArch> {
  const { channels, size, inputChannels } = skeleton;
  const net = new GraphBuilder([size, size, inputChannels]);
  const choices = stages.map((_, i) => ({ name: `layer ${i}`, options: nasBenchMacroOps }));
  let x = addStem(net, net.input, channels);
  layersOf(channels).forEach((layer, i) => {
    const from = x;
    const branches = nasBenchMacroOps.map((op): Branch => ({
      option: op,
      add: (net, prefix) => addLayer(net, prefix, { ...layer, op, from }),
    }));
    x = addMixed(net, `layer${i}`, { choice: `layer ${i}`, branches });
  });
  const graph = net.build(addHead(net, x, skeleton));
  return {
    graph: affine ? graph : withoutAffine(graph, (node) => /^layer/.test(node)),
    choices,
    pathOf: (arch) =>
      new Map(choices.map(({ name }, i) => [
        name,
        nasBenchMacroOps.indexOf(arch[i] as NasBenchMacroOp),
      ])),
    archOf: (weights) =>
      choices.map((choice) =>
        nasBenchMacroOps[likeliest(weightsOf(weights, choice))] as NasBenchMacroOp
      ),
  };
}

function chain(arch: NasBenchMacroArch, skeleton: Required<NasBenchMacroOptions>): BlockChain {
  const { channels, size, inputChannels } = skeleton;
  const stem: Block = {
    name: "stem",
    key: "stem",
    add: (net, [image]) => [addStem(net, image as string, channels)],
  };
  const layers = layersOf(channels).map((layer, i): Block => {
    const op = arch[i] as NasBenchMacroOp, name = `layer${i}`;
    return {
      name,
      key: `${op}, ${layer.inner} to ${layer.channels}, stride ${layer.stride}`,
      add: (net, [x]) => [addLayer(net, name, { ...layer, op, from: x as string })],
    };
  });
  const head: Block = {
    name: "head",
    key: "head",
    add: (net, [x]) => [addHead(net, x as string, skeleton)],
  };
  return { input: [size, size, inputChannels], blocks: [stem, ...layers, head] };
}

/** What each layer reads and gives. */
function layersOf(
  channels: number,
): { readonly inner: number; readonly channels: number; readonly stride: number }[] {
  const widthOf = (stage: number | undefined) => channels * 2 ** ((stage ?? -1) + 1);
  return stages.map((stage, i) => ({
    inner: widthOf(stages[i - 1]),
    channels: widthOf(stage),
    stride: stage === stages[i - 1] ? 1 : 2,
  }));
}

function addStem(net: GraphBuilder, from: string, channels: number): string {
  return addConv(net, "stem", { kernel: 3, channels, relu: true, from });
}

function addHead(
  net: GraphBuilder,
  from: string,
  { headChannels, classes }: Pick<Required<NasBenchMacroOptions>, "headChannels" | "classes">,
): string {
  const wide = addConv(net, "head", { kernel: 1, channels: headChannels, relu: true, from });
  const pooled = net.add("head.pool", { op: "globalAvgPool" }, wide);
  return net.add("head.linear", { op: "linear", features: classes }, pooled);
}

function addLayer(
  net: GraphBuilder,
  name: string,
  { op, inner, channels, stride, from }: {
    readonly op: NasBenchMacroOp;
    readonly inner: number;
    readonly channels: number;
    readonly stride: number;
    readonly from: string;
  },
): string {
  const isSame = stride === 1 && inner === channels;
  if (op === "identity") {
    return isSame ? from : addConv(net, name, { kernel: 1, channels, stride, relu: false, from });
  }
  const [kernel, expansion] = op === "mb_k3_e3" ? [3, 3] : [5, 6];
  let x = addConv(net, `${name}.expand`, {
    kernel: 1,
    channels: inner * expansion,
    relu: true,
    from,
  });
  x = net.add(`${name}.depthwise.conv`, { op: "depthwise", kernel, stride }, x);
  x = net.add(`${name}.depthwise.bn`, { op: "batchNorm" }, x);
  x = net.add(`${name}.depthwise.relu`, { op: "relu" }, x);
  x = addConv(net, `${name}.project`, { kernel: 1, channels, relu: false, from: x });
  return isSame ? net.add(`${name}.sum`, { op: "add" }, x, from) : x;
}

function addConv(
  net: GraphBuilder,
  name: string,
  { kernel, channels, stride = 1, relu, from }: {
    readonly kernel: number;
    readonly channels: number;
    readonly stride?: number;
    readonly relu: boolean;
    readonly from: string;
  },
): string {
  let x = net.add(`${name}.conv`, { op: "conv", kernel, channels, stride }, from);
  x = net.add(`${name}.bn`, { op: "batchNorm" }, x);
  return relu ? net.add(`${name}.relu`, { op: "relu" }, x) : x;
}
