import { type Graph, GraphBuilder, type GraphNode, type Op } from "../graph/mod.ts";
import { type BlockChain, onlyOutput } from "./blocks.ts";

/** A graph, not checked, with the nodes and the values alive before the first and behind each block. */
export interface LoweredInSteps {
  /** The graph. */
  readonly graph: Graph;
  /** How many nodes there are before the first block, and behind each. */
  readonly ends: readonly number[];
  /** The names of the values that are alive there. */
  readonly values: readonly (readonly string[])[];
}

/** Lowers a chain and keeps where each block ends. */
export function lowerInSteps({ input, blocks }: BlockChain): LoweredInSteps {
  const net = new RecordingBuilder(input);
  let alive: readonly string[] = [net.input];
  const ends = [net.nodes.length];
  const values = [alive];
  for (const block of blocks) {
    alive = block.add(net, alive);
    ends.push(net.nodes.length);
    values.push(alive);
  }
  return { graph: { nodes: net.nodes, output: onlyOutput(alive) }, ends, values };
}

class RecordingBuilder extends GraphBuilder {
  /** The nodes so far. */
  readonly nodes: GraphNode[];

  constructor(shape: BlockChain["input"]) {
    super(shape);
    this.nodes = [{ name: this.input, inputs: [], op: "input", shape }];
  }

  override add(name: string, op: Op, ...inputs: string[]): string {
    this.nodes.push({ ...op, name, inputs });
    return name;
  }
}
