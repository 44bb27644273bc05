import { type Direction, paretoFront } from "./pareto.ts";

/**
 * How much room some points dominate, up to a reference point: the one number that tells how good a
 * Pareto front is as a whole (Zitzler & Thiele 1998). It is exact: for two objectives by a sweep in
 * `O(n log n)` time, for more by the exclusive volumes of WFG (While, Bradstreet & Barone 2012), whose
 * time grows fast with the number of objectives.
 *
 * @param points The values of each point, one an objective. Points that do not beat the reference in
 * every objective add nothing, and neither do dominated ones.
 * @param reference The worst values that count, e.g. the accuracy of guessing and the largest cost.
 * @param directions For each objective whether less or more is better.
 * @returns In the product of the objectives' units; 0 when no point beats the reference.
 * @throws {RangeError} When a point or the reference has another number of values than there are
 * directions, or a value is not a finite number.
 *
 * @example Three steps to a corner
 * ```ts
 * import { hypervolume } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const points = [[1, 3], [2, 2], [3, 1]];
 * assertEquals(hypervolume(points, [4, 4], ["minimize", "minimize"]), 6);
 * ```
 */
export function hypervolume(
  points: readonly (readonly number[])[],
  reference: readonly number[],
  directions: readonly Direction[],
): number {
  if (directions.length === 0) {
    throw new RangeError("Cannot measure a hypervolume: directions is empty");
  }
  const check = (values: readonly number[], name: string) => {
    if (values.length !== directions.length) {
      throw new RangeError(
        `Cannot measure a hypervolume: ${name} must have ${directions.length} values, got ${values.length}`,
      );
    }
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) return;
    throw new RangeError(
      `Cannot measure a hypervolume: ${name}[${bad}] must be a finite number, got ${values[bad]}`,
    );
  };
  check(reference, "reference");
  // From here on a point is what it wins over the reference: more is better, 0 is nothing.
  const gains = points.map((point, i) => {
    check(point, `points[${i}]`);
    return point.map((value, k) => {
      const gain = value - (reference[k] as number);
      return directions[k] === "maximize" ? gain : -gain;
    });
  });
  return volume(gains.filter((gain) => gain.every((value) => value > 0)));
}

function volume(gains: readonly (readonly number[])[]): number {
  const [first] = gains;
  if (first === undefined) return 0;
  if (first.length === 1) return Math.max(...gains.map(([value]) => value as number));
  if (first.length === 2) return sweep(gains);
  // In order of the last objective, what a point shares with those before it reaches as far in that
  // one as the point itself: it can be left out.
  const front = nonDominated(gains).sort((a, b) => b.at(-1)! - a.at(-1)!);
  return front.reduce((sum, gain, i) => {
    const others = gain.slice(0, -1);
    const shared = front.slice(0, i).map((before) => others.map((v, k) => Math.min(v, before[k]!)));
    const own = others.reduce((product, value) => product * value, 1);
    return sum + gain.at(-1)! * (own - volume(shared));
  }, 0);
}

/** Two objectives: from the best of the first on, each step adds a slab. */
function sweep(gains: readonly (readonly number[])[]): number {
  let [area, height] = [0, 0];
  for (const [x, y] of gains.toSorted((a, b) => b[0]! - a[0]!) as [number, number][]) {
    if (y <= height) continue;
    area += x * (y - height);
    height = y;
  }
  return area;
}

/** The front, each point once. */
function nonDominated(gains: readonly (readonly number[])[]): (readonly number[])[] {
  const directions = gains[0]!.map(() => "maximize" as const);
  const front = paretoFront(gains, directions).map((i) => gains[i]!);
  return [...new Map(front.map((gain) => [gain.join(), gain])).values()];
}
