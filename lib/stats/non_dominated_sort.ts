import { costsOf, dominates } from "./dominance.ts";
import type { Direction } from "./pareto.ts";

/**
 * Sorts points into fronts: the first is the Pareto front of all, the next that of those left
 * without it, and so on (the fast non-dominated sort of Deb et al. 2002, "A Fast and Elitist
 * Multiobjective Genetic Algorithm: NSGA-II"). `n` points take `O(n²)` comparisons.
 *
 * @param points The values of each point, one an objective.
 * @param directions For each objective whether less or more is better.
 * @returns The indices of the points of each front, in increasing order; no front is empty.
 * @throws {RangeError} When a point has another number of values than there are directions, or a
 * value is not a finite number.
 *
 * @example
 * ```ts
 * import { nonDominatedSort } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const points = [[10, 0.9], [20, 0.95], [30, 0.94], [40, 0.93]];
 * assertEquals(nonDominatedSort(points, ["minimize", "maximize"]), [[0, 1], [2], [3]]);
 * ```
 */
export function nonDominatedSort(
  points: readonly (readonly number[])[],
  directions: readonly Direction[],
): number[][] {
  const costs = costsOf(points, directions, "sort into fronts");
  const dominated = costs.map((): number[] => []);
  /** How many that are in no front yet dominate a point. */
  const above = new Uint32Array(costs.length);
  const relate = (over: number, under: number): void => {
    (dominated[over] as number[]).push(under);
    above[under] = (above[under] as number) + 1;
  };
  costs.forEach((a, i) => {
    for (let j = i + 1; j < costs.length; j++) {
      const b = costs[j] as number[];
      if (dominates(a, b)) relate(i, j);
      else if (dominates(b, a)) relate(j, i);
    }
  });
  const fronts: number[][] = [];
  let front = costs.flatMap((_, i) => above[i] === 0 ? [i] : []);
  while (front.length > 0) {
    fronts.push(front);
    const next: number[] = [];
    for (const over of front) {
      for (const under of dominated[over] as number[]) {
        above[under] = (above[under] as number) - 1;
        if (above[under] === 0) next.push(under);
      }
    }
    front = next.sort((a, b) => a - b);
  }
  return fronts;
}
