import type { Op } from "./op.ts";

/** The shape of what flows along an edge, without the batch: `[height, width, channels]` or `[features]`. */
export type Shape =
  | readonly [height: number, width: number, channels: number]
  | readonly [
    features: number,
  ];

/** A named op with the names of the nodes it reads. */
export type GraphNode = Op & {
  /** Unique in its graph. */
  readonly name: string;
  /** The nodes it reads, in order; each stands before it. */
  readonly inputs: readonly string[];
};

/** A network as plain JSON: a DAG of typed ops in topological order. */
export interface Graph {
  /** The nodes; each reads only nodes before it. The first is the input. */
  readonly nodes: readonly GraphNode[];
  /** The name of the node whose value the network returns. */
  readonly output: string;
}
