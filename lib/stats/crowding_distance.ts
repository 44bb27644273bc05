/**
 * How far the neighbours of each point on a front are from each other: along every objective the gap
 * between the next point below and the next above as a share of the front's extent, added up (Deb et
 * al. 2002). The first and the last along an objective are infinitely far, so that a front keeps its
 * ends. An objective in which all points are equal counts for nothing but its ends.
 *
 * @param points The values of each point of one front, one an objective; equal ones stand in the
 * order given.
 * @throws {RangeError} When points have different numbers of values, or a value is not a finite
 * number.
 *
 * @example
 * ```ts
 * import { crowdingDistance } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(crowdingDistance([[0, 4], [1, 2], [4, 0]]), [Infinity, 2, Infinity]);
 * ```
 */
export function crowdingDistance(points: readonly (readonly number[])[]): number[] {
  const objectives = points[0]?.length ?? 0;
  points.forEach((point, i) => {
    if (point.length !== objectives) {
      throw new RangeError(
        `Cannot tell how crowded points are: points[${i}] must have ${objectives} values, ` +
          `got ${point.length}`,
      );
    }
    point.forEach((value, k) => {
      if (Number.isFinite(value)) return;
      throw new RangeError(
        `Cannot tell how crowded points are: points[${i}][${k}] must be a finite number, got ${value}`,
      );
    });
  });
  const distances = points.map(() => 0);
  for (let k = 0; k < objectives; k++) {
    const value = (i: number) => (points[i] as readonly number[])[k] as number;
    const order = points.map((_, i) => i).sort((a, b) => value(a) - value(b));
    const [first, last] = [order[0] as number, order.at(-1) as number];
    const extent = value(last) - value(first);
    distances[first] = Infinity;
    distances[last] = Infinity;
    for (let at = 1; at < order.length - 1 && extent > 0; at++) {
      const gap = value(order[at + 1] as number) - value(order[at - 1] as number);
      distances[order[at] as number]! += gap / extent;
    }
  }
  return distances;
}
