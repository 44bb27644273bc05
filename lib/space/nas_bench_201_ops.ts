/** The operations of NAS-Bench-201, in the order in which its papers number them. */
export const nasBench201Ops = [
  "none",
  "skip_connect",
  "nor_conv_1x1",
  "nor_conv_3x3",
  "avg_pool_3x3",
] as const;

/** One operation of a NAS-Bench-201 cell. */
export type NasBench201Op = typeof nasBench201Ops[number];

/** The edges of the cell as `[from, to]`, in the order of an architecture's operations. */
export const nasBench201Edges = [[0, 1], [0, 2], [1, 2], [0, 3], [1, 3], [2, 3]] as const;

/** A NAS-Bench-201 cell: the operation on each of {@linkcode nasBench201Edges}. */
export type NasBench201Arch = readonly NasBench201Op[];

/** The network around the cell. The defaults are those of the published benchmark. */
export interface NasBench201Options {
  /** Channels of the first stage; the next two have twice and four times as many. 16 when absent. */
  readonly channels?: number;
  /** Cells in each of the three stages; 5 when absent. */
  readonly cellsPerStage?: number;
  /** Height and width of the images in pixels; 32 when absent. */
  readonly size?: number;
  /** Channels of the images; 3 when absent. */
  readonly inputChannels?: number;
  /** Classes to tell apart; 10 when absent. */
  readonly classes?: number;
  /** The operations that an edge may have, in the order of {@linkcode nasBench201Ops}; all when absent. */
  readonly operations?: readonly NasBench201Op[];
}
