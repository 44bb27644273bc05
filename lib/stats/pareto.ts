import { costsOf, dominates } from "./dominance.ts";

/** Whether less or more of a number is better. */
export type Direction = "minimize" | "maximize";

/**
 * The points that no other point dominates: none is at least as good in everything and better in
 * something. Equal points are all on the front or all off it.
 *
 * Two objectives take `O(n log n)` time, more take `O(n²)` at worst.
 *
 * @param points The values of each point, one an objective.
 * @param directions For each objective whether less or more is better.
 * @returns The indices of the points on the front, in increasing order.
 * @throws {RangeError} When a point has another number of values than there are directions, or a
 * value is not a finite number.
 *
 * @example Accuracy against cost
 * ```ts
 * import { paretoFront } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const points = [[10, 0.9], [20, 0.95], [30, 0.94], [20, 0.95]];
 * assertEquals(paretoFront(points, ["minimize", "maximize"]), [0, 1, 3]);
 * ```
 */
export function paretoFront(
  points: readonly (readonly number[])[],
  directions: readonly Direction[],
): number[] {
  const costs = costsOf(points, directions, "find a Pareto front");
  // Whatever dominates a point stands before it in this order.
  const order = costs.map((_, i) => i).sort((a, b) => compare(costs[a]!, costs[b]!));
  const front = directions.length === 2 ? sweep(costs, order) : filter(costs, order);
  return front.sort((a, b) => a - b);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let k = 0; k < a.length; k++) {
    if (a[k] !== b[k]) return a[k]! - b[k]!;
  }
  return 0;
}

/** Two objectives: in order of the first, each front point improves the second. */
function sweep(costs: readonly (readonly number[])[], order: readonly number[]): number[] {
  const front: number[] = [];
  let last: readonly number[] | undefined;
  for (const i of order) {
    const cost = costs[i]!;
    if (last === undefined || cost[1]! < last[1]! || compare(cost, last) === 0) {
      front.push(i);
      last = cost;
    }
  }
  return front;
}

function filter(costs: readonly (readonly number[])[], order: readonly number[]): number[] {
  const front: number[] = [];
  for (const i of order) {
    if (!front.some((j) => dominates(costs[j]!, costs[i]!))) front.push(i);
  }
  return front;
}
