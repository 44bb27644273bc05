import { formatQuantity, parseQuantity } from "./quantity.ts";

/** A limit on one metric. Plain data. */
export interface Limit {
  /** The metric's name, e.g. `"macs"`. */
  readonly metric: string;
  /** Which side of the limit is allowed; the limit itself is. */
  readonly bound: "atMost" | "atLeast";
  /** The limit, in the unit that the kit counts the metric in. */
  readonly limit: number;
}

/** Constraints that must all be kept. Plain data. */
export interface AllOf {
  /** The constraints. */
  readonly allOf: readonly Constraint[];
}

/** Constraints of which one must be kept. Plain data. */
export interface AnyOf {
  /** The constraints. */
  readonly anyOf: readonly Constraint[];
}

/** What metrics must be like: a limit, or constraints combined. Plain JSON. */
export type Constraint = Limit | AllOf | AnyOf;

/**
 * Allows a metric up to a limit.
 *
 * @param metric The metric's name.
 * @param limit A number in the kit's unit, or a text with a unit as {@linkcode parseQuantity} reads it.
 * @throws {SyntaxError | RangeError} When the limit is not a finite number or its unit does not fit.
 *
 * @example
 * ```ts
 * import { atMost, violated } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(violated([atMost("macs", 5e6)], { macs: 7e6 }), atMost("macs", 5e6));
 * assertEquals(violated([atMost("macs", "5 M")], { macs: 5e6 }), undefined);
 * assertEquals(atMost("peakMemory", "320 kB"), atMost("peakMemory", 320 * 1024));
 * ```
 */
export function atMost(metric: string, limit: number | string): Limit {
  return { metric, bound: "atMost", limit: finite(limit, metric) };
}

/**
 * Allows a metric from a limit upwards.
 *
 * @param metric The metric's name.
 * @param limit A number in the kit's unit, or a text with a unit as {@linkcode parseQuantity} reads it.
 * @throws {SyntaxError | RangeError} When the limit is not a finite number or its unit does not fit.
 *
 * @example
 * ```ts
 * import { atLeast, violated } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(violated([atLeast("params", 1000)], { params: 2000 }), undefined);
 * ```
 */
export function atLeast(metric: string, limit: number | string): Limit {
  return { metric, bound: "atLeast", limit: finite(limit, metric) };
}

/**
 * Asks for all of some constraints.
 *
 * @throws {RangeError} When there is none.
 *
 * @example A board's limits as one value
 * ```ts
 * import { allOf, atMost, describeConstraint } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const board = allOf(atMost("peakMemory", "320 kB"), atMost("flash", "1 MB"));
 * assertEquals(describeConstraint(board), "peakMemory ≤ 320 kB and flash ≤ 1 MB");
 * ```
 */
export function allOf(...constraints: readonly Constraint[]): AllOf {
  return { allOf: some(constraints, "allOf") };
}

/**
 * Asks for at least one of some constraints.
 *
 * @throws {RangeError} When there is none.
 *
 * @example
 * ```ts
 * import { anyOf, atMost, violated } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const light = anyOf(atMost("macs", "5 M"), atMost("params", "100 k"));
 * assertEquals(violated([light], { macs: 9e6, params: 50_000 }), undefined);
 * assertEquals(violated([light], { macs: 9e6, params: 200_000 }), light);
 * ```
 */
export function anyOf(...constraints: readonly Constraint[]): AnyOf {
  return { anyOf: some(constraints, "anyOf") };
}

/**
 * The first constraint that these metrics break, or `undefined` when they keep all.
 *
 * @throws {RangeError} When a constraint names a metric that is not there, listing those that are.
 *
 * @example
 * ```ts
 * import { atMost, violated } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const limits = [atMost("macs", "5 M"), atMost("flash", "1 MB")];
 * assertEquals(violated(limits, { macs: 4e6, flash: 2e6 }), atMost("flash", "1 MB"));
 * ```
 */
export function violated(
  constraints: readonly Constraint[],
  metrics: { readonly [name: string]: number },
): Constraint | undefined {
  return constraints.find((constraint) => isBroken(constraint, metrics));
}

/**
 * The limits at fault for a constraint that these metrics break; none when they keep it. Of an
 * `anyOf` that is broken, all that would have kept it.
 *
 * @throws {RangeError} When the constraint names a metric that is not there, listing those that are.
 *
 * @example
 * ```ts
 * import { allOf, atMost, brokenLimits } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const board = allOf(atMost("peakMemory", "320 kB"), atMost("flash", "1 MB"));
 * assertEquals(brokenLimits(board, { peakMemory: 4e5, flash: 9e5 }), [atMost("peakMemory", "320 kB")]);
 * ```
 */
export function brokenLimits(
  constraint: Constraint,
  metrics: { readonly [name: string]: number },
): Limit[] {
  if (!isBroken(constraint, metrics)) return [];
  if ("allOf" in constraint) return constraint.allOf.flatMap((each) => brokenLimits(each, metrics));
  if ("anyOf" in constraint) return constraint.anyOf.flatMap((each) => brokenLimits(each, metrics));
  return [constraint];
}

/** Constraints with every `allOf` among them taken apart: what is left are limits and `anyOf`s. */
export function takeApart(constraints: readonly Constraint[]): (Limit | AnyOf)[] {
  return constraints.flatMap((each) => "allOf" in each ? takeApart(each.allOf) : [each]);
}

/** Every limit that constraints are made of. */
export function limitsIn(constraints: readonly Constraint[]): Limit[] {
  return takeApart(constraints).flatMap((each) => "anyOf" in each ? limitsIn(each.anyOf) : [each]);
}

/**
 * A constraint as text, e.g. `macs ≤ 5,000,000` or `peakMemory ≤ 320 kB`.
 *
 * @example
 * ```ts
 * import { anyOf, atMost, describeConstraint } from "naskit";
 * import { assertEquals } from "@std/assert";
 *
 * const either = anyOf(atMost("latency", "10 ms"), atMost("macs", "5 M"));
 * assertEquals(describeConstraint(either), "latency ≤ 10 ms or macs ≤ 5,000,000");
 * ```
 */
export function describeConstraint(constraint: Constraint): string {
  if ("allOf" in constraint) return joined(constraint.allOf, "and");
  if ("anyOf" in constraint) return joined(constraint.anyOf, "or");
  const { metric, bound, limit } = constraint;
  return `${metric} ${bound === "atMost" ? "≤" : "≥"} ${formatQuantity(metric, limit)}`;
}

function joined(constraints: readonly Constraint[], word: "and" | "or"): string {
  return constraints.map((each) => {
    const text = describeConstraint(each);
    const isSimple = !("allOf" in each) && !("anyOf" in each);
    return isSimple || constraints.length === 1 ? text : `(${text})`;
  }).join(` ${word} `);
}

function isBroken(constraint: Constraint, metrics: { readonly [name: string]: number }): boolean {
  if ("allOf" in constraint) return constraint.allOf.some((each) => isBroken(each, metrics));
  if ("anyOf" in constraint) return constraint.anyOf.every((each) => isBroken(each, metrics));
  const { metric, bound, limit } = constraint;
  const value = metrics[metric];
  if (value === undefined) {
    throw new RangeError(
      `Cannot check constraint on "${metric}": known before an evaluation are ${
        Object.keys(metrics).map((name) => `"${name}"`).join(", ")
      }`,
    );
  }
  return bound === "atMost" ? !(value <= limit) : !(value >= limit);
}

function finite(limit: number | string, metric: string): number {
  const number = typeof limit === "string" ? parseQuantity(metric, limit) : limit;
  if (!Number.isFinite(number)) {
    throw new RangeError(`Cannot limit "${metric}": limit must be a finite number, got ${limit}`);
  }
  return number;
}

function some(constraints: readonly Constraint[], name: string): readonly Constraint[] {
  if (constraints.length === 0) {
    throw new RangeError(`Cannot combine constraints: ${name} needs at least one, got none`);
  }
  return constraints;
}
