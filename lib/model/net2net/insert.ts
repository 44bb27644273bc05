import type { Rng } from "../../engine/rng.ts";
import type { Graph, GraphNode } from "../../graph/mod.ts";
import { type Init, initialValues } from "../init.ts";
import { makeMorphism, type Morphism, type MorphismParts } from "./morphism.ts";
import { type ArraySpec, isStatistic, lengthOf } from "./weights.ts";

/** A mean and a variance for each channel. */
export interface ChannelStatistics {
  /** The means. */
  readonly mean: ArrayLike<number>;
  /** The variances, over all values (not the unbiased ones). */
  readonly variance: ArrayLike<number>;
}

/**
 * How a new node starts: it returns what it reads (`"identity"`); it returns zeros (`"zero"`); or with
 * random weights (`"fresh"`), where zeros further on keep it without a say. A batch norm that returns
 * what it reads does so by the statistics that it is given, or else by mean 0 and variance 1.
 */
export type Start = "identity" | "zero" | "fresh" | ChannelStatistics;

/** What a morphism that adds nodes starts them with. */
export interface Starts {
  /** By node. */
  readonly starts: ReadonlyMap<string, Start>;
  /** Draws fresh weights. */
  readonly rng?: Rng | undefined;
  /** How fresh weights are drawn; `"heNormal"` when absent. */
  readonly init?: Init | undefined;
}

/** A morphism whose arrays are those of the parent by name, and new ones beside. */
export function insertion(
  about: Omit<MorphismParts, "unsettled">,
  { starts, rng, init = "heNormal" }: Starts,
): Morphism {
  const nodes = new Map(about.graph.nodes.map((node) => [node.name, node]));
  const startOf = (spec: ArraySpec) => starts.get(spec.node);
  const unsettled = about.graph.nodes.filter(({ name, op }) =>
    op === "batchNorm" && starts.get(name) === "identity"
  );
  return makeMorphism({ ...about, unsettled: unsettled.map(({ name }) => name) }, {
    value: (name, spec, old) => {
      const start = startOf(spec);
      if (start === undefined) return (old as Float32Array).slice();
      if (start === "fresh") return freshValues(name, spec, { rng: rng as Rng, init });
      return start === "zero"
        ? constant(spec, spec.array === "variance" ? 1 : 0)
        : identityValues(spec, nodes.get(spec.node) as GraphNode, start);
    },
    slot: (_name, spec, { old }) =>
      startOf(spec) === undefined ? (old as Float32Array).slice() : constant(spec, 0),
  });
}

/** The values that a fresh network has. */
export function freshValues(
  name: string,
  spec: ArraySpec,
  { rng, init }: { readonly rng: Rng; readonly init: Init },
): Float32Array {
  if (isStatistic(spec)) return constant(spec, spec.array === "variance" ? 1 : 0);
  const { array, shape, fanIn } = spec;
  return initialValues(
    { name: array as Exclude<typeof array, "mean" | "variance">, shape, fanIn },
    init,
    rng.split(name),
  );
}

function constant(spec: ArraySpec, value: number): Float32Array {
  return new Float32Array(lengthOf(spec)).fill(value);
}

function identityValues(
  spec: ArraySpec,
  node: GraphNode,
  start: "identity" | ChannelStatistics,
): Float32Array {
  const values = constant(spec, 0);
  if (node.op === "batchNorm") {
    const measured = start === "identity" ? undefined : start;
    const { epsilon = 1e-5 } = node;
    return values.map((_, i) => {
      const mean = measured?.mean[i] ?? 0, variance = measured?.variance[i] ?? 1;
      switch (spec.array) {
        case "gamma":
          return Math.sqrt(variance + epsilon);
        case "variance":
          return variance;
        default:
          return mean;
      }
    });
  }
  if (spec.array !== "weight") return values;
  const [inner, outer] = spec.shape.slice(-2) as [number, number];
  const taps = values.length / (inner * outer);
  const middle = Math.floor(taps / 2) * inner * outer;
  for (let c = 0; c < inner; c++) {
    values[middle + (node.op === "depthwise" ? c : c * outer + c)] = 1;
  }
  return values;
}

/** What no node's name begins with, followed by a dot: the given text, or that with a number. */
export function unusedPrefix(graph: Graph, wanted: string): string {
  const isTaken = (prefix: string) => graph.nodes.some(({ name }) => name.startsWith(`${prefix}.`));
  if (!isTaken(wanted)) return wanted;
  let number = 2;
  while (isTaken(`${wanted}${number}`)) number++;
  return `${wanted}${number}`;
}

/** Puts nodes behind another; its readers, or some of them, then read the last of the new ones. */
export function insertBehind(
  graph: Graph,
  after: string,
  { nodes, readers }: {
    readonly nodes: readonly GraphNode[];
    readonly readers?: readonly string[] | undefined;
  },
): Graph {
  const end = (nodes.at(-1) as GraphNode).name;
  const reads = (name: string) => readers?.includes(name) ?? true;
  const at = graph.nodes.findIndex(({ name }) => name === after) + 1;
  const rest = graph.nodes.slice(at).map((node) =>
    reads(node.name) && node.inputs.includes(after)
      ? { ...node, inputs: node.inputs.map((name) => name === after ? end : name) }
      : node
  );
  return {
    ...graph,
    nodes: [...graph.nodes.slice(0, at), ...nodes, ...rest],
    output: graph.output === after && readers === undefined ? end : graph.output,
  };
}

/** Throws a `RangeError` unless the node is there and the readers read it. */
export function checkPlace(
  graph: Graph,
  after: string,
  { readers, task }: { readonly readers?: readonly string[] | undefined; readonly task: string },
): void {
  if (!graph.nodes.some(({ name }) => name === after)) {
    throw new RangeError(`Cannot ${task}: after must name a node of the graph, got "${after}"`);
  }
  const reading = graph.nodes.filter(({ inputs }) => inputs.includes(after)).map(({ name }) =>
    name
  );
  if (readers === undefined) return;
  const other = readers.find((name) => !reading.includes(name));
  if (other === undefined && readers.length > 0) return;
  throw new RangeError(
    `Cannot ${task}: readers must be nodes that read ${after} (${reading.join(", ")}), got ${
      other === undefined ? "none" : `"${other}"`
    }`,
  );
}
