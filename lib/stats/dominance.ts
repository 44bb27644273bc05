import type { Direction } from "./pareto.ts";

/**
 * The points with all objectives turned so that less is better.
 *
 * @param task What could not be done, for the message of an error.
 * @throws {RangeError} When there is no direction, a point has another number of values than there
 * are directions, or a value is not a finite number.
 */
export function costsOf(
  points: readonly (readonly number[])[],
  directions: readonly Direction[],
  task: string,
): number[][] {
  if (directions.length === 0) throw new RangeError(`Cannot ${task}: directions is empty`);
  return points.map((point, i) => {
    if (point.length !== directions.length) {
      throw new RangeError(
        `Cannot ${task}: points[${i}] must have ${directions.length} values, got ${point.length}`,
      );
    }
    return point.map((value, k) => {
      if (!Number.isFinite(value)) {
        throw new RangeError(
          `Cannot ${task}: points[${i}][${k}] must be a finite number, got ${value}`,
        );
      }
      return directions[k] === "maximize" ? -value : value;
    });
  });
}

/** Whether the first point costs no more in anything and less in something. */
export function dominates(a: readonly number[], b: readonly number[]): boolean {
  let isLess = false;
  for (let k = 0; k < a.length; k++) {
    const [own, other] = [a[k] as number, b[k] as number];
    if (own > other) return false;
    if (own < other) isLess = true;
  }
  return isLess;
}
