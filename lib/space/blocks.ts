import { GraphBuilder } from "../graph/mod.ts";
import type { Graph } from "../graph/graph.ts";

/** A piece of a network that reads one value and gives one, such as an inverted residual block. */
export interface Block {
  /** Unique in its chain; the names of its nodes begin with it. */
  readonly name: string;
  /** What it does: blocks of a space with equal keys add equal nodes, but for their names. */
  readonly key: string;
  /**
   * Adds the block's nodes behind the node `from` and returns the name of the last, or `from` when
   * there is nothing to add.
   */
  readonly add: (net: GraphBuilder, from: string) => string;
}

/**
 * A network as blocks one behind the other. Nothing but the value between two blocks is alive there,
 * so what a network costs follows from what each of its blocks costs.
 */
export interface BlockChain {
  /** The shape of the images. */
  readonly input: readonly [height: number, width: number, channels: number];
  /** The blocks in order; only the last may give features instead of an image. */
  readonly blocks: readonly Block[];
}

/**
 * The graph of a chain of blocks.
 *
 * @throws {GraphError} When the blocks do not fit.
 *
 * @example
 * ```ts
 * import { type Block, lowerChain } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const conv: Block = {
 *   name: "conv",
 *   key: "conv 3x3, 8",
 *   add: (net, from) => net.add("conv", { op: "conv", kernel: 3, channels: 8 }, from),
 * };
 * const graph = lowerChain({ input: [8, 8, 1], blocks: [conv] });
 * assertEquals(graph.output, "conv");
 * ```
 */
export function lowerChain({ input, blocks }: BlockChain): Graph {
  const net = new GraphBuilder(input);
  return net.build(blocks.reduce((from, block) => block.add(net, from), net.input));
}
