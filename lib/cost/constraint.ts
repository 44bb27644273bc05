/** A limit on a metric. Plain data. */
export interface Constraint {
  /** The metric's name, e.g. `"macs"`. */
  readonly metric: string;
  /** Which side of the limit is allowed; the limit itself is. */
  readonly bound: "atMost" | "atLeast";
  /** The limit. */
  readonly limit: number;
}

/**
 * Allows a metric up to a limit.
 *
 * @example
 * ```ts
 * import { atMost, violated } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(violated([atMost("macs", 5e6)], { macs: 7e6 }), atMost("macs", 5e6));
 * assertEquals(violated([atMost("macs", 5e6)], { macs: 5e6 }), undefined);
 * ```
 */
export function atMost(metric: string, limit: number): Constraint {
  return { metric, bound: "atMost", limit: finite(limit, metric) };
}

/**
 * Allows a metric from a limit upwards.
 *
 * @example
 * ```ts
 * import { atLeast, violated } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(violated([atLeast("params", 1000)], { params: 2000 }), undefined);
 * ```
 */
export function atLeast(metric: string, limit: number): Constraint {
  return { metric, bound: "atLeast", limit: finite(limit, metric) };
}

/**
 * The first constraint that these metrics break, or `undefined` when they keep all.
 *
 * @throws {RangeError} When a constraint names a metric that is not there, listing those that are.
 */
export function violated(
  constraints: readonly Constraint[],
  metrics: { readonly [name: string]: number },
): Constraint | undefined {
  return constraints.find(({ metric, bound, limit }) => {
    const value = metrics[metric];
    if (value === undefined) {
      throw new RangeError(
        `Cannot check constraint on "${metric}": known before an evaluation are ${
          Object.keys(metrics).map((name) => `"${name}"`).join(", ")
        }`,
      );
    }
    return bound === "atMost" ? !(value <= limit) : !(value >= limit);
  });
}

/** A constraint as text, e.g. `macs ≤ 5,000,000`. */
export function describeConstraint({ metric, bound, limit }: Constraint): string {
  return `${metric} ${bound === "atMost" ? "≤" : "≥"} ${limit.toLocaleString("en-US")}`;
}

function finite(limit: number, metric: string): number {
  if (!Number.isFinite(limit)) {
    throw new RangeError(`Cannot limit "${metric}": limit must be a finite number, got ${limit}`);
  }
  return limit;
}
