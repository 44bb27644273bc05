import type { SearchSpace } from "../space/space.ts";
import { spaceCosts, type TotalCosts } from "../space/space_costs.ts";

/** Options of {@linkcode archFeatures}. */
export interface ArchFeaturesOptions {
  /** Costs that are features as well, as their logarithms: `log(1 + cost)`; none when absent. */
  readonly costs?: readonly (keyof TotalCosts)[];
}

/** Architectures as rows of numbers that an {@linkcode ArchPredictor} learns from. */
export interface ArchFeatures<A> {
  /** What each number of a row is, e.g. `"edge 0→1: nor_conv_3x3"`. */
  readonly names: readonly string[];
  /** The row of an architecture. */
  of(arch: A): number[];
}

/**
 * What a predictor sees of the architectures of a space: for each option of each decision, 1 where it
 * is chosen and 0 where not (the one-hot encoding), and on request costs.
 *
 * @throws {RangeError} When there is no cost of such a name.
 *
 * @example Thirty numbers for a cell of NAS-Bench-201, and two costs
 * ```ts
 * import { archFeatures, nasBench201 } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const space = nasBench201();
 * const features = archFeatures(space, { costs: ["params", "macs"] });
 * const row = features.of(space.fromChoices([3, 1, 0, 2, 4, 3]));
 * assertEquals(row.slice(0, 5), [0, 0, 0, 1, 0]);
 * assertEquals(row.length, 32);
 * assertEquals(features.names.at(-1), "log macs");
 * ```
 */
export function archFeatures<A>(
  space: SearchSpace<A>,
  { costs = [] }: ArchFeaturesOptions = {},
): ArchFeatures<A> {
  const costsOf = costs.length === 0 ? undefined : spaceCosts(space);
  const chosen = space.decisions.flatMap(({ name, options }) =>
    options.map((option) => `${name}: ${option}`)
  );
  const of = (arch: A): number[] => {
    const choices = space.toChoices(arch);
    const total = costsOf?.(arch);
    return [
      ...space.decisions.flatMap(({ options }, i) =>
        options.map((_, option) => option === choices[i] ? 1 : 0)
      ),
      ...costs.map((name) => {
        const value = total?.[name];
        if (typeof value === "number") return Math.log1p(value);
        throw new RangeError(
          `Cannot give features: costs must be of ${
            Object.keys(total ?? {}).join(", ")
          }, got ${name}`,
        );
      }),
    ];
  };
  return { names: [...chosen, ...costs.map((name) => `log ${name}`)], of };
}
