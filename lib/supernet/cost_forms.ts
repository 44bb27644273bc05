import type { CostForm } from "./cost_loss.ts";

/** How {@linkcode mulLogCost} weighs. */
export interface MulLogCostOptions {
  /** The cost to aim at, in a unit in which it is above 1. */
  readonly reference: number;
  /** What the whole loss is multiplied by; 0.2 when absent. */
  readonly alpha?: number;
  /** How much the cost counts; 0.3 when absent. */
  readonly beta?: number;
}

/** How {@linkcode addLinearCost} weighs. */
export interface AddLinearCostOptions {
  /** The cost to aim at. */
  readonly reference: number;
  /** What a cost of twice that is worth, in nats; 0.1 when absent. */
  readonly lambda?: number;
}

/**
 * ProxylessNAS' `mul#log` (Cai, Zhu & Han 2019): the cross entropy times `alpha (ln E / ln reference)^beta`. A
 * network of the reference cost has `alpha` times its cross entropy, a cheaper one less.
 *
 * It takes a unit in which costs are above 1, such as milliseconds of a phone or multiply-accumulates: below,
 * the logarithm's sign turns what it rewards around, so such costs are an error.
 *
 * @throws {RangeError} When the reference is not above 1, or `alpha` or `beta` is not above 0; and, searching,
 * when the expected cost is not above 1.
 *
 * @example
 * ```ts
 * import { mulLogCost } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const form = mulLogCost({ reference: 80 });
 * assertAlmostEquals(form.at({ crossEntropy: 2, expected: 80 }).loss, 0.4);
 * ```
 */
export function mulLogCost(
  { reference, alpha = 0.2, beta = 0.3 }: MulLogCostOptions,
): CostForm {
  require("reference", reference, reference > 1, "a finite number above 1");
  require("alpha", alpha, alpha > 0, "a finite number above 0");
  require("beta", beta, beta > 0, "a finite number above 0");
  const unit = Math.log(reference);
  return {
    name: "mulLogCost",
    settings: { reference, alpha, beta },
    at: ({ crossEntropy, expected }) => {
      require(
        "the expected cost",
        expected,
        expected > 1,
        "above 1, so that its logarithm is positive: count it in a smaller unit",
      );
      const ratio = Math.log(expected) / unit, factor = alpha * ratio ** beta;
      return {
        loss: factor * crossEntropy,
        byCrossEntropy: factor,
        byExpected: crossEntropy * factor * beta / (ratio * expected * unit),
      };
    },
  };
}

/**
 * ProxylessNAS' `add#linear` (Cai, Zhu & Han 2019): the cross entropy plus `lambda (E - reference) / reference`,
 * so that `lambda` does not depend on the unit.
 *
 * @throws {RangeError} When the reference is not above 0 or `lambda` is below 0.
 *
 * @example
 * ```ts
 * import { addLinearCost } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const form = addLinearCost({ reference: 80 });
 * assertAlmostEquals(form.at({ crossEntropy: 2, expected: 160 }).loss, 2.1);
 * ```
 */
export function addLinearCost({ reference, lambda = 0.1 }: AddLinearCostOptions): CostForm {
  require("reference", reference, reference > 0, "a finite number above 0");
  require("lambda", lambda, lambda >= 0, "a finite number from 0");
  return {
    name: "addLinearCost",
    settings: { reference, lambda },
    at: ({ crossEntropy, expected }) => ({
      loss: crossEntropy + lambda * (expected / reference - 1),
      byCrossEntropy: 1,
      byExpected: lambda / reference,
    }),
  };
}

function require(name: string, value: number, holds: boolean, expected: string): void {
  if (holds && Number.isFinite(value)) return;
  throw new RangeError(`Cannot weigh the cost: ${name} must be ${expected}, got ${value}`);
}
