import type { Json } from "../engine/mod.ts";
import type { Decision } from "../space/mod.ts";

/** How an expected cost enters the loss by which logits are moved. */
export interface CostForm {
  /** What it is called. */
  readonly name: string;
  /** Its numbers. */
  readonly settings: Json;
  /** The loss, and its slopes by the cross entropy and by the expected cost. */
  at(values: CostPoint): CostSlopes;
}

/** What a loss is of. */
export interface CostPoint {
  /** In nats. */
  readonly crossEntropy: number;
  /** In the unit of the costs. */
  readonly expected: number;
}

/** A loss and its slopes. */
export interface CostSlopes {
  /** The loss. */
  readonly loss: number;
  /** Its slope by the cross entropy. */
  readonly byCrossEntropy: number;
  /** Its slope by the expected cost. */
  readonly byExpected: number;
}

/**
 * A loss on what a network is expected to cost (Cai, Zhu & Han 2019): with probabilities `p_j` of the options of
 * a choice that cost `F_j`, it costs `E = Σ p_j F_j`, whose slope by a logit is `p_j (F_j - E)`.
 */
export interface CostLoss {
  /** What each option of each choice costs, everywhere it is used together; choices left out cost nothing. */
  readonly costs: ReadonlyMap<string, readonly number[]>;
  /** What all networks cost besides; 0 when absent. */
  readonly constant?: number;
  /** How that enters the loss. */
  readonly form: CostForm;
}

/**
 * The cross entropy plus `lambda` times the expected cost.
 *
 * @param lambda What a unit of cost is worth, in nats.
 * @throws {RangeError} When it is not a finite number of at least 0.
 *
 * @example
 * ```ts
 * import { addCost } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(addCost(0.1).at({ crossEntropy: 1, expected: 7 }).loss, 1.7);
 * ```
 */
export function addCost(lambda: number): CostForm {
  if (!(lambda >= 0 && lambda < Infinity)) {
    throw new RangeError(`Cannot weigh the cost: lambda must be a number from 0, got ${lambda}`);
  }
  return {
    name: "addCost",
    settings: { lambda },
    at: ({ crossEntropy, expected }) => ({
      loss: crossEntropy + lambda * expected,
      byCrossEntropy: 1,
      byExpected: lambda,
    }),
  };
}

/**
 * What a network is expected to cost.
 *
 * @param cost What options cost.
 * @param probabilities Of the options of all choices.
 *
 * @example
 * ```ts
 * import { addCost, expectedOf } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const cost = { costs: new Map([["layer", [4, 8]]]), form: addCost(1) };
 * assertEquals(expectedOf(cost, new Map([["layer", [0.25, 0.75]]])), 7);
 * ```
 */
export function expectedOf(
  { costs, constant = 0 }: Pick<CostLoss, "costs" | "constant">,
  probabilities: ReadonlyMap<string, ArrayLike<number>>,
): number {
  let sum = constant;
  for (const [choice, each] of costs) {
    const shares = probabilities.get(choice);
    each.forEach((cost, place) => sum += cost * (shares?.[place] ?? 0));
  }
  return sum;
}

/** Throws a `RangeError` unless costs are of these choices, a finite one for each option. */
export function checkCost(
  { costs, constant = 0 }: CostLoss,
  choices: readonly Decision[],
): void {
  const options = new Map(choices.map(({ name, options }) => [name, options.length]));
  for (const [choice, each] of costs) {
    const wanted = options.get(choice);
    if (wanted === each.length && each.every(Number.isFinite)) continue;
    throw new RangeError(
      wanted === undefined
        ? `Cannot search: costs name "${choice}", which is no choice of the supernet`
        : `Cannot search: costs of "${choice}" must be ${wanted} finite numbers, got [${
          each.join(", ")
        }]`,
    );
  }
  if (!Number.isFinite(constant)) {
    throw new RangeError(`Cannot search: the cost's constant must be finite, got ${constant}`);
  }
}
