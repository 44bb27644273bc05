/** A cell as nodes and labelled edges, for `drawCell`. */
export interface CellOutline {
  /** The nodes, in an order in which every edge points forward. */
  readonly nodes: readonly {
    /** Unique in its cell. */
    readonly id: string;
    /** What is written in it. */
    readonly label: string;
  }[];
  /** The edges; several may join the same two nodes. */
  readonly edges: readonly {
    /** The id of the node it reads. */
    readonly from: string;
    /** The id of the node it leads to. */
    readonly to: string;
    /** The operation; `""` for one that only hands its value on. */
    readonly label: string;
  }[];
}

/** The names of the two cells that a cell reads, the earlier one first. */
export const cellInputs = ["cell k−2", "cell k−1"] as const;
