import { formatShape, type Graph, labelOf } from "../graph/mod.ts";
import { cost } from "./cost.ts";

/**
 * A graph as a text table: each node with what it reads, its shape, parameters and MACs, and totals.
 *
 * @throws {GraphError} When the graph is not valid.
 *
 * @example
 * ```ts
 * import { nasBench201, summary } from "naskit";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 16 });
 * const arch = space.fromChoices([3, 1, 0, 4, 2, 1]);
 * assertStringIncludes(summary(space.lower(arch)), "stem.conv");
 * ```
 */
export function summary(graph: Graph): string {
  const { params, macs, nodes } = cost(graph);
  const count = (value: number) => value === 0 ? "" : value.toLocaleString("en-US");
  const header = ["node", "op", "reads", "shape", "params", "MACs"];
  const rows = nodes.map((node, index) => {
    const source = graph.nodes[index] as Graph["nodes"][number];
    return [
      node.name,
      labelOf(source),
      source.inputs.join(" "),
      formatShape(node.shape),
      count(node.params),
      count(node.macs),
    ];
  });
  const totals = ["total", `${nodes.length} nodes`, "", "", count(params), count(macs)];
  const table = [header, ...rows, totals];
  const widths = header.map((_, column) =>
    Math.max(...table.map((row) => (row[column] as string).length))
  );
  const line = (row: string[]) =>
    row.map((cell, column) => {
      const width = widths[column] as number;
      return column < 4 ? cell.padEnd(width) : cell.padStart(width);
    }).join("  ").trimEnd();
  const rule = "-".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [line(header), rule, ...rows.map(line), rule, line(totals)].join("\n");
}
