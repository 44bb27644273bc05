/** The operations of DARTS in their published order; the first is for the relaxation alone. */
export const dartsPrimitives = [
  "none",
  "max_pool_3x3",
  "avg_pool_3x3",
  "skip_connect",
  "sep_conv_3x3",
  "sep_conv_5x5",
  "dil_conv_3x3",
  "dil_conv_5x5",
] as const;

/** An operation on an edge of a DARTS cell. */
export type DartsOp = Exclude<typeof dartsPrimitives[number], "none">;

/** The operations on the edges of DARTS cells, in their published order. */
export const dartsOps: readonly DartsOp[] = dartsPrimitives.filter(isOp);

/** A node of a DARTS cell: the sum of two operations, each on one of the values before it. */
export interface DartsNode {
  /**
   * The values that it reads, the earlier one first: 0 and 1 are the outputs of the last cell but one
   * and of the last cell, 2 is the first node of this cell.
   */
  readonly inputs: readonly [number, number];
  /** What it does with each. */
  readonly ops: readonly [DartsOp, DartsOp];
}

/** The nodes of a cell in order. */
export type DartsCell = readonly DartsNode[];

/** A DARTS architecture: its two kinds of cell. */
export interface DartsArch {
  /** The cells that keep the size of the image. */
  readonly normal: DartsCell;
  /** The two cells that halve it. */
  readonly reduce: DartsCell;
}

/** The two kinds of cell, in the order of the decisions. */
export const dartsKinds = ["normal", "reduce"] as const;

/** A node of two edges, given in any order. */
export function nodeOf(edges: readonly { op: DartsOp; input: number }[]): DartsNode {
  const [a, b] = [...edges].sort((a, b) => a.input - b.input) as [typeof edges[0], typeof edges[0]];
  return { inputs: [a.input, b.input], ops: [a.op, b.op] };
}

/** The pairs of values that node `node` (from 0) may read. */
export function inputPairs(node: number): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  for (let first = 0; first < node + 1; first++) {
    for (let second = first + 1; second < node + 2; second++) pairs.push([first, second]);
  }
  return pairs;
}

function isOp(primitive: typeof dartsPrimitives[number]): primitive is DartsOp {
  return primitive !== "none";
}
