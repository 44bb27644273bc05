import { type Constraint, describeConstraint, violated } from "../cost/constraint.ts";
import { cost } from "../cost/cost.ts";
import type { Graph } from "../graph/graph.ts";
import type { SearchSpace } from "../space/space.ts";
import { messageOf } from "./errors.ts";

/** An architecture with all that is known of it before it is evaluated. */
export interface Candidate<A> {
  readonly arch: A;
  readonly key: string;
  readonly graph: Graph;
  /** Every number that `cost` gives, by name. */
  readonly costs: { readonly [name: string]: number };
}

/** Lowers an architecture and counts its costs. Throws an `Error` that names it if that fails. */
export function assess<A>(space: SearchSpace<A>, arch: A): Candidate<A> {
  const key = space.encode(arch);
  try {
    const graph = space.lower(arch);
    const costs = Object.fromEntries(
      Object.entries(cost(graph)).filter(([, value]) => typeof value === "number"),
    ) as { [name: string]: number };
    return { arch, key, graph, costs };
  } catch (error) {
    throw new Error(`Cannot cost ${key} of space "${space.name}": ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The constraints that these costs break, in the order given. */
export function allViolated(
  constraints: readonly Constraint[],
  costs: Candidate<unknown>["costs"],
): Constraint[] {
  return constraints.filter((constraint) => violated([constraint], costs) !== undefined);
}

/** Why a candidate was turned away, e.g. `macs is 7,000,000, allowed is macs ≤ 5,000,000`. */
export function rejectionReason(
  broken: readonly Constraint[],
  costs: Candidate<unknown>["costs"],
): string {
  return broken.map((constraint) =>
    `${constraint.metric} is ${
      (costs[constraint.metric] as number).toLocaleString("en-US")
    }, allowed is ${describeConstraint(constraint)}`
  ).join("; ");
}

/** The constraints that were broken since a candidate last kept them all, how often, how nearly. */
export class RejectionStreak {
  /** Candidates rejected in a row. */
  length = 0;
  readonly #broken = new Map<Constraint, { times: number; nearest: number }>();

  /** Counts a rejected candidate. */
  add(broken: readonly Constraint[], costs: Candidate<unknown>["costs"]): void {
    this.length++;
    for (const constraint of broken) {
      const value = costs[constraint.metric] as number;
      const { times, nearest } = this.#broken.get(constraint) ?? { times: 0, nearest: value };
      const nearer = constraint.bound === "atMost" ? Math.min : Math.max;
      this.#broken.set(constraint, { times: times + 1, nearest: nearer(nearest, value) });
    }
  }

  /** Starts again, at a candidate that kept all constraints. */
  reset(): void {
    this.length = 0;
    this.#broken.clear();
  }

  /** The error that ends the search. */
  describe(): string {
    const each = [...this.#broken].map(([constraint, { times, nearest }]) =>
      `${describeConstraint(constraint)} was broken ${times.toLocaleString("en-US")} times (the ${
        constraint.bound === "atMost" ? "smallest" : "largest"
      } ${constraint.metric} seen was ${nearest.toLocaleString("en-US")})`
    );
    return `Cannot find an architecture that keeps the constraints: ${
      this.length.toLocaleString("en-US")
    } in a row were rejected; ${each.join("; ")}`;
  }
}
