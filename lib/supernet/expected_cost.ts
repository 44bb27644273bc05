import { cost, type LatencyPredictor, type LatencyTable, predictLatency } from "../cost/mod.ts";
import { createRng } from "../engine/rng.ts";
import type { Graph } from "../graph/mod.ts";
import type { Path } from "../space/mod.ts";
import { discretise } from "./discretise.ts";
import { placeOn } from "./path.ts";
import { type Supernet, supernetOf } from "./supernet.ts";

/** A cost that adds up over a network, by its name in {@linkcode Costs}. */
export type AdditiveCost = "params" | "macs" | "activations" | "flash" | "energy";

const additive: readonly AdditiveCost[] = ["params", "macs", "activations", "flash", "energy"];

/** What networks cost: a count, measured times, or a function of the network. */
export type CostMeasure =
  | AdditiveCost
  | LatencyTable
  | LatencyPredictor
  | ((graph: Graph) => number);

/** How to take a supernet's cost apart. */
export interface ExpectedCostOptions {
  /** From how many random networks each option is tried; 4 when absent. */
  readonly bases?: number;
  /** How many other random networks tell the error; 16 when absent. */
  readonly checks?: number;
  /** What tells the time of ops that a latency table does not hold; they are an error when absent. */
  readonly fallback?: LatencyPredictor;
  /** Determines the random networks; `"expected cost"` when absent. */
  readonly seed?: string;
}

/** What networks of a supernet cost, as a sum over its choices. Plain data. */
export interface ExpectedCost {
  /** By choice, what each option costs in all places where it is used, beyond the cheapest one. */
  readonly costs: ReadonlyMap<string, readonly number[]>;
  /** What the network of the cheapest options costs. */
  readonly constant: number;
  /**
   * The mean of |sum - cost| / cost over random networks that the sum was not made from: 0, or rounding, where
   * the cost does add up; `NaN` without `checks`.
   */
  readonly error: number;
}

/**
 * Takes the cost of a supernet's networks, as their space lowers them, apart into what each option of each choice adds, so that the
 * expected cost of a network that is drawn option by option with probabilities p is `constant` and the sum of
 * all p_j F_j: a function of the probabilities that has a gradient (Cai, Zhu & Han 2019).
 *
 * Each option is put in the place of another in whole random networks, and F_j is the mean of what that
 * changes. Multiply-accumulates, parameters and stored weights add up exactly. Times by a latency table and
 * energy do where options are whole blocks; in cells not quite, as sums take less with fewer terms and what
 * `none` cuts off takes nothing: `error` tells how far off the sum is.
 *
 * @param supernet The supernet.
 * @param measure The cost: a name, a latency table or a predictor fitted to one, or a function.
 * @param options How many networks to look at.
 * @throws {RangeError} When the cost is one that does not add up (`peakMemory`) or that there is not, when a
 * table lacks an op and there is no fallback, when a cost is not finite, or an option is out of range.
 *
 * @example Multiply-accumulates of a cell
 * ```ts
 * import { cost, expectedCost, nasBench201, supernetOf } from "naskit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const space = nasBench201({ channels: 4, cellsPerStage: 1, size: 8 });
 * const supernet = supernetOf(space);
 * const { costs, constant } = expectedCost(supernet, "macs", { bases: 1, checks: 0 });
 * const arch = space.fromChoices([3, 1, 2, 0, 4, 3]);
 * const sum = [...supernet.pathOf(arch)].reduce((sum, [choice, j]) => sum + costs.get(choice)![j]!, constant);
 * assertAlmostEquals(sum, cost(space.lower(arch)).macs);
 * ```
 */
export function expectedCost<A>(
  supernet: Supernet<A>,
  measure: CostMeasure,
  options: ExpectedCostOptions = {},
): ExpectedCost {
  const { bases = 4, checks = 16, seed = "expected cost" } = options;
  checkCounts({ bases, checks });
  // Its networks have norms with scale and shift when they are trained by themselves.
  const { choices, graph } = supernetOf(supernet.space, { affine: true });
  const costOf = measureOf(measure, options);
  const costOn = (path: Path): number => {
    const value = costOf(discretise(graph, path));
    if (Number.isFinite(value)) return value;
    throw new RangeError(`Cannot find the expected cost: costs must be finite, got ${value}`);
  };
  const rng = createRng(seed);
  const networks = (count: number, kind: string): PathCost[] =>
    Array.from({ length: count }, (_, i) => {
      const draw = rng.split(`${kind} ${i}`);
      const path = new Map(choices.map(({ name, options }) => [name, draw.int(options.length)]));
      return { path, value: costOn(path) };
    });
  const from = networks(bases, "base");
  const costs = new Map(choices.map(({ name, options }) => {
    const means = options.map((_, place) =>
      meanOf(
        from.map(({ path, value }) =>
          path.get(name) === place ? 0 : costOn(new Map(path).set(name, place)) - value
        ),
      )
    );
    const least = Math.min(...means);
    return [name, means.map((mean) => mean - least)];
  }));
  const constant = meanOf(from.map(({ path, value }) => value - pathCost({ costs }, path)));
  const errors = networks(checks, "check").map(({ path, value }) =>
    Math.abs(pathCost({ costs, constant }, path) / value - 1)
  );
  return { costs, constant, error: checks > 0 ? meanOf(errors) : NaN };
}

/** A path and what its network costs. */
interface PathCost {
  readonly path: Path;
  readonly value: number;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function measureOf(
  measure: CostMeasure,
  { fallback }: ExpectedCostOptions,
): (graph: Graph) => number {
  if (typeof measure === "function") return measure;
  if (typeof measure === "object") {
    return (graph) => predictLatency(graph, measure, fallback === undefined ? {} : { fallback });
  }
  if (!additive.includes(measure)) {
    throw new RangeError(
      `Cannot find the expected cost: measure must be a cost that adds up over a network, ` +
        `${additive.join(", ")}, got "${measure}"`,
    );
  }
  return (graph) => cost(graph)[measure];
}

function checkCounts(counts: { readonly bases: number; readonly checks: number }): void {
  const least = { bases: 1, checks: 0 } as const;
  for (const name of ["bases", "checks"] as const) {
    if (Number.isSafeInteger(counts[name]) && counts[name] >= least[name]) continue;
    throw new RangeError(
      `Cannot find the expected cost: ${name} must be a whole number from ${least[name]}, got ${
        counts[name]
      }`,
    );
  }
}

/**
 * What a path costs by the sum.
 *
 * @throws {RangeError} When the path lacks a choice or takes an option that there is not.
 *
 * @example
 * ```ts
 * import { pathCost } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const costs = new Map([["layer", [0, 4]], ["another layer", [2, 0]]]);
 * assertEquals(pathCost({ costs, constant: 10 }, new Map([["layer", 1], ["another layer", 0]])), 16);
 * ```
 */
export function pathCost(
  { costs, constant = 0 }: {
    readonly costs: ReadonlyMap<string, readonly number[]>;
    readonly constant?: number;
  },
  path: Path,
): number {
  let sum = constant;
  for (const [choice, own] of costs) {
    sum += own[placeOn(path, { choice, inputs: own.length }, "add up costs")] as number;
  }
  return sum;
}
