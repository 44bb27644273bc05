import {
  type FullWindow,
  fullWindow,
  type Graph,
  GraphError,
  type GraphNode,
  inferShapes,
  type Shape,
} from "../../graph/mod.ts";
import { makeMorphism, type Morphism } from "./morphism.ts";
import { shapesOf } from "./once.ts";
import { lengthOf } from "./weights.ts";

/** Whose filter to enlarge, and how far. */
export interface GrowKernelOptions {
  /** A convolution, depthwise or not. */
  readonly node: string;
  /** The side that its filter is to have. */
  readonly kernel: number;
  /** The padding that it is to have; that which leaves old taps in the middle when absent. */
  readonly padding?: number;
}

/**
 * Enlarges the filters of a convolution by zeros around them, 3x3 to 5x5 for one, and the padding with
 * them, so that each old tap stays over the pixel that it was over. As padding is equal on all sides, as in
 * PyTorch, the old filter goes to the middle, at any stride. Under TensorFlow's `"same"` padding, which
 * depends on the size of the image, 1x1 to 3x3 at stride 2 would want its tap in the corner instead.
 *
 * A side grows by an even number of taps; by an odd one only where the padding's other side reaches over
 * the image without a new output.
 *
 * @throws {RangeError} When the node is not a convolution, the kernel is not larger, or no padding keeps
 * the taps where they are.
 *
 * @example
 * ```ts
 * import { GraphBuilder, growKernel } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const net = new GraphBuilder([4, 4, 1]);
 * const graph = net.build(net.add("conv", { op: "conv", kernel: 1, channels: 1 }, net.input));
 * const larger = growKernel(graph, { node: "conv", kernel: 3 });
 * const weights = larger.inherit(new Map([["conv.weight", new Float32Array([7])]]));
 * assertEquals([...weights.get("conv.weight")!], [0, 0, 0, 0, 7, 0, 0, 0, 0]);
 * ```
 */
export function growKernel(graph: Graph, options: GrowKernelOptions): Morphism {
  const { node: name, kernel } = options;
  const shapes = shapesOf(graph);
  const node = graph.nodes.find((each) => each.name === name);
  if (node?.op !== "conv" && node?.op !== "depthwise") {
    throw new RangeError(
      `Cannot grow the kernel of ${name}: node must be a convolution of the graph, got ${
        node?.op ?? "none of this name"
      }`,
    );
  }
  if (!Number.isSafeInteger(kernel) || kernel <= node.kernel) {
    throw new RangeError(
      `Cannot grow the kernel of ${name}: kernel must be a whole number above ${node.kernel}, ` +
        `got ${kernel}`,
    );
  }
  const grown = grownWindow(node, options, (child) => {
    const nodes = graph.nodes.map((each) => each === node ? child : each);
    return isShape({ ...graph, nodes }, name, shapes.get(name) as Shape);
  });
  if (grown === undefined) {
    throw new RangeError(
      `Cannot grow the kernel of ${name} from ${node.kernel} to ${kernel}: ` +
        (options.padding === undefined
          ? "an odd number of new taps has no middle, and more padding on all sides would change " +
            "the size of the output"
          : `padding ${options.padding} would move old taps or change the size of the output`),
    );
  }
  const pad = (array: string, length: number, old: Float32Array) =>
    array === `${name}.weight`
      ? padded(old, { from: node.kernel, to: kernel, offset: grown.offset, length })
      : old.slice();
  return makeMorphism(
    {
      kind: "kernel",
      description: `grow the kernel of ${name} from ${node.kernel}x${node.kernel} to ` +
        `${kernel}x${kernel}`,
      exact: "always",
      parent: graph,
      graph: { ...graph, nodes: graph.nodes.map((each) => each === node ? grown.node : each) },
    },
    {
      value: (array, spec, old) => pad(array, lengthOf(spec), old as Float32Array),
      slot: (array, spec, { old }) => pad(array, lengthOf(spec), old as Float32Array),
    },
  );
}

type Convolution = Extract<GraphNode, { op: "conv" | "depthwise" }>;

/** The convolution with a larger filter, and where in it the old one begins. */
function grownWindow(
  node: Convolution,
  { kernel, padding: wished }: Pick<GrowKernelOptions, "kernel" | "padding">,
  keepsShape: (child: Convolution) => boolean,
): { readonly node: Convolution; readonly offset: number } | undefined {
  const before: FullWindow = fullWindow(node);
  const half = (kernel - node.kernel) / 2;
  const offsets = wished === undefined
    ? [Math.floor(half), Math.ceil(half)]
    : [(wished - before.padding) / before.dilation];
  for (const offset of offsets) {
    if (!Number.isInteger(offset) || offset < 0 || offset > 2 * half) continue;
    const padding = before.padding + before.dilation * offset;
    const { padding: given, ...rest } = node;
    const child = { ...rest, kernel } as Convolution;
    const isUsual = given === undefined && fullWindow(child).padding === padding;
    const grown = isUsual ? child : { ...child, padding };
    if (keepsShape(grown)) return { node: grown, offset };
  }
  return undefined;
}

/**
 * Whether a node can become another of its kind by more channels and zeros around its filter; whether
 * these fit the rest of the graph is not looked at.
 */
export function growsInto(node: GraphNode, larger: GraphNode): boolean {
  if (node.op === "conv" || node.op === "depthwise") {
    if (larger.op !== node.op) return false;
    const [before, after] = [fullWindow(node), fullWindow(larger)];
    const offset = (after.padding - before.padding) / before.dilation;
    return settingsOf(node) === settingsOf(larger) && Number.isInteger(offset) && offset >= 0 &&
      offset <= after.kernel - before.kernel;
  }
  return node.op === larger.op && settingsOf(node) === settingsOf(larger);
}

/** What no change of weights can make up for, as a text. */
function settingsOf(node: GraphNode): string {
  switch (node.op) {
    case "conv":
    case "depthwise": {
      const { stride, dilation } = fullWindow(node);
      const multiplier = node.op === "depthwise" ? node.multiplier ?? 1 : 1;
      return JSON.stringify([stride, dilation, node.bias ?? false, multiplier]);
    }
    case "avgPool":
    case "maxPool":
      return JSON.stringify(fullWindow(node));
    case "batchNorm":
      return JSON.stringify([node.epsilon ?? 1e-5, node.momentum ?? 0.1, node.affine ?? true]);
    case "upsample":
      return JSON.stringify([node.factor, node.mode ?? "bilinear"]);
    case "zero":
      return JSON.stringify(node.stride ?? 1);
    case "linear":
      return JSON.stringify(node.bias ?? true);
    case "input":
      return JSON.stringify(node.shape);
    default:
      return "";
  }
}

function isShape(graph: Graph, name: string, expected: Shape): boolean {
  try {
    return inferShapes(graph).get(name)?.join() === expected.join();
  } catch (error) {
    if (error instanceof GraphError) return false;
    throw error;
  }
}

/** A filter in the midst of zeros. */
function padded(
  old: Float32Array,
  { from, to, offset, length }: {
    readonly from: number;
    readonly to: number;
    readonly offset: number;
    readonly length: number;
  },
): Float32Array {
  const made = new Float32Array(length);
  const perTap = length / (to * to);
  for (let row = 0; row < from; row++) {
    const taps = old.subarray(row * from * perTap, (row + 1) * from * perTap);
    made.set(taps, ((row + offset) * to + offset) * perTap);
  }
  return made;
}
