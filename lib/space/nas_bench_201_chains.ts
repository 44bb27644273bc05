import type { GraphBuilder } from "../graph/mod.ts";
import type { Block, BlockChain } from "./blocks.ts";
import {
  type NasBench201Arch,
  type NasBench201Op,
  nasBench201Ops,
  type NasBench201Options,
} from "./nas_bench_201_ops.ts";

/** Makes the chains of blocks of networks with this skeleton. */
export function nasBench201Chains(
  skeleton: Required<Omit<NasBench201Options, "operations">>,
): (arch: NasBench201Arch) => BlockChain {
  const { channels, cellsPerStage, size, inputChannels, classes } = skeleton;
  const input = [size, size, inputChannels] as const;
  const widths = [channels, 2 * channels, 4 * channels];
  const first = stem(channels);
  const last = head(classes);
  const reductions = widths.map((width, stage) => reduction(`reduce${stage}`, width));
  // The blocks of one node in every cell, by stage and cell: there are few nodes, and many networks.
  const known = new Map<number, Block[][]>();
  const blocksOf = (arch: NasBench201Arch, node: number, uses: readonly Later[]): Block[][] => {
    const [before, after] = [uses[node - 1] as Later, uses[node] as Later];
    const first = firstEdge(node);
    let key = (before.taken * 16 + after.taken) * 16 + after.read;
    for (let edge = first; edge < first + node; edge++) {
      key = key * 8 + nasBench201Ops.indexOf(arch[edge] as NasBench201Op);
    }
    key = key * 4 + node;
    const found = known.get(key) ??
      widths.map((channels, stage) =>
        Array.from({ length: cellsPerStage }, (_, cell) => {
          const ops = arch.slice(first, first + node);
          const given = {
            ops,
            before: members(before.taken),
            after: members(after.taken),
            read: after.read,
          };
          return nodeBlock(node, given, { cell: `stage${stage}.cell${cell}`, channels });
        })
      );
    known.set(key, found);
    return found;
  };
  return (arch) => {
    const nodesFor = (uses: readonly Later[]) =>
      [1, 2, 3].map((node) => blocksOf(arch, node, uses));
    const uses = laterUses(arch, true);
    const lastNodes = nodesFor(uses);
    // The cell behind a cell is the same again, which may read its input or not.
    const nodes = uses[0]?.read === 1 ? lastNodes : nodesFor(laterUses(arch, false));
    const blocks = [first];
    for (let stage = 0; stage < 3; stage++) {
      if (stage > 0) blocks.push(reductions[stage] as Block);
      for (let cell = 0; cell < cellsPerStage; cell++) {
        for (const node of cell + 1 < cellsPerStage ? nodes : lastNodes) {
          blocks.push((node[stage] as Block[])[cell] as Block);
        }
      }
    }
    blocks.push(last);
    return { input, blocks };
  };
}

/** The layers before the cells. */
export function stem(channels: number): Block {
  return {
    name: "stem",
    key: "stem",
    add: (net, [image]) => {
      const x = net.add("stem.conv", { op: "conv", kernel: 3, channels }, image as string);
      return [net.add("stem.bn", { op: "batchNorm" }, x)];
    },
  };
}

/** The layers behind them. */
export function head(classes: number): Block {
  return {
    name: "head",
    key: "head",
    add: (net, [from]) => {
      let x = net.add("head.bn", { op: "batchNorm" }, from as string);
      x = net.add("head.relu", { op: "relu" }, x);
      x = net.add("head.pool", { op: "globalAvgPool" }, x);
      return [net.add("head.linear", { op: "linear", features: classes }, x)];
    },
  };
}

/** What a node of a cell does with the nodes before it. */
interface CellNode {
  readonly ops: readonly NasBench201Op[];
  /** The nodes before it that are still taken: those that its block is given. */
  readonly before: readonly number[];
  /** The nodes up to it that are taken behind it: those that its block gives. */
  readonly after: readonly number[];
  /** Those of them that are read there, as a set of bits. */
  readonly read: number;
}

function nodeBlock(
  node: number,
  { ops, before, after, read }: CellNode,
  { cell, channels }: { readonly cell: string; readonly channels: number },
): Block {
  const name = `${cell}.node${node}`;
  return {
    name,
    key: `${ops} from ${before} to ${after} (${read}), ${channels}`,
    add: (net, values) => {
      const valueOf = (source: number) => values[before.indexOf(source)] as string;
      const terms = ops.flatMap((op, from) =>
        op === "none"
          ? []
          : [addEdge(net, `${cell}.edge${from}_${node}`, { op, channels, from: valueOf(from) })]
      );
      const value = terms.length > 0
        ? net.sum(name, terms)
        : net.add(name, { op: "zero" }, valueOf(0));
      return after.map((source) => source === node ? value : valueOf(source));
    },
  };
}

/** Where the edges that lead to a node begin; they are listed by the node they lead to. */
function firstEdge(node: number): number {
  return (node * (node - 1)) / 2;
}

/** What becomes of the values of nodes behind a node, as sets of bits. */
interface Later {
  /** The nodes up to it that a later one takes. */
  readonly taken: number;
  /** Those of them whose numbers are read; zeros take no more of a value than its shape. */
  readonly read: number;
}

/** For the input and each node, what becomes of the values behind it; the output is always taken. */
function laterUses(arch: NasBench201Arch, isOutputRead: boolean): Later[] {
  const uses: Later[] = [];
  let read = isOutputRead ? 0b1000 : 0;
  let shapes = 0b1000 - read;
  uses[3] = { taken: 0b1000, read };
  for (let node = 3; node > 0; node--) {
    const first = firstEdge(node);
    let sources = 0;
    let count = 0;
    let isAlias = false;
    for (let from = 0; from < node; from++) {
      const op = arch[first + from];
      if (op === "none") continue;
      sources |= 1 << from;
      isAlias = ++count === 1 && op === "skip_connect";
    }
    // A node without inputs is zeros in the shape of the cell's input; one that is a single skip
    // connection is its source, and reads it only where it is read itself.
    if (count === 0) shapes |= 1;
    else if (!isAlias || (read >> node) % 2 === 1) read |= sources;
    else if ((shapes >> node) % 2 === 1) shapes |= sources;
    const before = (1 << node) - 1;
    // The cell is given its input whether it needs it or not.
    const taken = node === 1 ? 1 : (read | shapes) & before;
    uses[node - 1] = { taken, read: read & before };
  }
  return uses;
}

function members(bits: number): number[] {
  return [0, 1, 2, 3].filter((node) => (bits >> node) % 2 === 1);
}

/** Adds the operation of an edge, and returns its last node. */
export function addEdge(
  net: GraphBuilder,
  name: string,
  { op, channels, from }: {
    readonly op: Exclude<NasBench201Op, "none">;
    readonly channels: number;
    readonly from: string;
  },
): string {
  if (op === "skip_connect") return from;
  if (op === "avg_pool_3x3") return net.add(`${name}.pool`, { op: "avgPool", kernel: 3 }, from);
  const kernel = op === "nor_conv_1x1" ? 1 : 3;
  return addReluConvBn(net, name, { kernel, channels }, from);
}

function addReluConvBn(
  net: GraphBuilder,
  name: string,
  conv: { readonly kernel: number; readonly channels: number; readonly stride?: number },
  from: string,
): string {
  const relu = net.add(`${name}.relu`, { op: "relu" }, from);
  const filtered = net.add(`${name}.conv`, { op: "conv", ...conv }, relu);
  return net.add(`${name}.bn`, { op: "batchNorm" }, filtered);
}

/** The residual block between stages, which halves the image and doubles the channels. */
export function reduction(name: string, channels: number): Block {
  return {
    name,
    key: `reduction, ${channels}`,
    add: (net, [from]) => [addReduction(net, name, { channels, from: from as string })],
  };
}

function addReduction(
  net: GraphBuilder,
  name: string,
  { channels, from }: { readonly channels: number; readonly from: string },
): string {
  let x = net.add(`${name}.relu_a`, { op: "relu" }, from);
  x = net.add(`${name}.conv_a`, { op: "conv", kernel: 3, channels, stride: 2 }, x);
  x = net.add(`${name}.bn_a`, { op: "batchNorm" }, x);
  x = net.add(`${name}.relu_b`, { op: "relu" }, x);
  x = net.add(`${name}.conv_b`, { op: "conv", kernel: 3, channels }, x);
  x = net.add(`${name}.bn_b`, { op: "batchNorm" }, x);
  let shortcut = net.add(
    `${name}.pool`,
    { op: "avgPool", kernel: 2, stride: 2, padding: 0 },
    from,
  );
  shortcut = net.add(`${name}.shortcut`, { op: "conv", kernel: 1, channels }, shortcut);
  return net.add(`${name}.sum`, { op: "add" }, x, shortcut);
}
