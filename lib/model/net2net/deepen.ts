import type { Graph, GraphNode, Op, Shape } from "../../graph/mod.ts";
import {
  type ChannelStatistics,
  checkPlace,
  insertBehind,
  insertion,
  unusedPrefix,
} from "./insert.ts";
import type { Start } from "./insert.ts";
import type { Morphism } from "./morphism.ts";
import { shapesOf } from "./once.ts";
import { type Range, rangesOf } from "./ranges.ts";

/** An activation, by the name of its op. */
export type Activation = "relu" | "relu6" | "hswish" | "swish" | "sigmoid" | "hsigmoid" | "tanh";

/** Where to insert a layer, and which. */
export interface DeepenOptions {
  /** The node behind which the layer goes. */
  readonly after: string;
  /** The kind of layer; `"conv"` for images and `"linear"` for features when absent. */
  readonly layer?: "conv" | "depthwise" | "linear";
  /** Side of its filter, odd; 3 when absent. */
  readonly kernel?: number;
  /** Whether it has a bias; where no batch norm follows it, when absent. */
  readonly bias?: boolean;
  /**
   * Whether a batch norm follows it; `false` when absent. It returns what it reads by its running
   * statistics alone, which start at mean 0 and variance 1, or at what {@linkcode measureChannels} measured
   * of the node: with those it does so by the batch's statistics too, on the batch that was measured.
   */
  readonly batchNorm?: boolean | ChannelStatistics;
  /**
   * The activation behind it; that of `after` when absent, or `"relu"` where `after` has none. It must
   * leave all values that `after` can have as they are.
   */
  readonly activation?: Activation | "none";
  /** Which of the nodes that read `after` read the new layer instead; all when absent. */
  readonly readers?: readonly string[];
  /** What the names of the new nodes begin with; `after` and `.deeper` when absent. */
  readonly name?: string;
}

/**
 * Inserts a layer that returns what it reads (Net2DeeperNet, Chen et al. 2016): a convolution whose
 * filters have a 1 in the middle, or a linear layer whose weight is the identity, and an activation that
 * changes nothing. A second ReLU changes nothing behind a first one, nor does a ReLU6 behind a ReLU6;
 * tanh, sigmoid and the swishes always do, so there is no way to insert a layer with one of those.
 *
 * @throws {RangeError} When the activation would change a value, with the reason; when there is no such
 * node, or the layer does not fit its shape; on options out of range.
 *
 * @example ReLU twice is ReLU; tanh twice is not tanh
 * ```ts
 * import { deepen, GraphBuilder } from "naskit";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const net = new GraphBuilder([8, 8, 4]);
 * const deeper = deepen(net.build(net.add("relu", { op: "relu" }, net.input)), { after: "relu" });
 * assertEquals(deeper.graph.output, "relu.deeper.relu");
 * const other = new GraphBuilder([8, 8, 4]);
 * const curved = other.build(other.add("tanh", { op: "tanh" }, other.input));
 * assertThrows(() => deepen(curved, { after: "tanh" }), RangeError, "tanh(tanh(x)) is not tanh(x)");
 * ```
 */
export function deepen(graph: Graph, options: DeepenOptions): Morphism {
  const { after, batchNorm = false, readers } = options;
  checkPlace(graph, after, { readers, task: "deepen" });
  const shape = shapesOf(graph).get(after) as Shape;
  const ops = layerOps(graph, shape, options);
  const prefix = unusedPrefix(graph, options.name ?? `${after}.deeper`);
  let from = after;
  const nodes = ops.map((op): GraphNode => {
    const name = `${prefix}.${op.op}`;
    const node = { ...op, name, inputs: [from] };
    from = name;
    return node;
  });
  const child = insertBehind(graph, after, { nodes, readers });
  const start = (node: GraphNode): Start =>
    node.op === "batchNorm" && typeof batchNorm === "object" ? batchNorm : "identity";
  return insertion(
    {
      kind: "deepen",
      description: `insert ${nodes.map(({ op }) => op).join(", ")} behind ${after}` +
        (readers === undefined ? "" : ` for ${readers.join(", ")}`),
      exact: batchNorm === false ? "always" : "running",
      parent: graph,
      graph: child,
    },
    { starts: new Map(nodes.map((node) => [node.name, start(node)])) },
  );
}

function layerOps(graph: Graph, shape: Shape, options: DeepenOptions): Op[] {
  const { after, kernel = 3, batchNorm = false } = options;
  const isImage = shape.length === 3, channels = shape.at(-1) as number;
  const { layer = isImage ? "conv" : "linear", bias = batchNorm === false } = options;
  if (isImage === (layer === "linear")) {
    throw new RangeError(
      `Cannot deepen: layer must be ${
        isImage ? '"conv" or "depthwise" for an image' : '"linear" for features'
      }, got "${layer}"`,
    );
  }
  if (!Number.isSafeInteger(kernel) || kernel < 1 || kernel % 2 === 0) {
    throw new RangeError(`Cannot deepen: kernel must be odd, to have a middle, got ${kernel}`);
  }
  if (typeof batchNorm === "object") checkStatistics(batchNorm, channels);
  const source = graph.nodes.find(({ name }) => name === after) as GraphNode;
  const range = rangesOf(graph).get(after) as Range;
  const activation = options.activation ?? (isActivation(source.op) ? source.op : "relu");
  const reason = activation === "none" ? undefined : whyChanged(activation, source, range);
  if (reason !== undefined) throw new RangeError(`Cannot deepen behind ${after}: ${reason}`);
  const made: Op = layer === "linear"
    ? { op: layer, features: channels, bias }
    : layer === "conv"
    ? { op: layer, kernel, channels, bias }
    : { op: layer, kernel, bias };
  return [
    made,
    ...(batchNorm === false ? [] : [{ op: "batchNorm" } as const]),
    ...(activation === "none" ? [] : [{ op: activation }]),
  ];
}

/** Why an activation changes some of the values that a node can have; `undefined` when it changes none. */
export function whyChanged(
  activation: Activation,
  source: GraphNode,
  [least, most]: Range,
): string | undefined {
  const upTo = { relu: Infinity, relu6: 6 } as const;
  if (activation !== "relu" && activation !== "relu6") {
    return `${activation}(${activation}(x)) is not ${activation}(x), so that no layer with ` +
      `${activation} can return what it reads; "relu" can behind values of at least 0`;
  }
  if (least < 0) {
    return `the values of ${source.name} (${source.op}) may be negative, and ${activation} would cut ` +
      "them off; a layer goes behind a ReLU, not before it";
  }
  if (most > upTo[activation]) {
    return `the values of ${source.name} (${source.op}) may be above 6, and relu6 would cut them off`;
  }
  return undefined;
}

/** Whether an op is an activation. */
export function isActivation(op: string): op is Activation {
  return ["relu", "relu6", "hswish", "swish", "sigmoid", "hsigmoid", "tanh"].includes(op);
}

function checkStatistics({ mean, variance }: ChannelStatistics, channels: number): void {
  for (const [name, values] of Object.entries({ mean, variance })) {
    const isFine = values.length === channels && Array.from(values).every(Number.isFinite);
    if (isFine && (name === "mean" || Array.from(values).every((v) => v >= 0))) continue;
    throw new RangeError(
      `Cannot deepen: batchNorm.${name} must hold ${channels} finite numbers` +
        `${name === "mean" ? "" : " of at least 0"}, got ${values.length}`,
    );
  }
}
