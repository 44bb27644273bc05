import {
  type AnyOf,
  brokenLimits,
  type Constraint,
  describeConstraint,
  type Limit,
  takeApart,
  violated,
} from "../cost/constraint.ts";
import { formatQuantity } from "../cost/quantity.ts";
import { cost } from "../cost/cost.ts";
import type { Graph } from "../graph/graph.ts";
import type { SearchSpace } from "../space/space.ts";
import { spaceCosts } from "../space/space_costs.ts";
import { messageOf } from "./errors.ts";

/** An architecture with all that is known of it before it is evaluated. */
export interface Candidate {
  readonly key: string;
  /** Gives the network; lowers it when it is first asked for, since few evaluations need it. */
  readonly graph: () => Graph;
  /** Every number that `cost` gives, and more costs where the search has them, by name. */
  readonly costs: { readonly [name: string]: number };
}

/** Costs of a graph beyond those that the kit counts, by name. */
export type MoreCosts = (graph: Graph) => { readonly [name: string]: number };

/** Names an architecture and counts its costs. Throws an `Error` that names it if that fails. */
export type Assess<A> = (arch: A) => Candidate;

/** Makes the function that assesses the architectures of a space. */
export function assessor<A>(space: SearchSpace<A>, moreCosts: MoreCosts | undefined): Assess<A> {
  const counted = space.chain === undefined ? undefined : rememberedCosts(space);
  return (arch) => {
    const key = space.encode(arch);
    let lowered: Graph | undefined;
    const graph = () => lowered ??= space.lower(arch);
    try {
      const costs = counted?.(arch, key) ?? totals(graph());
      return {
        key,
        graph,
        costs: moreCosts === undefined ? costs : { ...costs, ...more(moreCosts(graph()), costs) },
      };
    } catch (error) {
      throw new Error(`Cannot cost ${key} of space "${space.name}": ${messageOf(error)}`, {
        cause: error,
      });
    }
  };
}

type CountCosts<A> = (arch: A, key: string) => Candidate["costs"];

// Searches come in numbers on the same space, and meet the same architectures in it.
const remembered = new WeakMap<object, CountCosts<never>>();
const mostRemembered = 20_000;

/** Counts costs by blocks, and remembers them with the space. */
function rememberedCosts<A>(space: SearchSpace<A>): CountCosts<A> {
  const known = remembered.get(space) as CountCosts<A> | undefined;
  if (known !== undefined) return known;
  const costsOf = spaceCosts(space);
  const byKey = new Map<string, Candidate["costs"]>();
  const count: CountCosts<A> = (arch, key) => {
    let costs = byKey.get(key);
    if (costs === undefined) {
      costs = Object.freeze({ ...costsOf(arch) });
      if (byKey.size === mostRemembered) byKey.clear();
      byKey.set(key, costs);
    }
    return costs;
  };
  remembered.set(space, count);
  return count;
}

function totals(graph: Graph): Candidate["costs"] {
  const { nodes: _, ...totals } = cost(graph);
  return totals as unknown as Candidate["costs"];
}

function more(more: Candidate["costs"], counted: Candidate["costs"]): Candidate["costs"] {
  for (const [name, value] of Object.entries(more)) {
    if (Object.hasOwn(counted, name)) {
      throw new RangeError(`costs gave ${name}, which is counted`);
    }
    if (!Number.isFinite(value)) {
      throw new RangeError(`costs gave ${name} = ${value}; costs must be finite`);
    }
  }
  return more;
}

/**
 * The constraints that these costs break, in the order given, each part of an `allOf` for itself.
 *
 * @throws {RangeError} When a constraint names a metric that is not among the costs.
 */
export function allViolated(
  constraints: readonly Constraint[],
  costs: Candidate["costs"],
): (Limit | AnyOf)[] {
  return takeApart(constraints).filter((each) => violated([each], costs) !== undefined);
}

/** Why a candidate was turned away, e.g. `macs is 7,000,000, allowed is macs ≤ 5,000,000`. */
export function rejectionReason(
  broken: readonly (Limit | AnyOf)[],
  costs: Candidate["costs"],
): string {
  return broken.map((constraint) => {
    const metrics = new Set(brokenLimits(constraint, costs).map(({ metric }) => metric));
    const values = [...metrics].map((metric) =>
      `${metric} is ${formatQuantity(metric, costs[metric] as number)}`
    );
    return `${values.join(", ")}, allowed is ${describeConstraint(constraint)}`;
  }).join("; ");
}

/** What kept candidates from being tried since one last was: constraints, how often, how nearly. */
export class RejectionStreak {
  /** Candidates in a row that brought nothing new. */
  length = 0;
  /** How many of them were asked for before. */
  repeats = 0;
  readonly #broken = new Map<Limit | AnyOf, { times: number; nearest: number | undefined }>();

  /** Counts a rejected candidate. */
  add(broken: readonly (Limit | AnyOf)[], costs: Candidate["costs"]): void {
    this.length++;
    for (const constraint of broken) {
      const { times, nearest } = this.#broken.get(constraint) ?? { times: 0, nearest: undefined };
      this.#broken.set(constraint, {
        times: times + 1,
        nearest: "anyOf" in constraint ? undefined : nearer(constraint, costs, nearest),
      });
    }
  }

  /** Counts a candidate that was asked for before. */
  repeat(): void {
    this.length++;
    this.repeats++;
  }

  /** Starts again, at a new candidate that keeps all constraints. */
  reset(): void {
    this.length = 0;
    this.repeats = 0;
    this.#broken.clear();
  }

  /** The error that ends the search. */
  describe(): string {
    const each = [...this.#broken].map(([constraint, { times, nearest }]) => {
      const broken = `${describeConstraint(constraint)} was broken ${
        times.toLocaleString("en-US")
      } times`;
      if ("anyOf" in constraint || nearest === undefined) return broken;
      const { metric, bound } = constraint;
      const side = bound === "atMost" ? "smallest" : "largest";
      return `${broken} (the ${side} ${metric} seen was ${formatQuantity(metric, nearest)})`;
    });
    return `Cannot find an architecture that keeps the constraints: ${
      this.length.toLocaleString("en-US")
    } in a row were rejected; ${each.join("; ")}`;
  }
}

function nearer(
  { metric, bound }: Limit,
  costs: Candidate["costs"],
  nearest: number | undefined,
): number {
  const value = costs[metric] as number;
  if (nearest === undefined) return value;
  return bound === "atMost" ? Math.min(nearest, value) : Math.max(nearest, value);
}
