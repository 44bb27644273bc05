import { createRng } from "../../engine/rng.ts";
import type { SearchSpace } from "../space.ts";
import { checkBadInput } from "./bad_input.ts";
import { expect, fail } from "./failure.ts";
import { checkNeighbourhoods, checkSize, checkUniform } from "./whole.ts";
import { rules } from "./rules.ts";

/** How thoroughly to try a space. */
export interface SpaceContractOptions {
  /** Random architectures to try each rule on; 100 when absent. */
  readonly runs?: number;
  /** Spaces up to this size are enumerated whole; 20,000 when absent. */
  readonly enumerateUpTo?: number;
  /**
   * In spaces up to this size each architecture is drawn about 20 times and compared with each other;
   * 200 when absent.
   */
  readonly pairsUpTo?: number;
  /** Determines the architectures tried; `"contract"` when absent. */
  readonly seed?: string;
}

/**
 * Checks that a space keeps every promise of {@linkcode SearchSpace}, on random architectures
 * (fast-check), and by enumeration where it is small enough: its size, that samples are uniform
 * (chi-squared), and that its neighbours are what the definition says. Run it in the tests of a new
 * space.
 *
 * @throws {Error} Naming the rule that does not hold and an architecture it fails on.
 *
 * @example
 * ```ts
 * import { nasBench201, spaceContract } from "naskit";
 *
 * await spaceContract(nasBench201({ channels: 2, cellsPerStage: 1, size: 8 }), { runs: 10 });
 * ```
 */
export async function spaceContract<A>(
  space: SearchSpace<A>,
  options: SpaceContractOptions = {},
): Promise<void> {
  const { runs = 100, enumerateUpTo = 20_000, pairsUpTo = 200, seed = "contract" } = options;
  const { default: fc } = await import("fast-check");
  const arches = fc.tuple(...space.decisions.map((decision) => fc.nat(decision.options.length - 1)))
    .map((wishes) => allowedChoices(space, wishes));
  const numbers = fc.integer();
  const settings = { numRuns: runs, seed: createRng(seed).int(2 ** 31) };

  const product = space.decisions.reduce((size, each) => size * BigInt(each.options.length), 1n);
  expect(space.size <= product, "size is at most the product of the decisions' options");
  expect(space.size > 0n, "size is positive");

  for (const [rule, holds] of rules(space)) {
    const outcome = fc.check(
      fc.property(
        arches,
        arches,
        numbers,
        (a, b, n) => holds(space.fromChoices(a), space.fromChoices(b), createRng(`${seed}/${n}`)),
      ),
      settings,
    );
    if (outcome.failed) fail(rule, outcome.counterexample?.slice(0, 2), outcome.errorInstance);
  }
  checkBadInput(space);
  if (space.size <= BigInt(enumerateUpTo)) checkSize(space);
  if (space.size <= BigInt(pairsUpTo)) {
    checkUniform(space, createRng(`${seed}/uniform`));
    checkNeighbourhoods(space);
  }
}

/** Choices as near to the wishes as `allowed` leaves them. */
function allowedChoices<A>(space: SearchSpace<A>, wishes: readonly number[]): number[] {
  const choices: number[] = [];
  for (const wish of wishes) {
    const may = space.allowed(choices);
    choices.push(may.includes(wish) ? wish : may[wish % may.length] as number);
  }
  return choices;
}
