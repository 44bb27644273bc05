import { checkPositive } from "../cells/check.ts";

/** Two counts of the pairs of cells of ENAS. */
export interface EnasMicroCounts {
  /** As published: (5 * (nodes - 2)!)^4. */
  readonly published: bigint;
  /** All different choices: of each input and each op of each node of both cells. */
  readonly exact: bigint;
}

/**
 * How many pairs of a normal and a reduction cell there are in the micro space of ENAS (Pham et al.,
 * "Efficient Neural Architecture Search via Parameter Sharing", 2018), where each node behind the
 * first two takes two of the values before it and one of five operations for each.
 *
 * The published formula has 5^4 where 4 (nodes - 2) operations are chosen, and (nodes - 2)! where the
 * nodes of a cell have 2 * 3 * … * (nodes - 1) choices of one input.
 *
 * @param nodes Nodes of a cell, its two inputs among them; the paper has 7.
 * @throws {RangeError} When there are not at least three nodes.
 *
 * @example
 * ```ts
 * import { enasMicroCount } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const { published, exact } = enasMicroCount(7);
 * assertEquals(published, 129_600_000_000n);
 * assertEquals(exact, 5n ** 20n * 720n ** 4n);
 * ```
 */
export function enasMicroCount(nodes: number): EnasMicroCounts {
  if (!Number.isSafeInteger(nodes) || nodes < 3) {
    throw new RangeError(
      `Cannot make a count of cells: nodes must be a whole number from 3 on, got ${nodes}`,
    );
  }
  const published = (5n * factorial(nodes - 2)) ** 4n;
  return { published, exact: 5n ** (4n * BigInt(nodes - 2)) * factorial(nodes - 1) ** 4n };
}

/**
 * How many networks there are in the macro space of ENAS (Pham et al. 2018): 6^layers *
 * 2^(layers (layers - 1) / 2), an operation for each layer and a yes or no for each skip connection.
 *
 * @param layers Layers of the network; the paper has 12.
 * @throws {RangeError} When it is not a positive whole number.
 *
 * @example
 * ```ts
 * import { enasMacroCount } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(enasMacroCount(12), 6n ** 12n * 2n ** 66n); // 1.6e29
 * ```
 */
export function enasMacroCount(layers: number): bigint {
  checkPositive("a count of networks", { layers });
  return 6n ** BigInt(layers) * 2n ** BigInt((layers * (layers - 1)) / 2);
}

function factorial(n: number): bigint {
  let product = 1n;
  for (let i = 2; i <= n; i++) product *= BigInt(i);
  return product;
}
