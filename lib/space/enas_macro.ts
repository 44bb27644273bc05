import type { Graph } from "../graph/graph.ts";
import { GraphBuilder } from "../graph/mod.ts";
import { checkPositive } from "./cells/check.ts";
import { addHead, addProjection, addStem, type CellValue, halfOf } from "./cells/layers.ts";
import { defineSpace } from "./define.ts";
import { choice } from "./parts/choice.ts";
import type { Part } from "./parts/part.ts";
import { product } from "./parts/product.ts";
import { subset } from "./parts/subset.ts";
import type { SearchSpace } from "./space.ts";

/** The operations of a layer, in the order of the released code. */
export const enasMacroOps = [
  "conv_3x3",
  "sep_conv_3x3",
  "conv_5x5",
  "sep_conv_5x5",
  "avg_pool_3x3",
  "max_pool_3x3",
] as const;

/** An operation of a layer of ENAS' macro space. */
export type EnasMacroOp = typeof enasMacroOps[number];

/** A layer of an ENAS macro network. */
export interface EnasMacroLayer {
  /** What it does with the output of the layer before it. */
  readonly op: EnasMacroOp;
  /** The outputs that are added to its own, from earlier layers: 0 is the stem, 1 the first layer. */
  readonly skips: readonly number[];
}

/** An ENAS macro network: its layers in order. */
export type EnasMacroArch = readonly EnasMacroLayer[];

/** The layers, and the network around them. */
export interface EnasMacroOptions {
  /** Layers to choose; 12 when absent. */
  readonly layers?: number;
  /** Channels of the first layers; twice as many behind each of two halvings. 36 when absent. */
  readonly channels?: number;
  /** Height and width of the images in pixels; 32 when absent. */
  readonly size?: number;
  /** Channels of the images; 3 when absent. */
  readonly inputChannels?: number;
  /** Classes to tell apart; 10 when absent. */
  readonly classes?: number;
}

/**
 * The macro space of ENAS (Pham et al., "Efficient Neural Architecture Search via Parameter Sharing",
 * 2018): a chain of layers, each with one of six operations and a skip connection, or none, from each
 * layer before the last one; {@linkcode enasMacroCount} networks. Architectures encode as in the
 * released code: for each layer the number of its operation, then a 0 or 1 for each skip connection.
 *
 * A layer is a convolution of 1x1, then its operation; what skips to it is added, and the sum is
 * normalised. A third and two thirds of the way all values that are still to be read are halved in
 * size by a mean and a convolution of 1x1, which doubles their channels.
 *
 * @throws {RangeError} When an option is not a positive whole number.
 *
 * @example
 * ```ts
 * import { enasMacro } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = enasMacro({ layers: 3 });
 * assertEquals(space.decode("0 5 1 2 0 1"), [
 *   { op: "conv_3x3", skips: [] },
 *   { op: "max_pool_3x3", skips: [0] },
 *   { op: "conv_5x5", skips: [1] },
 * ]);
 * ```
 */
export function enasMacro(options: EnasMacroOptions = {}): SearchSpace<EnasMacroArch> {
  const { layers = 12, channels = 36, size = 32, inputChannels = 3, classes = 10 } = options;
  checkPositive("enasMacro", { layers, channels, size, inputChannels, classes });
  const op = choice(enasMacroOps);
  const part = product(
    Array.from({ length: layers }, (_, layer) => {
      const earlier = Array.from({ length: layer }, (_, i) => i);
      const skips: Part<readonly number[]> = layer === 0
        ? choice<readonly number[]>([[]])
        : subset(earlier);
      return product({ op, skips });
    }),
  );
  return defineSpace<EnasMacroArch>({
    name: `enas macro (layers ${layers}, channels ${channels}, ` +
      `input ${size}x${size}x${inputChannels}, classes ${classes})`,
    part,
    encode: (arch) =>
      arch.map(({ op, skips }, layer) =>
        [
          enasMacroOps.indexOf(op),
          ...Array.from({ length: layer }, (_, from) => skips.includes(from) ? 1 : 0),
        ].join(" ")
      ).join(" "),
    decode: (text) => decode(text, layers),
    lower: (arch) => lower(arch, { channels, size, inputChannels, classes }),
  });
}

function decode(text: string, layers: number): EnasMacroArch {
  const fail = (reason: string): never => {
    throw new SyntaxError(`Cannot decode ${JSON.stringify(text)} as an ENAS network: ${reason}`);
  };
  const numbers = text.split(" ");
  const count = layers + (layers * (layers - 1)) / 2;
  if (numbers.length !== count) {
    return fail(`expected ${count} numbers for ${layers} layers, got ${numbers.length}`);
  }
  let at = 0;
  return Array.from({ length: layers }, (_, layer) => {
    const digit = numbers[at++] as string;
    const op = /^\d$/.test(digit) ? enasMacroOps[Number(digit)] : undefined;
    if (op === undefined) {
      return fail(`the op of layer ${layer + 1} must be 0 to 5, got "${digit}"`);
    }
    const skips = Array.from({ length: layer }, (_, from) => from).filter(() => {
      const bit = numbers[at++] as string;
      if (bit !== "0" && bit !== "1") {
        fail(`a skip to layer ${layer + 1} must be 0 or 1, got "${bit}"`);
      }
      return bit === "1";
    });
    return { op, skips };
  });
}

function lower(
  arch: EnasMacroArch,
  skeleton: {
    readonly channels: number;
    readonly size: number;
    readonly inputChannels: number;
    readonly classes: number;
  },
): Graph {
  const { inputChannels, classes } = skeleton;
  let { channels, size } = skeleton;
  const net = new GraphBuilder([size, size, inputChannels]);
  const third = Math.floor(arch.length / 3);
  // The stem first, then each layer's output, in the size that they have by now.
  const values: CellValue[] = [addStem(net, { channels, size })];
  arch.forEach((layer, i) => {
    const name = `layer${i + 1}`;
    let x = addOp(net, name, { op: layer.op, channels, from: values[i] as CellValue });
    if (i > 0) {
      const terms = layer.skips.map((from) => (values[from] as CellValue).name);
      x = net.sum(`${name}.sum`, [x, ...terms]);
      x = net.add(`${name}.bn`, { op: "batchNorm" }, x);
    }
    values.push({ name: x, size, channels });
    if (i + 1 !== third && i + 1 !== 2 * third) return;
    [channels, size] = [2 * channels, halfOf(size)];
    const later = arch.slice(i + 1);
    values.forEach((from, k) => {
      if (k !== i + 1 && !later.some(({ skips }) => skips.includes(k))) return;
      values[k] = addProjection(net, `${name}.half${k}`, { channels, size, from });
    });
  });
  return net.build(addHead(net, { classes, relu: false, from: values.at(-1) as CellValue }));
}

function addOp(
  net: GraphBuilder,
  name: string,
  { op, channels, from }: {
    readonly op: EnasMacroOp;
    readonly channels: number;
    readonly from: CellValue;
  },
): string {
  const addBnRelu = (part: string, before: string): string => {
    const bn = net.add(`${name}.${part}.bn`, { op: "batchNorm" }, before);
    return net.add(`${name}.${part}.relu`, { op: "relu" }, bn);
  };
  let x = net.add(`${name}.in.conv`, { op: "conv", kernel: 1, channels }, from.name);
  x = addBnRelu("in", x);
  if (op === "avg_pool_3x3" || op === "max_pool_3x3") {
    const pool = op === "avg_pool_3x3" ? "avgPool" : "maxPool";
    return net.add(`${name}.pool`, { op: pool, kernel: 3 }, x);
  }
  const kernel = op.endsWith("3x3") ? 3 : 5;
  if (op.startsWith("sep")) {
    x = net.add(`${name}.depthwise`, { op: "depthwise", kernel }, x);
    x = net.add(`${name}.pointwise`, { op: "conv", kernel: 1, channels }, x);
  } else {
    x = net.add(`${name}.conv`, { op: "conv", kernel, channels }, x);
  }
  return addBnRelu("out", x);
}
