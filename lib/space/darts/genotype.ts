import { type DartsArch, type DartsCell, type DartsOp, dartsPrimitives, nodeOf } from "./arch.ts";
import { parseDartsGenotype } from "./text.ts";

/**
 * What the relaxation of DARTS learns: for each kind of cell a row for each edge, of a logit for each
 * of the eight {@linkcode dartsPrimitives}. Edges are listed by the node that they lead to, then by
 * the value that they come from; a cell of four nodes has 2 + 3 + 4 + 5 = 14.
 */
export interface DartsLogits {
  /** Of the normal cell, `[edges][8]`. */
  readonly normal: readonly (readonly number[])[];
  /** Of the reduction cell, `[edges][8]`. */
  readonly reduce: readonly (readonly number[])[];
}

/**
 * The architecture that a relaxation of DARTS stands for (Liu, Simonyan & Yang, "DARTS:
 * Differentiable Architecture Search", 2019, section 2.4): each node keeps the two edges whose best
 * operation weighs most, and on each its best operation.
 *
 * The weights of an edge are the softmax of all its eight logits. "None" is never chosen, but takes
 * its share of the weight, so it has a say in which edges are kept. Of equal weights the earlier edge
 * is kept, of equal operations the earlier one.
 *
 * @throws {RangeError} When the rows are not those of a cell of one or more nodes, or a row is not
 *   eight finite numbers.
 *
 * @example
 * ```ts
 * import { dartsGenotype, dartsPrimitives } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const logits = Array.from({ length: 14 }, () => dartsPrimitives.map(() => 0));
 * logits[4]![dartsPrimitives.indexOf("sep_conv_3x3")] = 1; // from the first node to the second
 * const { normal } = dartsGenotype({ normal: logits, reduce: logits });
 * assertEquals(normal[1], { inputs: [0, 2], ops: ["max_pool_3x3", "sep_conv_3x3"] });
 * ```
 */
export function dartsGenotype({ normal, reduce }: DartsLogits): DartsArch {
  return {
    normal: cellOf("normal", sharesOf("normal", normal)),
    reduce: cellOf("reduce", sharesOf("reduce", reduce)),
  };
}

/** The cell that weights of its edges stand for, a row of eight for each, as {@linkcode dartsGenotype} says. */
export function cellOf(name: string, rows: readonly (readonly number[])[]): DartsCell {
  const best = rows.map(bestOf);
  const nodes: DartsCell[number][] = [];
  let first = 0;
  for (let node = 0; first < best.length; node++) {
    const edges = best.slice(first, first + node + 2).map((each, input) => ({ ...each, input }));
    if (edges.length < node + 2) break;
    nodes.push(nodeOf(edges.sort((a, b) => b.weight - a.weight).slice(0, 2)));
    first += node + 2;
  }
  if (first !== best.length || nodes.length === 0) {
    throw new RangeError(
      `Cannot make a genotype: ${name} must have 2 + 3 + … rows, one for each edge, got ${rows.length}`,
    );
  }
  return nodes;
}

/** The operation of an edge that weighs most, "none" apart. */
function bestOf([, ...others]: readonly number[]): { op: DartsOp; weight: number } {
  const weight = Math.max(...others);
  return { op: dartsPrimitives[1 + others.indexOf(weight)] as DartsOp, weight };
}

/** The shares of the operations of each edge, none included, in all their weight. */
function sharesOf(name: string, rows: readonly (readonly number[])[]): number[][] {
  return rows.map((row, edge) => {
    if (row.length !== dartsPrimitives.length || !row.every(Number.isFinite)) {
      throw new RangeError(
        `Cannot make a genotype: ${name}[${edge}] must be 8 finite numbers, got [${
          row.join(", ")
        }]`,
      );
    }
    const highest = Math.max(...row);
    const weights = row.map((logit) => Math.exp(logit - highest));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  });
}

/**
 * The published cells of DARTS (Liu, Simonyan & Yang 2019), found on CIFAR-10 by its first-order
 * (`DARTS_V1`) and second-order (`DARTS_V2`) method; figures 4 and 5 of the paper, and the file
 * `cnn/genotypes.py` of its released code.
 *
 * @example
 * ```ts
 * import { dartsCells, dartsGenotypes } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = dartsCells();
 * const text = space.encode(dartsGenotypes.DARTS_V1);
 * assertEquals(space.decode(text), dartsGenotypes.DARTS_V1);
 * ```
 */
export const dartsGenotypes: {
  /** Found by the first-order method. */
  readonly DARTS_V1: DartsArch;
  /** Found by the second-order method. */
  readonly DARTS_V2: DartsArch;
} = {
  DARTS_V1: parseDartsGenotype(
    `Genotype(
      normal=[('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 0), ('sep_conv_3x3', 1),
        ('skip_connect', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 2)],
      normal_concat=[2, 3, 4, 5],
      reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 0),
        ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('avg_pool_3x3', 0)],
      reduce_concat=[2, 3, 4, 5])`,
  ),
  DARTS_V2: parseDartsGenotype(
    `Genotype(
      normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1),
        ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)],
      normal_concat=[2, 3, 4, 5],
      reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1),
        ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)],
      reduce_concat=[2, 3, 4, 5])`,
  ),
};
