/** A node of a cell, as far as it matters which networks are the same. */
export interface ClassNode {
  /** What it does with each value that it reads; their order makes no difference. */
  readonly terms: readonly {
    /** The operation. */
    readonly op: string;
    /** 0 and 1 are the cell's inputs, 2 is its first node. */
    readonly input: number;
  }[];
  /** How the results become one. */
  readonly combine: string;
}

/**
 * A text that two cells share when they are the same network but for the order of their nodes and of
 * what each node reads: the least of the texts that the cell has in all orders of its nodes.
 */
export function classOf(nodes: readonly ClassNode[]): string {
  let least: string | undefined;
  const place = (order: readonly number[], text: string) => {
    // A text that is behind already stays behind: the next nodes only add to it.
    if (least !== undefined && text > least.slice(0, text.length)) return;
    if (order.length === nodes.length) {
      least = text;
      return;
    }
    nodes.forEach(({ terms, combine }, node) => {
      if (order.includes(node)) return;
      if (!terms.every(({ input }) => input < 2 || order.includes(input - 2))) return;
      const read = terms.map(({ op, input }) =>
        `${op}~${input < 2 ? input : order.indexOf(input - 2) + 2}`
      ).sort().join(",");
      place([...order, node], `${text}${combine}(${read})|`);
    });
  };
  place([], "");
  return least as string;
}
