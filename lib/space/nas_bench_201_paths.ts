import { type NasBench201Arch, nasBench201Edges, type NasBench201Op } from "./nas_bench_201_ops.ts";

/** Options of {@linkcode nasBench201Paths}. */
export interface NasBench201PathOptions {
  /** Whether all four paths are given as they stand, zeros and skip connections in them too; `false` when absent. */
  readonly raw?: boolean;
}

/** The four ways from the input to the output, as indices of edges. */
const ways = waysFrom(0);

/**
 * The chains of operations from the input of a cell to its output, with `>` between, in alphabetical
 * order: what the path encoding of BANANAS (White et al. 2021) tells of a cell.
 *
 * Chains through a zero carry nothing and are left out; skip connections change nothing and are left
 * out of the chains. Cells of one {@linkcode nasBench201Class} so have equal paths. The encoding of
 * the paper keeps both: with `raw` there are 5 + 25 + 125 = 155 different paths.
 *
 * @example
 * ```ts
 * import { nasBench201, nasBench201Paths } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const cell = nasBench201().fromChoices([3, 1, 0, 4, 2, 1]);
 * assertEquals(nasBench201Paths(cell), ["", "avg_pool_3x3", "nor_conv_3x3>nor_conv_1x1"]);
 * assertEquals(nasBench201Paths(cell, { raw: true }).length, 4);
 * ```
 */
export function nasBench201Paths(
  arch: NasBench201Arch,
  { raw = false }: NasBench201PathOptions = {},
): string[] {
  return ways.flatMap((way) => {
    const ops = way.map((edge) => arch[edge] as NasBench201Op);
    if (raw) return [ops.join(">")];
    if (ops.includes("none")) return [];
    return [ops.filter((op) => op !== "skip_connect").join(">")];
  }).sort();
}

function waysFrom(node: number): number[][] {
  if (node === 3) return [[]];
  return nasBench201Edges.flatMap(([from, to], edge) =>
    from === node ? waysFrom(to).map((way) => [edge, ...way]) : []
  );
}
