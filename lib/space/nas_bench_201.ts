import type { GraphBuilder } from "../graph/mod.ts";
import type { Block, BlockChain } from "./blocks.ts";
import { defineSpace } from "./define.ts";
import type { SearchSpace } from "./space.ts";

/** The operations of NAS-Bench-201, in the order in which its papers number them. */
export const nasBench201Ops = [
  "none",
  "skip_connect",
  "nor_conv_1x1",
  "nor_conv_3x3",
  "avg_pool_3x3",
] as const;

/** One operation of a NAS-Bench-201 cell. */
export type NasBench201Op = typeof nasBench201Ops[number];

/** The edges of the cell as `[from, to]`, in the order of an architecture's operations. */
export const nasBench201Edges = [[0, 1], [0, 2], [1, 2], [0, 3], [1, 3], [2, 3]] as const;

/** A NAS-Bench-201 cell: the operation on each of {@linkcode nasBench201Edges}. */
export type NasBench201Arch = readonly NasBench201Op[];

/** The network around the cell. The defaults are those of the published benchmark. */
export interface NasBench201Options {
  /** Channels of the first stage; the next two have twice and four times as many. 16 when absent. */
  readonly channels?: number;
  /** Cells in each of the three stages; 5 when absent. */
  readonly cellsPerStage?: number;
  /** Height and width of the images in pixels; 32 when absent. */
  readonly size?: number;
  /** Channels of the images; 3 when absent. */
  readonly inputChannels?: number;
  /** Classes to tell apart; 10 when absent. */
  readonly classes?: number;
}

/**
 * The NAS-Bench-201 space (Dong & Yang 2020), also called the topology space of NATS-Bench: cells
 * of four nodes with one of five operations on each of six edges, 15,625 in all, stacked in three
 * stages.
 *
 * Architectures encode as the benchmark's own strings, `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`.
 *
 * @throws {RangeError} When an option is not a positive whole number.
 *
 * @example
 * ```ts
 * import { createRng, nasBench201 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 8, cellsPerStage: 1, size: 16, inputChannels: 1 });
 * const arch = space.sample(createRng("nas"));
 * assertEquals(space.decode(space.encode(arch)), arch);
 * assertEquals(space.size, 15_625n);
 * ```
 */
export function nasBench201(options: NasBench201Options = {}): SearchSpace<NasBench201Arch> {
  const { channels = 16, cellsPerStage = 5, size = 32, inputChannels = 3, classes = 10 } = options;
  const skeleton = { channels, cellsPerStage, size, inputChannels, classes };
  for (const [name, value] of Object.entries(skeleton)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot make nasBench201: ${name} must be a positive whole number, got ${value}`,
      );
    }
  }
  return defineSpace<NasBench201Arch>({
    name: `nas-bench-201 (channels ${channels}, cells ${cellsPerStage}, ` +
      `input ${size}x${size}x${inputChannels}, classes ${classes})`,
    decisions: nasBench201Edges.map(([from, to]) => ({
      name: `edge ${from}→${to}`,
      options: nasBench201Ops,
    })),
    fromChoices: (choices) => choices.map((choice) => nasBench201Ops[choice] as NasBench201Op),
    toChoices: (arch) => arch.map((op) => nasBench201Ops.indexOf(op)),
    encode: (arch) => encode(arch),
    decode: (text) => decode(text),
    chain: chains(skeleton),
  });
}

/**
 * The uniqueness class of a cell: equal text means the same network by the benchmark's own rule,
 * which follows zeros and skip connections through the cell. There are 6,466 classes.
 *
 * @example
 * ```ts
 * import { nasBench201, nasBench201Class } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201();
 * const classes = new Set([...space.enumerate()].map((arch) => nasBench201Class(arch)));
 * assertEquals(classes.size, 6_466);
 * ```
 */
export function nasBench201Class(arch: NasBench201Arch): string {
  const nodes = ["0"];
  for (let node = 1; node < 4; node++) {
    const terms = incoming(arch, node).map(({ from, op }) => {
      const source = nodes[from] as string;
      if (op === "none" || source === "#") return "#";
      return op === "skip_connect" ? source : `(${source})@${op}`;
    });
    nodes.push(terms.sort().join("+"));
  }
  return nodes[3] as string;
}

/**
 * A cell as nodes and labelled edges, for `drawCell`.
 *
 * @example
 * ```ts
 * import { drawCell, nasBench201, nasBench201Cell } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const cell = nasBench201Cell(nasBench201().fromChoices([3, 1, 0, 4, 2, 1]));
 * assertEquals(cell.edges[0], { from: "0", to: "1", label: "nor_conv_3x3" });
 * const figure = drawCell(cell, { title: "A cell" });
 * ```
 */
export function nasBench201Cell(arch: NasBench201Arch): {
  readonly nodes: readonly { readonly id: string; readonly label: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly label: string }[];
} {
  const labels = ["input", "1", "2", "output"];
  return {
    nodes: labels.map((label, id) => ({ id: String(id), label })),
    edges: nasBench201Edges.map(([from, to], i) => ({
      from: String(from),
      to: String(to),
      label: arch[i] as NasBench201Op,
    })),
  };
}

function incoming(arch: NasBench201Arch, node: number): { from: number; op: NasBench201Op }[] {
  return nasBench201Edges.flatMap(([from, to], edge) =>
    to === node ? [{ from, op: arch[edge] as NasBench201Op }] : []
  );
}

function encode(arch: NasBench201Arch): string {
  return [1, 2, 3].map((node) =>
    `|${incoming(arch, node).map(({ from, op }) => `${op}~${from}`).join("|")}|`
  ).join("+");
}

function decode(text: string): NasBench201Arch {
  const fail = (reason: string): never => {
    throw new SyntaxError(`Cannot decode ${JSON.stringify(text)} as NAS-Bench-201: ${reason}`);
  };
  const nodes = text.split("+");
  if (nodes.length !== 3) fail(`expected 3 nodes with "+" between, got ${nodes.length}`);
  const arch: NasBench201Op[] = [];
  nodes.forEach((part, index) => {
    const node = index + 1;
    const edges = /^\|(.*)\|$/.exec(part)?.[1]?.split("|");
    if (edges === undefined) return fail(`node ${node} must stand between bars, got "${part}"`);
    if (edges.length !== node) fail(`node ${node} has ${node} inputs, got ${edges.length}`);
    edges.forEach((edge, from) => {
      const [op, source, ...rest] = edge.split("~");
      const known = nasBench201Ops.find((name) => name === op);
      if (known === undefined) {
        return fail(
          `edge ${from}→${node} must be one of ${nasBench201Ops.join(", ")}, got "${op}"`,
        );
      }
      if (source !== String(from) || rest.length > 0) {
        fail(`edge ${from}→${node} must end in "~${from}", got "${edge}"`);
      }
      arch.push(known);
    });
  });
  return arch;
}

/** Makes the chains of blocks of networks with this skeleton. */
function chains(skeleton: Required<NasBench201Options>): (arch: NasBench201Arch) => BlockChain {
  const { channels, cellsPerStage, size, inputChannels, classes } = skeleton;
  const input = [size, size, inputChannels] as const;
  const widths = [channels, 2 * channels, 4 * channels];
  const first = stem(channels);
  const last = head(classes);
  const reductions = widths.map((width, stage) => reduction(`reduce${stage}`, width));
  // The blocks of one node in every cell, by stage and cell: there are few nodes, and many networks.
  const known = new Map<number, Block[][]>();
  const blocksOf = (arch: NasBench201Arch, node: number, alive: readonly number[]): Block[][] => {
    const [before, after] = [alive[node - 1] as number, alive[node] as number];
    let key = before * 16 + after;
    const first = firstEdge(node);
    for (let edge = first; edge < first + node; edge++) {
      key = key * 8 + nasBench201Ops.indexOf(arch[edge] as NasBench201Op);
    }
    key = key * 4 + node;
    const found = known.get(key) ??
      widths.map((channels, stage) =>
        Array.from({ length: cellsPerStage }, (_, cell) => {
          const ops = arch.slice(first, first + node);
          const given = { ops, before: members(before), after: members(after) };
          return nodeBlock(node, given, { cell: `stage${stage}.cell${cell}`, channels });
        })
      );
    known.set(key, found);
    return found;
  };
  return (arch) => {
    const alive = aliveNodes(arch);
    const nodes = [1, 2, 3].map((node) => blocksOf(arch, node, alive));
    const blocks = [first];
    for (let stage = 0; stage < 3; stage++) {
      if (stage > 0) blocks.push(reductions[stage] as Block);
      for (let cell = 0; cell < cellsPerStage; cell++) {
        for (const node of nodes) blocks.push((node[stage] as Block[])[cell] as Block);
      }
    }
    blocks.push(last);
    return { input, blocks };
  };
}

function stem(channels: number): Block {
  return {
    name: "stem",
    key: "stem",
    add: (net, [image]) => {
      const x = net.add("stem.conv", { op: "conv", kernel: 3, channels }, image as string);
      return [net.add("stem.bn", { op: "batchNorm" }, x)];
    },
  };
}

function head(classes: number): Block {
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
  /** The nodes before it whose values are still read: those that its block is given. */
  readonly before: readonly number[];
  /** The nodes up to it whose values are read behind it: those that its block gives. */
  readonly after: readonly number[];
}

function nodeBlock(
  node: number,
  { ops, before, after }: CellNode,
  { cell, channels }: { readonly cell: string; readonly channels: number },
): Block {
  const name = `${cell}.node${node}`;
  return {
    name,
    key: `${ops} from ${before} to ${after}, ${channels}`,
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

/** For each node the nodes up to it whose values are read behind it, as a set of bits. */
function aliveNodes(arch: NasBench201Arch): number[] {
  const alive = [1, 0, 0, 0b1000];
  let read = 0b1000;
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
    if (count === 0) read |= 1;
    else if (!isAlias || (read >> node) % 2 === 1) read |= sources;
    alive[node - 1] = read & ((1 << node) - 1);
  }
  return alive;
}

function members(bits: number): number[] {
  return [0, 1, 2, 3].filter((node) => (bits >> node) % 2 === 1);
}

function addEdge(
  net: GraphBuilder,
  name: string,
  { op, channels, from }: {
    readonly op: NasBench201Op;
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
function reduction(name: string, channels: number): Block {
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
