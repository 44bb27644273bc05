import { type GraphNode, inferShapes, type Shape } from "../graph/mod.ts";
import type { BlockChain } from "../space/blocks.ts";
import { lowerInSteps } from "../space/lower_in_steps.ts";

/** What a block of a stage is, or would be. */
export interface StageBlock {
  /** Its name in the chain; of one that is left out, that which it would have. */
  readonly name: string;
  /** Height, width and channels of the image that it gives; one number where it gives no image. */
  readonly shape: Shape;
  /** The side of its kernel in pixels, where it has one layer with a kernel that it is known for. */
  readonly kernel?: number;
  /** How many times as many channels its depthwise layer works on as the block reads. */
  readonly expansion?: number;
  /** Whether the network leaves it out. */
  readonly isSkipped: boolean;
}

/** The blocks of a stage, those left out at the end. */
export interface StageRow {
  /** The stage's name. */
  readonly name: string;
  /** Its blocks. */
  readonly blocks: readonly StageBlock[];
}

/**
 * The blocks of a chain by stages: those whose names begin alike up to a dot and which follow one another.
 * `places` says how many blocks a stage has room for.
 */
export function stageRows(
  chain: BlockChain,
  places: { readonly [stage: string]: number } = {},
): StageRow[] {
  const { graph, ends, values } = lowerInSteps(chain);
  const shapes = inferShapes(graph);
  const shapeOf = (name: string) => shapes.get(name) as Shape;
  const rows: { name: string; blocks: StageBlock[] }[] = [];
  chain.blocks.forEach(({ name }, i) => {
    const nodes = graph.nodes.slice(ends[i], ends[i + 1]);
    const [read] = values[i] as readonly string[];
    const [given] = values[i + 1] as readonly string[];
    const block: StageBlock = {
      name,
      shape: shapeOf(given as string),
      ...windowOf(nodes, (name) => shapeOf(name).at(-1) as number, read as string),
      isSkipped: false,
    };
    const stage = name.split(".")[0] as string;
    const row = rows.at(-1);
    if (row?.name === stage) row.blocks.push(block);
    else rows.push({ name: stage, blocks: [block] });
  });
  for (const { name, blocks } of rows) {
    const { shape } = blocks.at(-1) as StageBlock;
    for (let i = blocks.length; i < (places[name] ?? 0); i++) {
      blocks.push({ name: `${name}, block ${i + 1}`, shape, isSkipped: true });
    }
  }
  return rows;
}

/** What a block's one depthwise layer says of it, or its one convolution. */
function windowOf(
  nodes: readonly GraphNode[],
  channelsOf: (name: string) => number,
  read: string,
): Pick<StageBlock, "kernel" | "expansion"> {
  const depthwise = nodes.filter((node) => node.op === "depthwise");
  const [only] = depthwise;
  if (only !== undefined) {
    if (depthwise.length > 1) return {};
    const expansion = channelsOf(only.inputs[0] as string) / channelsOf(read);
    return { kernel: only.kernel, expansion };
  }
  const convs = nodes.filter((node) => node.op === "conv");
  return convs.length === 1 && convs[0] !== undefined ? { kernel: convs[0].kernel } : {};
}
