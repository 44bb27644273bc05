import {
  type Graph,
  type GraphNode,
  inferShapes,
  inputShapes,
  rulesOf,
  type Shape,
  type Storage,
} from "../graph/mod.ts";
import { channelsOf, sizeOf } from "../graph/ops/rules.ts";

/** What every cost of a node is made from. */
export interface Surveyed {
  /** The node. */
  readonly node: GraphNode;
  /** The places, in the graph's order, of its inputs; a constant has them and does not read them. */
  readonly inputs: readonly number[];
  /** The shape of its value. */
  readonly shape: Shape;
  /** The elements of its value. */
  readonly size: number;
  /** Its trained numbers. */
  readonly params: number;
  /** The numbers in its filter or weight matrix. */
  readonly weights: number;
  /** Its output channels where it adds a bias, 0 otherwise. */
  readonly biases: number;
  /** Its multiply-accumulates, additions of a bias left out; `undefined` for ops that have none. */
  readonly macs: number | undefined;
  /** Where its value goes on a device. */
  readonly storage: Storage;
  /** The place of the last node that reads its value; the graph's last place for its output. */
  lastRead: number;
  /** How many nodes read its value; the world that reads the output is one. */
  readers: number;
  /**
   * Whether a device computes it on the way out of the op before it, without memory or time of its
   * own: a batch norm or an activation that is the only reader of what it reads.
   */
  fused: boolean;
  /** Whether the batch norm behind it vanishes into its weights. */
  takesNorm: boolean;
}

/** Looks at every node of a graph once. Throws a `GraphError` when the graph is not valid. */
export function survey(graph: Graph): Surveyed[] {
  const shapes = inferShapes(graph);
  const places = new Map<string, number>();
  const surveyed: Surveyed[] = [];
  graph.nodes.forEach((node, place) => {
    const rules = rulesOf(node);
    const shape = shapes.get(node.name) as Shape;
    const read = inputShapes(node, shapes);
    let [params, weights, biases] = [0, 0, 0];
    for (const array of rules.params?.(node, read) ?? []) {
      const size = sizeOf(array.shape);
      params += size;
      if (array.name === "weight") weights += size;
      if (array.name === "bias") biases += size;
    }
    const inputs = node.inputs.map((name) => places.get(name) as number);
    const storage = rules.storage ?? "own";
    for (const input of storage === "constant" ? [] : inputs) {
      const source = surveyed[input] as Surveyed;
      source.lastRead = place;
      source.readers++;
    }
    places.set(node.name, place);
    const isOutput = node.name === graph.output;
    surveyed.push({
      node,
      inputs,
      shape,
      size: sizeOf(shape),
      params,
      weights,
      biases,
      macs: rules.macs?.(node, read, shape),
      storage,
      lastRead: place,
      readers: isOutput ? 1 : 0,
      fused: false,
      takesNorm: false,
    });
  });
  const output = surveyed[places.get(graph.output) as number] as Surveyed;
  output.lastRead = surveyed.length - 1;
  for (const each of surveyed) markFused(each, surveyed);
  return surveyed;
}

function markFused(each: Surveyed, all: readonly Surveyed[]): void {
  if (each.storage !== "overwrites" || each.inputs.length !== 1) return;
  const source = all[each.inputs[0] as number] as Surveyed;
  each.fused = source.readers === 1 && source.node.op !== "input";
  if (each.fused && each.node.op === "batchNorm" && source.weights > 0) source.takesNorm = true;
}

/** The elements that a node moves: its inputs, each read once, and its value, written once. */
export function moved(each: Surveyed, all: readonly Surveyed[]): number {
  const { storage, inputs, size, node } = each;
  if (node.op === "input" || storage === "view" || each.fused) return 0;
  if (storage === "constant") return size;
  let elements = size;
  for (const input of inputs) elements += (all[input] as Surveyed).size;
  return elements;
}

/** How a device stores weights. */
export interface WeightFormat {
  /** Bytes for each weight; 1 (int8) when absent. */
  readonly bytesPerWeight?: number;
  /** Bytes for each bias, and for each scale and shift of a batch norm left over; 4 when absent. */
  readonly bytesPerBias?: number;
  /** Bytes for each output channel's scale, where kernels quantise channel by channel; 0 when absent. */
  readonly bytesPerScale?: number;
}

/** The bytes of a node's weights as a device stores them. */
export function storedBytes(
  each: Surveyed,
  all: readonly Surveyed[],
  { bytesPerWeight = 1, bytesPerBias = 4, bytesPerScale = 0 }: WeightFormat,
): number {
  const { node, weights, biases, takesNorm, inputs, fused, shape } = each;
  if (node.op === "batchNorm") {
    // What cannot be folded stays a scale and a shift for each channel.
    const folded = fused && (all[inputs[0] as number] as Surveyed).takesNorm;
    return folded ? 0 : 2 * channelsOf(shape) * bytesPerBias;
  }
  if (weights === 0) return 0;
  const perChannel = bytesPerScale + (biases > 0 || takesNorm ? bytesPerBias : 0);
  return weights * bytesPerWeight + channelsOf(shape) * perChannel;
}
