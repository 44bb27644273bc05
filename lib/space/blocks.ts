import { GraphBuilder } from "../graph/mod.ts";
import type { Graph } from "../graph/graph.ts";

/** A piece of a network: it reads some values and gives some, such as an inverted residual block. */
export interface Block {
  /** What a reader calls it, e.g. `stage1.block0`; unique in its chain. */
  readonly name: string;
  /**
   * What it does: blocks of a space with equal keys add equal nodes behind equal values, but for
   * their names, and give the corresponding values, of which later blocks read the same.
   */
  readonly key: string;
  /**
   * Adds the block's nodes and returns the names of the values that later blocks take, and no others:
   * nodes of its own, or values it was given. A convolution and the batch norm behind it, which devices
   * fold into one, belong to the same block.
   */
  readonly add: (net: GraphBuilder, values: readonly string[]) => readonly string[];
}

/**
 * A network as blocks one behind the other. Between two blocks only the values that the first of them
 * returns are alive, so what a network costs follows from what each of its blocks costs.
 */
export interface BlockChain {
  /** The shape of the images, the one value that the first block is given. */
  readonly input: readonly [height: number, width: number, channels: number];
  /** The blocks in order; the last returns the network's output. */
  readonly blocks: readonly Block[];
}

/**
 * The graph of a chain of blocks.
 *
 * @throws {GraphError} When the blocks do not fit.
 * @throws {RangeError} When the last block does not return one value.
 *
 * @example
 * ```ts
 * import { type Block, lowerChain } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const conv: Block = {
 *   name: "conv",
 *   key: "conv 3x3, 8",
 *   add: (net, [x]) => [net.add("conv", { op: "conv", kernel: 3, channels: 8 }, x!)],
 * };
 * const graph = lowerChain({ input: [8, 8, 1], blocks: [conv] });
 * assertEquals(graph.output, "conv");
 * ```
 */
export function lowerChain({ input, blocks }: BlockChain): Graph {
  const net = new GraphBuilder(input);
  const values = blocks.reduce<readonly string[]>(
    (values, block) => block.add(net, values),
    [net.input],
  );
  return net.build(onlyOutput(values));
}

/** The network's output. Throws a `RangeError` when the last block returned more, or nothing. */
export function onlyOutput(values: readonly string[]): string {
  if (values.length !== 1) {
    throw new RangeError(
      `Cannot lower a chain: its last block must return one value, got ${JSON.stringify(values)}`,
    );
  }
  return values[0] as string;
}
