import { checkPositive } from "./cells/check.ts";
import { classOf } from "./cells/class.ts";
import { cellInputs, type CellOutline } from "./cells/outline.ts";
import { type DartsArch, type DartsCell, dartsOps, inputPairs } from "./darts/arch.ts";
import { dartsChain } from "./darts/chain.ts";
import { relaxDarts } from "./darts/relaxed.ts";
import { decodeDarts, encodeDarts } from "./darts/text.ts";
import { defineSpace } from "./define.ts";
import { choice } from "./parts/choice.ts";
import type { Part } from "./parts/part.ts";
import { product } from "./parts/product.ts";
import type { SearchSpace } from "./space.ts";

/** The cells, and the network around them. The defaults are those of the published networks. */
export interface DartsCellsOptions {
  /** Nodes of a cell; 4 when absent. */
  readonly nodes?: number;
  /** Channels of the nodes of the first cells; twice as many behind each reduction. 36 when absent. */
  readonly channels?: number;
  /** Cells in a row; those a third and two thirds of the way halve the image. 20 when absent. */
  readonly cells?: number;
  /** Height and width of the images in pixels; 32 when absent. */
  readonly size?: number;
  /** Channels of the images; 3 when absent. */
  readonly inputChannels?: number;
  /** Classes to tell apart; 10 when absent. */
  readonly classes?: number;
}

/**
 * The cells of DARTS (Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", 2019): four
 * nodes, each the sum of two operations on two different values before it, out of seven operations;
 * 1 * 3 * 6 * 10 * 7^8 = 1,037,664,180 cells, and as many pairs of a normal and a reduction cell as
 * the square of that.
 *
 * The network is the published one without its auxiliary head: a stem of three times the channels,
 * each cell behind the two before it, whose outputs pass a convolution of 1x1; the output of a cell
 * is its nodes side by side. One thing differs: where an image is halved without an operation, the
 * released code reads two of four pixels by two convolutions, here one convolution of as many
 * weights reads their mean.
 *
 * @throws {RangeError} When an option is not a positive whole number.
 *
 * @example The published network
 * ```ts
 * import { cost, dartsCells, dartsGenotypes } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = dartsCells();
 * assertEquals(space.size, 1_037_664_180n ** 2n);
 * assertEquals(cost(space.lower(dartsGenotypes.DARTS_V2)).params, 3_349_342);
 * ```
 */
export function dartsCells(options: DartsCellsOptions = {}): SearchSpace<DartsArch> {
  const { nodes = 4, channels = 36, cells = 20, size = 32, inputChannels = 3, classes = 10 } =
    options;
  const skeleton = { channels, cells, size, inputChannels, classes };
  checkPositive("dartsCells", { nodes, ...skeleton });
  return defineSpace<DartsArch>({
    name: `darts cells (nodes ${nodes}, channels ${channels}, cells ${cells}, ` +
      `input ${size}x${size}x${inputChannels}, classes ${classes})`,
    part: product({ normal: cellPart(nodes), reduce: cellPart(nodes) }),
    encode: encodeDarts,
    decode: (text) => decodeDarts(text, nodes),
    chain: (arch) => dartsChain(arch, skeleton),
    relax: (options) => relaxDarts({ ...skeleton, nodes }, options),
    recipe: { module: import.meta.url, factory: "dartsCells", args: [{ ...skeleton, nodes }] },
  });
}

function cellPart(nodes: number): Part<DartsCell> {
  const op = choice(dartsOps);
  return product(
    Array.from({ length: nodes }, (_, node) =>
      product({
        inputs: choice(inputPairs(node)) as Part<readonly [number, number]>,
        ops: product([op, op]),
      })),
  );
}

/**
 * A DARTS cell as nodes and labelled edges, for `drawCell`.
 *
 * @example
 * ```ts
 * import { dartsCell, dartsGenotypes, drawCell } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const cell = dartsCell(dartsGenotypes.DARTS_V2.normal);
 * assertEquals(cell.edges[0], { from: "0", to: "2", label: "sep_conv_3x3" });
 * const figure = drawCell(cell, { title: "The normal cell of DARTS" });
 * ```
 */
export function dartsCell(cell: DartsCell): CellOutline {
  return {
    nodes: [
      ...cellInputs.map((label, id) => ({ id: String(id), label })),
      ...cell.map((_, node) => ({ id: String(node + 2), label: `node ${node + 1}` })),
      { id: "output", label: "concat" },
    ],
    edges: [
      ...cell.flatMap(({ inputs, ops }, node) =>
        ops.map((op, i) => ({ from: String(inputs[i]), to: String(node + 2), label: op }))
      ),
      ...cell.map((_, node) => ({ from: String(node + 2), to: "output", label: "" })),
    ],
  };
}

/**
 * The class of a DARTS cell: two cells have equal text when they are the same network, but for the
 * order of their nodes.
 *
 * @example Two nodes that read the inputs alone can change places
 * ```ts
 * import { dartsCellClass, dartsCells } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = dartsCells({ nodes: 2 });
 * const reduce = "|skip_connect~0|skip_connect~1|+|skip_connect~0|skip_connect~1|";
 * const [conv, pool] = ["|sep_conv_3x3~0|skip_connect~1|", "|max_pool_3x3~0|max_pool_3x3~1|"];
 * const [a, b] = [`${conv}+${pool}`, `${pool}+${conv}`]
 *   .map((normal) => space.decode(`normal ${normal} reduce ${reduce}`));
 * assertEquals(dartsCellClass(a!.normal), dartsCellClass(b!.normal));
 * ```
 */
export function dartsCellClass(cell: DartsCell): string {
  return classOf(cell.map(({ inputs, ops }) => ({
    terms: ops.map((op, i) => ({ op, input: inputs[i] as number })),
    combine: "add",
  })));
}
